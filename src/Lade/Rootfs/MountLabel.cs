using System.Collections.Generic;
using Lade.Plan;

namespace Lade.Rootfs;

/// <summary><c>linux.mountLabel</c>: one SELinux context for all files of the file systems that are made for the container.</summary>
internal static class MountLabel
{
    /// <summary>
    /// The operation with the label, if it mounts a file system that takes one. Without SELinux the label is left out, since no file system knows the option
    /// then. A bind mount shows files that have labels already, and those of kernel interfaces come from the policy.
    /// </summary>
    /// <param name="type">The mount option that carries it: context, fscontext, defcontext or rootcontext.</param>
    public static Operation Apply(Operation operation, string? label, bool hasSelinux, string type = "context")
    {
        if (string.IsNullOrEmpty(label) || !hasSelinux)
            return operation;
        return operation is Mount { Type: not ("proc" or "sysfs" or "cgroup" or "cgroup2") } mount && !HasOption(mount.Options, type)
            ? mount with { Options = [.. mount.Options, new FsOption(type, label)] }
            : operation;
    }

    private static bool HasOption(IReadOnlyList<FsOption> options, string key)
    {
        foreach (FsOption option in options)
        {
            if (option.Key == key)
                return true;
        }

        return false;
    }
}
