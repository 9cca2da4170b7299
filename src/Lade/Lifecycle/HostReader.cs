using System.Collections.Generic;
using Lade.Cgroups;
using Lade.Configuration;
using Lade.Linux;
using Lade.Plan;
using Lade.Rootfs;
using Lade.State;

namespace Lade.Lifecycle;

/// <summary>Collects the facts about the host that planning needs. Read-only.</summary>
internal static class HostReader
{
    public static Host Read()
    {
        uint uid = Processes.EffectiveUid;
        ProcStatus self = ProcStatus.ReadSelf();
        return new Host
        {
            // The initial user namespace maps every id, in a single line.
            IsPrivileged = uid == 0 && StateRootFacts.MapsEveryId(Files.ReadSmall("/proc/self/uid_map")),
            Uid = uid,
            Capabilities = self.Permitted & self.Bounding,
            LastCapability = Processes.LastCapability(),
            IgnoredSignals = self.IgnoredSignals,
        };
    }

    public static LabelSupport Labels(Spec spec) => new(
        !string.IsNullOrEmpty(spec.Process?.ApparmorProfile) && SecurityModules.HasAppArmor(),
        (!string.IsNullOrEmpty(spec.Process?.SelinuxLabel) || !string.IsNullOrEmpty(spec.Linux?.MountLabel)) && SecurityModules.HasSelinux());

    /// <summary>The symlink targets of mount sources with the option <c>copy-symlink</c>.</summary>
    public static Dictionary<string, string> SourceLinks(Spec spec, string bundle)
    {
        var links = new Dictionary<string, string>();
        foreach (MountSpec mount in spec.Mounts)
        {
            for (int i = 0; i < mount.Options.Count; i++)
            {
                if (mount.Options[i] == "copy-symlink" && mount.Source is not null && Files.TryReadLink(Mounts.Source(bundle, mount)) is { } target)
                    links[Mounts.Source(bundle, mount)] = target;
            }
        }

        return links;
    }

    /// <summary>Looked up only for containers that mount cgroups.</summary>
    /// <param name="cgroup">The container's cgroup; null when it has none.</param>
    public static CgroupMountFacts CgroupMounts(Spec spec, CgroupHost host, IHasDirectories? cgroup, bool isPrivileged)
    {
        if (!MountsCgroups(spec))
            return CgroupMountFacts.None;
        if (host.Mode == CgroupMode.V2)
        {
            string mount = host.Hierarchies[0].MountPoint;
            // Without a cgroup of its own the container sees the host's.
            return new CgroupMountFacts { IsUnified = true, UnifiedMount = mount, UnifiedDirectory = cgroup?.Directories is [CgroupDirectory own] ? own.Path : mount };
        }

        var hierarchies = new List<CgroupHierarchyFacts>();
        foreach (CgroupHierarchy hierarchy in host.Hierarchies)
        {
            string? directory = DirectoryOf(cgroup, hierarchy.Controllers) ?? (isPrivileged ? null : DirectoryAround(host, hierarchy.Controllers));
            hierarchies.Add(new CgroupHierarchyFacts(hierarchy.Name, hierarchy.Options, hierarchy.IsUnified, hierarchy.Links(), directory));
        }

        return new CgroupMountFacts { Hierarchies = hierarchies };
    }

    private static bool MountsCgroups(Spec spec)
    {
        foreach (MountSpec mount in spec.Mounts)
        {
            if (mount.Type == "cgroup")
                return true;
        }

        return false;
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
    /// A container without a cgroup of its own is in ours. For an unprivileged user that one may be mounted: they cannot write to it, inside or outside. For host root it would
    /// expose the host's cgroup to the container.
    /// </summary>
    private static string? DirectoryAround(CgroupHost host, string controllers)
    {
        foreach (CgroupHierarchy hierarchy in host.Hierarchies)
        {
            if (hierarchy.Controllers == controllers)
                return CgroupPath.OwnDirectory(hierarchy);
        }

        return null;
    }
}
