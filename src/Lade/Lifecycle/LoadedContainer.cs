using System;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Lade.Configuration;
using Lade.Resctrl;
using Lade.Linux;
using Lade.Plan;
using Lade.Planning;
using Lade.Seccomp;
using Lade.State;

namespace Lade.Lifecycle;

/// <summary>A configuration, the request and the host, read and fitted together: enough for a plan. Nothing has been made or changed.</summary>
internal record LoadedContainer
{
    public required CreateRequest Request { get; init; }

    public required Spec Spec { get; init; }

    /// <summary>config.json as it was read.</summary>
    public required byte[] Json { get; init; }

    public required Host Host { get; init; }

    public required CgroupTarget Cgroup { get; init; }

    /// <summary>Before anything exists.</summary>
    public required ContainerState State { get; init; }

    /// <exception cref="LadeException">The configuration is invalid, or asks for what this caller or host cannot give.</exception>
    public static LoadedContainer Load(CreateRequest request)
    {
        (Spec spec, byte[] json) = SpecFile.Load(request.Bundle, request.ConfigFile);
        Host host = HostReader.Read();
        spec = EffectiveSpec.Of(spec, request, host);
        CgroupTarget cgroup = CgroupTarget.Find(request, spec, host.IsPrivileged);
        string rootfs = Preflight.ResolveRootfs(spec, request.Bundle);
        return new LoadedContainer { Request = request, Spec = spec, Json = json, Host = host, Cgroup = cgroup, State = FirstState(request, spec, host, rootfs, cgroup) };
    }

    /// <summary>The plan of `init`.</summary>
    public ContainerPlan Plan(CgroupEntry cgroup, bool waitsOnSocket) => CreatePlan.Compile(new CreateInputs
    {
        Spec = Spec,
        Host = Host,
        Bundle = Request.Bundle,
        Rootfs = State.Rootfs,
        NoPivot = Request.NoPivot,
        WaitsOnSocket = waitsOnSocket,
        Keyring = State.KeyringName,
        Cgroup = cgroup,
        CgroupMounts = HostReader.CgroupMounts(Spec, Cgroup.Host, Cgroup.Cgroup, Host.IsPrivileged),
        SourceLinks = HostReader.SourceLinks(Spec, Request.Bundle),
        Labels = HostReader.Labels(Spec),
        Filter = ContainerFilter.Compile(Spec, Request.Log),
        HookStates = ContainerHooks.Any(Spec.Hooks) ? new HookStates(HookState(ContainerStatus.Creating), HookState(ContainerStatus.Created)) : HookStates.None,
    });

    private SetHookState HookState(ContainerStatus status)
    {
        ReadOnlySpan<byte> json = StateDocument.From(State, status).ToHookJson(out Range pid).Span;
        return new SetHookState(status.SpecName(), Encoding.UTF8.GetString(json[..pid.Start]), Encoding.UTF8.GetString(json[pid.End..]));
    }

    private static ContainerState FirstState(CreateRequest request, Spec spec, Host host, string rootfs, CgroupTarget cgroup) => new()
    {
        Id = request.Id,
        OciVersion = spec.OciVersion,
        Bundle = request.Bundle,
        Rootfs = rootfs,
        Created = DateTime.UtcNow,
        Phase = ContainerPhase.Creating,
        Creator = ProcessIdentity.Read(Environment.ProcessId) ?? throw new LadeException("cannot read /proc/self/stat; is /proc mounted?"),
        OwnPidNamespace = spec.Linux is { } linux && linux.Makes(NamespaceType.Pid),
        NoNewKeyring = request.NoNewKeyring,
        // 128 bits that nobody can guess; the permissions of the keyring keep it from being listed.
        Keyring = request.NoNewKeyring ? null : "_ses." + request.Id + "." + RandomName.Create(),
        Cgroup = cgroup.Cgroup is null ? null : CgroupState.From(cgroup.Cgroup, cgroup.Unit?.Record),
        Hooks = Preflight.HooksOf(spec.Hooks),
        OwnerUid = host.Uid,
        Annotations = spec.Annotations,
    };
}

/// <summary>A container that can be made, as far as that can be seen without making anything.</summary>
internal sealed record CheckedContainer : LoadedContainer
{
    [SetsRequiredMembers]
    private CheckedContainer(LoadedContainer container)
        : base(container)
    {
    }

    /// <summary>Checks what the caller hands over and what others have to be there for.</summary>
    /// <param name="runs">Its program is started by this command.</param>
    /// <param name="foreground">This command stays until the program ends, and holds its terminal.</param>
    /// <exception cref="LadeException">It cannot be made as it is.</exception>
    public static CheckedContainer Check(CreateRequest request, bool runs, bool foreground)
    {
        LoadedContainer container = Load(request);
        Spec spec = container.Spec;
        if (runs && spec.Process is null)
            throw new LadeException(JsonPointer.Of("process"), "is missing; a container without a program can be created, but not run");
        foreach (ConfigProblem warning in SpecWarnings.Of(spec))
            request.Log.Warning(warning.ToString());
        Preflight.CheckPreservedFds(request.Service.ListenFds, request.PreserveFds);
        AgentConnection.Check(spec, request.Bundle);
        Preflight.CheckRights(spec, container.Host.IsPrivileged);
        Preflight.CheckConsole(request.ConsoleSocket, spec.Process is { Terminal: true }, foreground, JsonPointer.Of("process", "terminal"));
        return new CheckedContainer(container)
        {
            State = container.State with { IntelRdt = spec.Linux?.IntelRdt is { } rdt ? ResctrlGroup.Plan(rdt, request.Id.ToString(), ResctrlFileSystem.Root()) : null },
        };
    }
}
