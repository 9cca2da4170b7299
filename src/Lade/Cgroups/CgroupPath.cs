using System.Collections.Generic;
using Lade.Configuration;

namespace Lade.Cgroups;

/// <summary>
/// Where <c>linux.cgroupsPath</c> is: absolute below each hierarchy's mount point, relative below the runtime's own cgroup (on v2 beside it: a
/// cgroup with processes cannot give controllers to its children). Absent means the container's id, relative. <c>..</c> never leads out.
/// </summary>
internal static class CgroupPath
{
    private static JsonPointer Pointer => JsonPointer.Of("linux", "cgroupsPath");

    /// <summary>The absolute directory in <paramref name="hierarchy"/>.</summary>
    public static string Resolve(CgroupHierarchy hierarchy, CgroupMode mode, string? cgroupsPath, string id)
    {
        string wanted = string.IsNullOrEmpty(cgroupsPath) ? id : cgroupsPath;
        string inner = Clean(wanted);
        if (inner.Length == 0)
            throw new LadeException(Pointer, "'" + wanted + "' names no cgroup below the root");
        if (wanted[0] == '/')
            return hierarchy.MountPoint + inner;

        string own = BelowMount(hierarchy);
        if (mode == CgroupMode.V2 && own.Length > 0)
            own = own[..own.LastIndexOf('/')];
        return hierarchy.MountPoint + own + inner;
    }

    /// <summary>The runtime's own directory in <paramref name="hierarchy"/>, as far as it can be seen: the mount point where it cannot.</summary>
    public static string Own(CgroupHierarchy hierarchy) => hierarchy.MountPoint + BelowMount(hierarchy);

    /// <summary>The lexically shortest form, each component behind a slash: <c>/a/b</c>; empty for the root itself.</summary>
    public static string Clean(string path)
    {
        var parts = new List<string>();
        foreach (string part in path.Split('/'))
        {
            if (part is "" or ".")
                continue;
            if (part != "..")
                parts.Add(part);
            else if (parts.Count > 0)
                parts.RemoveAt(parts.Count - 1);
        }

        return parts.Count == 0 ? "" : "/" + string.Join('/', parts);
    }

    /// <summary>The runtime's own cgroup as seen from the mount point, empty when it is the mounted one or not visible from there.</summary>
    private static string BelowMount(CgroupHierarchy hierarchy)
    {
        string own = hierarchy.OwnPath;
        string root = hierarchy.Root == "/" ? "" : hierarchy.Root;
        // A process outside its cgroup namespace's root sees /../x; a mount made elsewhere has a foreign root.
        if (!own.StartsWith(root + "/", System.StringComparison.Ordinal) || own.StartsWith("/..", System.StringComparison.Ordinal))
            return "";
        return Clean(own[root.Length..]);
    }
}
