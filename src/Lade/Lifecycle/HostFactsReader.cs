using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Lade.Cgroups;
using Lade.Configuration;
using Lade.Linux;
using Lade.Plan;
using Lade.Seccomp;
using Lade.State;

namespace Lade.Lifecycle;

/// <summary>Gathers from the machine what planning needs to know; looks, and changes nothing.</summary>
internal static class HostFactsReader
{
    public static HostFacts Gather(Spec spec, CreateRequest request, ContainerState state, Machine machine)
    {
        int last = Processes.LastCapability();
        ProcStatus self = ProcStatus.OfSelf();
        LoadSeccomp? filter = Filter(spec, request.Log);
        bool hasHooks = spec.Hooks.CreateContainer.Count + spec.Hooks.StartContainer.Count > 0;
        return new HostFacts
        {
            ContainerId = request.Id.ToString(),
            Bundle = request.Bundle,
            Rootfs = state.Rootfs,
            IsPrivileged = machine.IsPrivileged,
            // A capability outside the bounding set is lost at the next execve, even of root.
            Capabilities = self.Permitted & self.Bounding,
            IgnoredSignals = self.IgnoredSignals,
            LastCapability = last,
            WaitsForUnit = machine.Unit is not null,
            CgroupMounts = MountsCgroups(spec) ? CgroupFacts(machine) : CgroupMountFacts.None,
            HasAppArmor = HasAppArmor(spec),
            HasSelinux = HasSelinux(spec),
            SourceLinks = SourceLinks(spec, request.Bundle),
            NoPivot = request.NoPivot,
            Keyring = KeyringOf(state),
            HookState = hasHooks ? HookState(state) : ("", "", ""),
            Seccomp = filter,
            FilterMayBeEarly = filter is not null && spec.Process is { NoNewPrivileges: false } && EarlyFilter.IsAllowedAtCreate(filter, spec),
        };
    }

    /// <summary>Of a container that was created before: what counts for the operations after start, taken to be as it was.</summary>
    public static HostFacts GatherLater(Spec spec, ContainerState state)
    {
        ProcStatus self = ProcStatus.OfSelf();
        LoadSeccomp? filter = Filter(spec, null);
        return new HostFacts
        {
            ContainerId = state.Id.ToString(),
            Bundle = state.Bundle,
            Rootfs = state.Rootfs,
            IsPrivileged = Machine.FindPrivilege(),
            Capabilities = self.Permitted & self.Bounding,
            WaitsOnSocket = true,
            HasAppArmor = HasAppArmor(spec),
            HasSelinux = HasSelinux(spec),
            Seccomp = filter,
            FilterMayBeEarly = filter is not null && EarlyFilter.IsAllowedAtCreate(filter, spec),
        };
    }

    /// <summary>Whether the profile that the config names, if it does, can be applied.</summary>
    public static bool HasAppArmor(Spec spec) => !string.IsNullOrEmpty(spec.Process?.ApparmorProfile) && SecurityModules.HasAppArmor();

    /// <summary>Whether the labels that the config names, if it does, can be applied.</summary>
    public static bool HasSelinux(Spec spec) =>
        (!string.IsNullOrEmpty(spec.Process?.SelinuxLabel) || !string.IsNullOrEmpty(spec.Linux?.MountLabel)) && SecurityModules.HasSelinux();

    private static bool MountsCgroups(Spec spec)
    {
        foreach (MountSpec mount in spec.Mounts)
        {
            if (mount.Type == "cgroup")
                return true;
        }

        return false;
    }

    private static CgroupMountFacts CgroupFacts(Machine machine)
    {
        CgroupHost host = machine.CgroupHost;
        INewCgroup? cgroup = machine.Cgroup;
        if (host.Mode == CgroupMode.V2)
        {
            string mount = host.Hierarchies[0].MountPoint;
            // Without a cgroup of its own the container sees what there is.
            return new CgroupMountFacts { IsUnified = true, UnifiedMount = mount, UnifiedDirectory = cgroup?.Directories is [CgroupDirectory own] ? own.Path : mount };
        }

        var hierarchies = new List<CgroupHierarchyFacts>();
        foreach (CgroupHierarchy hierarchy in host.Hierarchies)
        {
            string? directory = DirectoryOf(cgroup, hierarchy.Controllers) ?? DirectoryAround(machine, hierarchy.Controllers);
            hierarchies.Add(new CgroupHierarchyFacts(hierarchy.Name, hierarchy.Options, hierarchy.IsUnified, hierarchy.Links(), directory));
        }

        return new CgroupMountFacts { Hierarchies = hierarchies };
    }

    private static string? DirectoryOf(IHasDirectories? cgroup, string controllers)
    {
        foreach (CgroupDirectory directory in cgroup?.Directories ?? [])
        {
            if (directory.Controllers == controllers)
                return directory.Path;
        }

        return null;
    }

    /// <summary>
    /// A container without a cgroup of its own is in ours, which an ordinary user may show: he cannot write there, inside or outside. Root's would be
    /// the host's, open to the container.
    /// </summary>
    private static string? DirectoryAround(Machine machine, string controllers)
    {
        foreach (CgroupHierarchy hierarchy in machine.CgroupHost.Hierarchies)
        {
            if (!machine.IsPrivileged && hierarchy.Controllers == controllers)
                return CgroupPath.OwnDirectory(hierarchy);
        }

        return null;
    }

    /// <summary>Where the sources that <c>copy-symlink</c> is about lead.</summary>
    public static Dictionary<string, string> SourceLinks(Spec spec, string bundle)
    {
        var links = new Dictionary<string, string>();
        foreach (MountSpec mount in spec.Mounts)
        {
            for (int i = 0; i < mount.Options.Count; i++)
            {
                if (mount.Options[i] == "copy-symlink" && mount.Source is not null && Files.TryReadLink(Rootfs.Mounts.Source(bundle, mount)) is { } target)
                    links[Rootfs.Mounts.Source(bundle, mount)] = target;
            }
        }

        return links;
    }

    /// <summary>The session keyring of a container's processes; null when they keep that of lade's caller.</summary>
    public static string? KeyringOf(ContainerState state) => state.NoNewKeyring ? null : state.Keyring ?? "_ses." + state.Id;

    /// <summary>The container's filter, compiled; null without one.</summary>
    public static LoadSeccomp? Filter(Spec spec, Log? log)
    {
        if (RunOciAnnotations.SeccompProgram(spec) is { } program)
            return RawProgram(spec, program);
        if (spec.Linux?.Seccomp is not { } seccomp)
            return null;
        long started = Stopwatch.GetTimestamp();
        SeccompFilter filter = SeccompCompiler.Compile(seccomp, SeccompArch.X86_64, RunOciAnnotations.FailsOnUnknownCalls(spec));
        if (log is { IsDebug: true })
            log.Debug("seccomp: " + filter.Instructions + " instructions compiled in " + Stopwatch.GetElapsedTime(started).TotalMicroseconds.ToString("F0", CultureInfo.InvariantCulture) + " us");
        if (log is { IsDebug: true } && filter.UnknownNames.Count > 0)
            log.Debug("seccomp: unknown system calls skipped: " + string.Join(", ", filter.UnknownNames));
        return new LoadSeccomp(filter.Program, filter.Flags)
        {
            ListenerByNumber = filter.Notifies && !SeccompAgent.MaySend(seccomp),
            Origin = JsonPointer.Of("linux", "seccomp"),
        };
    }

    /// <summary>The filter of the annotation takes the place of the profile's; a listener it cannot have, since nobody knows whether it notifies.</summary>
    private static LoadSeccomp RawProgram(Spec spec, string base64)
    {
        JsonPointer origin = RunOciAnnotations.PointerTo(RunOciAnnotations.SeccompBpfData);
        if (spec.Linux?.Seccomp is { } profile && SeccompCompiler.Notifies(profile))
            throw new LadeException(origin, "takes the place of a profile with SCMP_ACT_NOTIFY, whose agent would wait in vain; leave out one of the two");
        uint flags = spec.Linux?.Seccomp is { } seccomp ? SeccompCompiler.Flags(seccomp, notifies: false) : SeccompCompiler.FlagSpecAllow;
        return new LoadSeccomp(RawFilter.Decode(base64), flags) { Origin = origin };
    }

    /// <summary>The state with a mark where the pid goes, cut at the mark.</summary>
    private static (string Creating, string Created, string Tail) HookState(ContainerState state)
    {
        (string creating, string tail) = Cut(new StateDocument(state, ContainerStatus.Creating, int.MaxValue));
        (string created, _) = Cut(new StateDocument(state, ContainerStatus.Created, int.MaxValue));
        return (creating, created, tail);
    }

    private static (string Head, string Tail) Cut(StateDocument document)
    {
        const string Mark = "\"pid\":2147483647";
        string text = Encoding.UTF8.GetString(document.ToHookJson().Span);
        int at = text.IndexOf(Mark, StringComparison.Ordinal) + "\"pid\":".Length;
        return (text[..at], text[(at + (Mark.Length - "\"pid\":".Length))..]);
    }
}
