using System;
using Lade.Linux;

namespace Lade.Cgroups.V2;

/// <summary>
/// Delegation to a container (config-linux.md "Cgroup ownership"): the directory and the files that the kernel names as safe to hand out get
/// a new owner; limits stay root's.
/// </summary>
internal static class V2Delegation
{
    public const string KernelList = "/sys/kernel/cgroup/delegate";
    private const string BeforeTheList = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads";
    private const uint SameGroup = uint.MaxValue;

    /// <param name="list">File with the names, one per line; kernels before 4.15 have none.</param>
    public static void Give(string directory, uint uid, string list)
    {
        Own(directory, uid);
        foreach (string name in (Files.TryReadText(list) ?? BeforeTheList).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            Own(directory + "/" + name, uid);
    }

    private static void Own(string path, uint uid)
    {
        // The list has files of controllers that may not be enabled here.
        if (Libc.fchownat(Libc.AT_FDCWD, path, uid, SameGroup, 0) < 0 && Libc.LastError != Errno.ENOENT)
            throw new LadeException("change the owner of " + path, Libc.LastError);
    }
}
