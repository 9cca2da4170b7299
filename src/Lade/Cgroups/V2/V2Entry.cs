using System;
using Lade.Linux;

namespace Lade.Cgroups.V2;

/// <summary>Who may move a process on v2 (cgroup-v2.rst "Delegation Containment"): write permission to where it goes is not enough.</summary>
internal static class V2Entry
{
    /// <summary>
    /// True when our child may be put into <paramref name="path"/>: <c>cgroup.procs</c> has to be writable there and in the deepest cgroup that contains
    /// both it and ours.
    /// </summary>
    /// <param name="own">Our cgroup, as /proc/self/cgroup says.</param>
    public static bool IsPermitted(string mountPoint, string own, string path) =>
        IsWritable(path) && IsWritable(CommonAncestor(mountPoint, mountPoint + own.TrimEnd('/'), path));

    public static string CommonAncestor(string mountPoint, string a, string b)
    {
        string ancestor = b;
        while (ancestor.Length > mountPoint.Length && a != ancestor && !a.StartsWith(ancestor + "/", StringComparison.Ordinal))
            ancestor = CgroupDirectory.Parent(ancestor);
        return ancestor;
    }

    private static bool IsWritable(string path) => Libc.faccessat(Libc.AT_FDCWD, path + "/cgroup.procs", 2, 0) == 0;
}
