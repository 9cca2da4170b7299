using System.Collections.Generic;
using Lade.Cgroups.V1;
using Lade.Cgroups.V2;

namespace Lade.Cgroups;

/// <summary>The container's cgroup, from its configuration or from its state.</summary>
internal static class Cgroup
{
    /// <summary>The cgroup of a container that is about to be made. Only looks; nothing is made or changed.</summary>
    public static ICgroup For(CgroupHost host, string? cgroupsPath, string id)
    {
        if (host.Mode == CgroupMode.None)
            throw new LadeException("no cgroup file system is mounted");
        var directories = new List<CgroupDirectory>(host.Hierarchies.Count);
        foreach (CgroupHierarchy hierarchy in host.Hierarchies)
        {
            string path = CgroupPath.Resolve(hierarchy, host.Mode, cgroupsPath, id);
            directories.Add(CgroupDirectory.Probe(hierarchy.Controllers, path, hierarchy.MountPoint));
        }

        return host.Mode == CgroupMode.V2 ? new V2Cgroup(directories[0], host.Hierarchies[0].MountPoint) : new V1Cgroup(directories);
    }

    /// <summary>The cgroup of a container that exists, from what its state recorded of <see cref="ICgroup.Directories"/>.</summary>
    public static ICgroup OpenExisting(IReadOnlyList<string> recorded)
    {
        var directories = new List<CgroupDirectory>(recorded.Count);
        foreach (string text in recorded)
            directories.Add(CgroupDirectory.Parse(text));
        return directories is [{ IsUnified: true } only] ? new V2Cgroup(only, CgroupHost.DefaultRoot) : new V1Cgroup(directories);
    }
}
