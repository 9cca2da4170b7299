using System;
using System.Collections.Generic;
using Lade.Cgroups;
using Lade.Configuration;
using Lade.Hooks;
using Lade.Init;
using Lade.InitSystem;
using Lade.Resctrl;
using Lade.Linux;
using Lade.Namespaces;
using Lade.Network;
using Lade.Plan;
using Lade.State;
using Lade.Terminal;

namespace Lade.Lifecycle;

/// <summary>
/// A container while it is being made: the steps that create and run share, in the order of runtime.md "Lifecycle", and how they are undone.
/// What is about to exist outside the container's directory is recorded there first.
/// </summary>
internal sealed class NewContainer : IDisposable
{
    private readonly CreateRequest _request;
    private readonly bool _waitsOnSocket;
    private readonly byte[] _json;
    private readonly ContainerDirectory _directory;
    private readonly Machine _host;
    private ContainerState _state;
    private InitProcess? _init;
    private Fd? _console;
    private Readiness? _readiness;
    private NetDevices? _netDevices;

    private NewContainer(CreateRequest request, Spec spec, byte[] json, string rootfs, bool waitsOnSocket)
    {
        _request = request;
        _waitsOnSocket = waitsOnSocket;
        _json = json;
        Spec = spec;
        _host = new Machine(request, spec);
        Preflight.CheckRights(spec, _host.IsPrivileged);
        _state = FirstState(request, spec, rootfs, _host) with
        {
            IntelRdt = spec.Linux?.IntelRdt is { } rdt ? ResctrlGroup.Plan(rdt, request.Id.ToString(), ResctrlFileSystem.Root()) : null,
        };
        Interruption.Watch();
        _directory = ContainerDirectory.Create(request.StateRoot, request.Id);
    }

    public Spec Spec { get; }

    /// <summary>The container's process.</summary>
    public int Pid => _init!.Pid;

    /// <summary>Reads and checks everything that can be checked before anything is made.</summary>
    /// <param name="waitsOnSocket">True for create: the container waits for another lade to start it.</param>
    public static NewContainer Begin(CreateRequest request, bool waitsOnSocket)
    {
        (Spec spec, byte[] json) = SpecFile.Load(request.Bundle, request.ConfigFile);
        if (!waitsOnSocket && spec.Process is null)
            throw new LadeException(JsonPointer.Of("process"), "is missing; a container without a program can be created, but not run");
        spec = EffectiveSpec.Of(spec, request);
        foreach (ConfigProblem warning in SpecWarnings.Of(spec))
            request.Log.Warning(warning.ToString());
        Preflight.CheckPreservedFds(request.Service.ListenFds, request.PreserveFds);
        ProgramStart.CheckAgent(spec, request.Bundle);
        return new NewContainer(request, spec, json, Preflight.ResolveRootfs(spec, request.Bundle), waitsOnSocket);
    }

    /// <summary>Everything up to the moment when only start is missing; `init` then waits to be let go by <see cref="Release"/>.</summary>
    public void Build()
    {
        Record();
        CgroupPlan? limits = MakeCgroup();
        MakeResctrlGroup();
        ContainerPlan plan = StartInit();
        foreach (string warning in plan.Warnings)
            _request.Log.Warning(warning);
        FollowUntilReady(limits);
        if (limits is not null)
            _host.Cgroup!.ApplyDeferredLimits(limits);
    }

    /// <summary>The caller's hold on the container's terminal, with the right size before the program can ask for it; null without one.</summary>
    public ForegroundTerminal? OpenTerminal() => _console is null ? null : new ForegroundTerminal(_console, Spec.Process!.ConsoleSize);

    /// <summary>The container exists from now on for everybody: recorded, its terminal and pid handed out.</summary>
    /// <param name="phase">Created, or Started when the program follows at once.</param>
    public void Publish(ContainerPhase phase)
    {
        _state = _state with { Phase = phase };
        _directory.Save(_state);
        Handover.SendConsole(_request.ConsoleSocket, _console);
        Handover.SendPidFd(_request.PidfdSocket, Pid);
        if (RunOciAnnotations.PidfdReceiver(Spec) is { } receiver)
            Handover.SendPidFd(System.IO.Path.GetFullPath(receiver, _request.Bundle), Pid);
        Handover.WritePidFile(_request.PidFile, Pid);
    }

    /// <summary>Lets `init` go on to wait for start.</summary>
    public void Release() => _init!.Go();

    /// <summary>Lets it execute the program and returns when it has; then the poststart hooks.</summary>
    /// <exception cref="LadeException">The program could not be executed, or a hook failed.</exception>
    public void Start()
    {
        _readiness = Readiness.TryOpen(_request.Service, _directory, _request.Log);
        _init!.IsLimited = Spec.Hooks.StartContainer.Count == 0;
        ProgramStart.Follow(_init, Spec, StateDocument.From(_state, ContainerStatus.Created));
        RunHooks("poststart", Spec.Hooks.Poststart, ContainerStatus.Running);
        ReleaseNetDevices();
    }

    /// <summary>Undoes everything in reverse order. What cannot be undone is a warning: the reason of the failure is the error.</summary>
    public void Undo()
    {
        Teardown.Try(_request.Log, () => _netDevices?.MoveBack());
        ReleaseNetDevices();
        Teardown.Try(_request.Log, KillInit);
        Teardown.Try(_request.Log, () => _state.IntelRdt?.Remove());
        Teardown.Try(_request.Log, () => _host.Cgroup?.Remove());
        if (_init is not null)
            Teardown.Try(_request.Log, RunPoststopHooks);
        Teardown.Try(_request.Log, _directory.Remove);
    }

    /// <summary>Other commands may work on the container from now on.</summary>
    public void Unlock()
    {
        Interruption.End();
        _directory.Unlock();
    }

    /// <summary>
    /// Waits for the program; orphans that become our children meanwhile are reaped, but for the time before a program says that it is ready, which the
    /// service manager limits.
    /// </summary>
    public ExitStatus WaitForEnd()
    {
        if (_readiness is not null)
        {
            using Fd process = OpenProcess();
            // Its parent is the one that the service manager can go on to watch.
            _readiness.Follow(process, Environment.ProcessId, _request.Log);
        }

        return Processes.WaitReapingOthers(Pid);
    }

    /// <summary>What is to do besides when something else than <see cref="WaitForEnd"/> waits; null when there is nothing.</summary>
    public SideTask? WhileItRuns =>
        _readiness is null ? null : new SideTask(_readiness.Socket, () => _readiness.TryForward(Environment.ProcessId, _request.Log));

    /// <summary>Under a service manager that wants to know, waits until a program that runs on without us has said that it is ready, or has ended.</summary>
    public void WaitUntilReady()
    {
        if (_readiness is null)
            return;
        using Fd process = OpenProcess();
        _readiness.Wait(process, Pid, _request.Log);
    }

    /// <summary>Removes the container after its end, unless somebody else did so meanwhile.</summary>
    public void Delete()
    {
        if (_directory.LockIfPresent())
            Deletion.Destroy(_directory, _state, _request.Log);
    }

    public void Dispose()
    {
        _readiness?.Dispose();
        _console?.Dispose();
        ReleaseNetDevices();
        _init?.Dispose();
        _directory.Dispose();
    }

    public static ContainerState FirstState(CreateRequest request, Spec spec, string rootfs, Machine host) => new()
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
        Cgroup = host.Cgroup is null ? null : CgroupState.From(host.Cgroup, host.Unit?.Record),
        Hooks = Preflight.HooksOf(spec.Hooks),
        OwnerUid = Libc.geteuid(),
        Annotations = spec.Annotations,
    };

    private void Record()
    {
        _directory.SaveConfig(_json);
        _directory.Save(_state);
        if (_request.Service.NotifySocket is not null && Spec.Process is not null)
            _directory.MakeNotifyDirectory();
    }

    private CgroupPlan? MakeCgroup()
    {
        if (_host.Cgroup is null)
        {
            Preflight.CheckPart(Spec, null);
            return null;
        }

        CgroupPlan plan = _host.Cgroup.Plan(Spec.Linux?.Resources, CgroupChange.Create, JsonPointer.Of("linux", "resources"));
        foreach (ConfigProblem warning in plan.Warnings)
            _request.Log.Warning(warning.ToString());
        // Under a strict umask the program's user could not even look at its own cgroup.
        uint mask = Libc.umask(0);
        try
        {
            _host.Cgroup.Create(_request.Rootless.IgnoresErrors(_host.IsPrivileged));
        }
        finally
        {
            _ = Libc.umask(mask);
        }

        // Without permission for a cgroup the container lives in ours, and no later command may take the recorded one for the container's.
        if (_host.Cgroup.Directories.Count == 0)
            _state = _state with { Cgroup = null };
        Preflight.CheckPart(Spec, _host.Cgroup);
        // The limits of a unit are set when systemd has made it.
        if (_host.CgroupFiles is { } files)
        {
            files.ApplyLimits(plan);
            DelegateCgroup(files);
        }

        return plan;
    }

    private void MakeResctrlGroup()
    {
        if (_state.IntelRdt is not { } group || group.Create(Spec.Linux!.IntelRdt!) is not { } inTheWay)
            return;
        // What is not ours must not be removed with what we made.
        _state = _state with { IntelRdt = null };
        _directory.Save(_state);
        throw new LadeException(JsonPointer.Of("linux", "intelRdt"), "there is a group " + inTheWay + " already");
    }

    private void DelegateCgroup(IDelegatable cgroup)
    {
        if (_host.IsPrivileged && cgroup.DelegatedPath.Length == 0 && CgroupOwner.Of(Spec) is { } owner)
            cgroup.Delegate(owner);
    }

    private ContainerPlan StartInit()
    {
        var slots = new Dictionary<Slot, Fd>();
        using CgroupJoin? join = _host.Cgroup?.OpenJoin();
        using Fd? listener = _waitsOnSocket ? Sockets.Listen(_directory.Descriptor, ContainerDirectory.StartSocket) : null;
        IReadOnlyList<Slot> tasks = JoinTasks.Slots(join, slots);
        if (listener is not null)
            slots.Add(PlanOrder.StartListener, listener);
        NamespaceFiles.Open(Spec.Linux, slots);
        HookOutput.Open(Spec, _request.Bundle, slots);
        HostFacts host = HostFactsReader.Gather(Spec, _request, _state, _host) with { CgroupTasks = tasks, WaitsOnSocket = _waitsOnSocket };
        ContainerPlan plan = PlanOrder.Compile(Spec, host);
        try
        {
            IdMapNamespaces.Open(Spec, slots);
            _init = InitProcess.Start(plan, new InitSurroundings { Slots = slots, Preserved = _request.Service.ListenFds + _request.PreserveFds, Cgroup = join?.CloneInto }, Hindrance);
        }
        catch (LadeException e) when (e.Errno == Errno.ENOMEM && _host.Cgroup?.PathOf("memory") is { } memory && CgroupFile.TryNumber(memory + "/memory.events", "max") > 0)
        {
            // A process that is born in its v2 cgroup is charged to it before it exists.
            throw Preflight.InitOutOfMemory(Spec);
        }
        finally
        {
            NamespaceFiles.Close(slots);
        }

        return plan;
    }

    private string? Hindrance() =>
        _host.Cgroup is { IsFrozen: true } ? "is in a frozen cgroup: the container's own, or one above it (" + (_host.Cgroup.PathOf("freezer") ?? _host.Cgroup.Directories[0].Path) + ")" : null;

    private void FollowUntilReady(CgroupPlan? limits)
    {
        _console = _init!.FollowUntilReady(
            point => Answer(point, limits),
            skipped => MountCheck.Check(_init.Pid, _init.Operations, skipped),
            () => Processes.TryWait(_init.Pid) is { } status ? Preflight.InitDied(status, Spec, _host.Cgroup) : InitProcess.CannotBeReaped());
        _state = _state with { Init = ProcessIdentity.Read(_init.Pid), UserNamespace = Files.TryReadLink("/proc/" + _init.Pid + "/ns/user") };
    }

    /// <summary>What `init` asks of the host side before it goes on.</summary>
    private void Answer(SyncPoint point, CgroupPlan? limits)
    {
        switch (point)
        {
            case SyncPoint.Cgroup:
                _host.Unit!.Place(_init!.Pid, limits!);
                DelegateCgroup(_host.Unit);
                _state = _state with { Cgroup = CgroupState.From(_host.Unit, _host.Unit.Record) };
                break;
            case SyncPoint.MapIds:
                IdMapWriter.Write(_init!.Pid, Spec.Linux!);
                break;
            case SyncPoint.TimeOffsets:
                if (Spec.Linux!.TimeOffsets.Count > 0)
                    Files.WriteValue("/proc/" + _init!.Pid + "/timens_offsets", IdMaps.TimeOffsets(Spec.Linux.TimeOffsets));
                break;
            case SyncPoint.Namespaces:
                _host.Cgroup?.JoinDelegated(_init!.Pid, _host.IsPrivileged ? CgroupOwner.OfPart(Spec) : null);
                _state.IntelRdt?.Join(_init!.Pid);
                MoveNetDevices();
                break;
            case SyncPoint.Hooks:
                _state = _state with { Init = ProcessIdentity.Read(_init!.Pid) };
                RunHooks("prestart", Spec.Hooks.Prestart, ContainerStatus.Creating);
                RunHooks("createRuntime", Spec.Hooks.CreateRuntime, ContainerStatus.Creating);
                break;
            default:
                throw InitProcess.Unexpected(point);
        }
    }

    private void MoveNetDevices()
    {
        if (Spec.Linux is not { NetDevices.Count: > 0 })
            return;
        _netDevices = NetDevices.Open(_init!.Pid);
        _netDevices.Move(Spec.Linux.NetDevices);
    }

    /// <summary>As long as it is held, the container's network namespace does not end.</summary>
    private void ReleaseNetDevices()
    {
        _netDevices?.Dispose();
        _netDevices = null;
    }

    private void RunHooks(string list, IReadOnlyList<HookSpec> hooks, ContainerStatus status)
    {
        if (hooks.Count == 0)
            return;
        using HookOutput output = HookOutput.Open(Spec, _request.Bundle);
        HostHooks.Run(list, hooks, HookState(status), output);
    }

    private void RunPoststopHooks()
    {
        if (Spec.Hooks.Poststop.Count == 0)
            return;
        using HookOutput output = HookOutput.Open(Spec, _request.Bundle);
        HostHooks.RunAll("poststop", Spec.Hooks.Poststop, HookState(ContainerStatus.Stopped), _request.Log, output);
    }

    private ReadOnlySpan<byte> HookState(ContainerStatus status) => StateDocument.From(_state, status).ToHookJson().Span;

    /// <summary>Our child, which has not been waited for: the number is its own still.</summary>
    private Fd OpenProcess() => Processes.TryOpenPidFd(Pid) ?? throw new LadeException("open process " + Pid, Libc.LastError);

    private void KillInit()
    {
        if (_init is null)
            return;
        // Our child: its number cannot mean another process before we have waited for it.
        _ = Processes.Kill(_init.Pid, Libc.SIGKILL);
        if (_state.OwnPidNamespace || _host.Cgroup is null)
        {
            Processes.Reap(_init.Pid);
            return;
        }

        _host.Cgroup.Kill(Libc.SIGKILL);
        Processes.Reap(_init.Pid);
    }
}
