using System.Collections.Generic;
using Lade.Cgroups;
using Lade.Configuration;
using Lade.Linux;
using Lade.Plan;
using Lade.Rootfs;
using Lade.State;

namespace Lade.Lifecycle;

/// <summary>Finds out about the machine what planning needs to know; looks, and changes nothing.</summary>
internal static class HostReader
{
    public static Host Read()
    {
        uint uid = Libc.geteuid();
        ProcStatus self = ProcStatus.OfSelf();
        return new Host
        {
            // The id map of the initial user namespace is one line.
            IsPrivileged = uid == 0 && StateRootFacts.MapsEveryId(Files.ReadPiece("/proc/self/uid_map")),
            Uid = uid,
            Capabilities = self.Permitted & self.Bounding,
            LastCapability = Processes.LastCapability(),
            IgnoredSignals = self.IgnoredSignals,
        };
    }

    public static LabelSupport Labels(Spec spec) => new(
        !string.IsNullOrEmpty(spec.Process?.ApparmorProfile) && SecurityModules.HasAppArmor(),
        (!string.IsNullOrEmpty(spec.Process?.SelinuxLabel) || !string.IsNullOrEmpty(spec.Linux?.MountLabel)) && SecurityModules.HasSelinux());

    /// <summary>Where the sources that the option <c>copy-symlink</c> is about lead.</summary>
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

    /// <summary>Only looked up for a container that mounts cgroups.</summary>
    /// <param name="cgroup">The container's; null when it has none.</param>
    public static CgroupMountFacts CgroupMounts(Spec spec, CgroupHost host, IHasDirectories? cgroup, bool isPrivileged)
    {
        if (!MountsCgroups(spec))
            return CgroupMountFacts.None;
        if (host.Mode == CgroupMode.V2)
        {
            string mount = host.Hierarchies[0].MountPoint;
            // Without a cgroup of its own the container sees what there is.
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
    /// A container without a cgroup of its own is in ours. An unprivileged user may show that one: they cannot write there, inside or outside. Host root's would
    /// be the host's, open to the container.
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
