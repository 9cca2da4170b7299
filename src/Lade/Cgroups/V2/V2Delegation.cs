using System;
using System.Globalization;
using Lade.Linux;

namespace Lade.Cgroups.V2;

/// <summary>Delegation (cgroup-v2.rst "Delegation"; config-linux.md "Cgroup ownership"): who may move processes, and what a container may manage itself.</summary>
internal static class V2Delegation
{
    /// <summary>The files that the kernel considers safe to give away, one per line; missing before 4.15.</summary>
    public const string KernelList = "/sys/kernel/cgroup/delegate";
    private const string DefaultList = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads";
    private const uint SameGroup = uint.MaxValue;

    /// <summary>Changes the owner of a cgroup and of the files in <paramref name="list"/>. The limits stay root's.</summary>
    public static void ChangeOwner(string directory, uint uid, string list = KernelList)
    {
        Chown(directory, uid);
        foreach (string name in (Files.TryReadText(list) ?? DefaultList).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            Chown(directory + "/" + name, uid);
    }

    /// <summary>
    /// Creates <paramref name="delegated"/> below <paramref name="path"/> and moves its only process there. The limits stay on <paramref name="path"/>, which then has
    /// no processes and can enable its controllers for the sub-cgroup.
    /// </summary>
    /// <param name="delegated">With a leading slash.</param>
    public static void MoveToSubgroup(string path, string delegated, int pid)
    {
        Files.MakeDirectories(path + delegated, 0x1ED);
        // By its pid (docs/decisions/005): it could not be cloned into the sub-cgroup, because its cgroup namespace has the cgroup above as root.
        Files.WriteValue(path + delegated + "/cgroup.procs", pid.ToString(CultureInfo.InvariantCulture));
        // Only now: a cgroup with processes cannot enable controllers for its children.
        V2Controllers.EnableOwn(path);
        for (int slash = delegated.IndexOf('/', 1); slash > 0; slash = delegated.IndexOf('/', slash + 1))
            V2Controllers.EnableOwn(path + delegated[..slash]);
    }

    /// <summary>
    /// Whether our child may be moved into <paramref name="path"/> ("Delegation Containment"): <c>cgroup.procs</c> has to be writable there and in the deepest common
    /// ancestor of that cgroup and ours.
    /// </summary>
    /// <param name="own">Our cgroup, as shown in /proc/self/cgroup.</param>
    public static bool MayMove(string mountPoint, string own, string path) =>
        IsWritable(path) && IsWritable(CommonAncestor(mountPoint, mountPoint + own.TrimEnd('/'), path));

    public static string CommonAncestor(string mountPoint, string a, string b)
    {
        string ancestor = b;
        while (ancestor.Length > mountPoint.Length && a != ancestor && !a.StartsWith(ancestor + "/", StringComparison.Ordinal))
            ancestor = CgroupPath.Parent(ancestor);
        return ancestor;
    }

    private static bool IsWritable(string path) => Libc.faccessat(Libc.AT_FDCWD, path + "/cgroup.procs", 2, 0) == 0;

    private static void Chown(string path, uint uid)
    {
        // The list names files of controllers that may not be enabled here.
        if (Libc.fchownat(Libc.AT_FDCWD, path, uid, SameGroup, 0) < 0 && Libc.LastError != Errno.ENOENT)
            throw new LadeException("change the owner of " + path, Libc.LastError);
    }
}
