using System;
using System.Collections.Generic;
using Lade.Configuration;

namespace Lade.Cgroups;

/// <summary>
/// Resolves <c>linux.cgroupsPath</c>: absolute below each hierarchy's mount point, relative below the runtime's own cgroup (on v2 below its parent, because a
/// cgroup with processes cannot enable controllers for its children). Without a path the container's id is used as a relative one.
/// </summary>
internal static class CgroupPath
{
    private static JsonPointer Pointer => JsonPointer.Of("linux", "cgroupsPath");

    /// <summary>The absolute directory in <paramref name="hierarchy"/>.</summary>
    public static string Resolve(CgroupHierarchy hierarchy, CgroupMode mode, string? cgroupsPath, string id)
    {
        string wanted = string.IsNullOrEmpty(cgroupsPath) ? id : cgroupsPath;
        string relative = Clean(wanted);
        if (relative.Length == 0)
            throw new LadeException(Pointer, "'" + wanted + "' does not name a cgroup below the root");
        if (wanted[0] == '/')
            return hierarchy.MountPoint + relative;

        string own = BelowMount(hierarchy);
        if (mode == CgroupMode.V2 && own.Length > 0)
            own = own[..own.LastIndexOf('/')];
        return hierarchy.MountPoint + own + relative;
    }

    /// <summary>The directory of the runtime's own cgroup; the mount point where that is not visible.</summary>
    public static string OwnDirectory(CgroupHierarchy hierarchy) => hierarchy.MountPoint + BelowMount(hierarchy);

    /// <summary>The lexically shortest form with a leading slash, <c>/a/b</c>, or nothing for the root. <c>..</c> does not lead above the root.</summary>
    public static string Clean(string path)
    {
        var components = new List<string>();
        foreach (string component in path.Split('/'))
        {
            if (component is "" or ".")
                continue;
            if (component != "..")
                components.Add(component);
            else if (components.Count > 0)
                components.RemoveAt(components.Count - 1);
        }

        return components.Count == 0 ? "" : "/" + string.Join('/', components);
    }

    /// <summary>The absolute directory of a sub-cgroup; <c>..</c> does not lead out of <paramref name="directory"/>.</summary>
    public static string Below(string directory, string? relative) => directory + Clean(relative ?? "");

    /// <summary>The parent directory; the root is its own parent.</summary>
    public static string Parent(string path)
    {
        int slash = path.LastIndexOf('/');
        return slash <= 0 ? "/" : path[..slash];
    }

    /// <summary>The runtime's own cgroup relative to the mount point; nothing when it is the mounted one, or not visible there.</summary>
    private static string BelowMount(CgroupHierarchy hierarchy)
    {
        string own = hierarchy.OwnPath;
        string root = hierarchy.Root == "/" ? "" : hierarchy.Root;
        // A process outside the root of its cgroup namespace sees /../x, and a bind mount can have an unrelated root.
        if (!own.StartsWith(root + "/", StringComparison.Ordinal) || own.StartsWith("/..", StringComparison.Ordinal))
            return "";
        return Clean(own[root.Length..]);
    }
}
