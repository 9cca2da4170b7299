using System;
using System.Collections.Generic;

namespace Lade.Cgroups;

/// <summary>One hierarchy as a container with a <c>cgroup</c> mount sees it below the mount's destination.</summary>
/// <param name="Name">Directory to mount on: <c>cpu,cpuacct</c>; empty on v2, where the destination itself is the mount.</param>
/// <param name="Controllers">The same key as <see cref="CgroupDirectory.Controllers"/>, which has the directory to bind without a cgroup namespace.</param>
/// <param name="Options">For fsopen of <c>cgroup</c>: <c>cpu</c>, <c>cpuacct</c>, or <c>name=systemd</c>; none for cgroup2.</param>
/// <param name="IsUnified">The file system is <c>cgroup2</c>.</param>
/// <param name="Symlinks">Names beside <paramref name="Name"/> that point to it: <c>cpu</c>, <c>cpuacct</c>.</param>
internal sealed record CgroupMount(string Name, string Controllers, IReadOnlyList<string> Options, bool IsUnified, IReadOnlyList<string> Symlinks);

/// <summary>Facts for a mount of type <c>cgroup</c> in the container.</summary>
internal static class CgroupMounts
{
    /// <summary>One entry per hierarchy, in the host's mount order.</summary>
    public static IReadOnlyList<CgroupMount> Describe(CgroupHost host)
    {
        if (host.Mode == CgroupMode.V2)
            return [new CgroupMount("", "", [], IsUnified: true, [])];
        var mounts = new List<CgroupMount>(host.Hierarchies.Count);
        foreach (CgroupHierarchy hierarchy in host.Hierarchies)
        {
            string name = hierarchy.MountPoint[(hierarchy.MountPoint.LastIndexOf('/') + 1)..];
            if (hierarchy.Controllers.Length == 0)
            {
                mounts.Add(new CgroupMount(name, "", [], IsUnified: true, []));
                continue;
            }

            string[] options = hierarchy.Controllers.Split(',');
            var links = new List<string>();
            foreach (string option in options)
            {
                string controller = option.StartsWith("name=", StringComparison.Ordinal) ? option["name=".Length..] : option;
                if (controller != name)
                    links.Add(controller);
            }

            mounts.Add(new CgroupMount(name, hierarchy.Controllers, options, IsUnified: false, links));
        }

        return mounts;
    }
}
