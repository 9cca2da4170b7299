using System.Collections.Generic;
using Lade.Plan;

namespace Lade.Rootfs;

/// <summary><c>linux.mountLabel</c>: an SELinux context for all files of the container's new file systems.</summary>
internal static class MountLabel
{
    /// <summary>
    /// Adds the label if the operation mounts a file system that supports it. Without SELinux no file system accepts the option, so it is omitted. A bind mount
    /// shows files that are already labelled, and the labels of kernel file systems come from the policy.
    /// </summary>
    /// <param name="type">Mount option for the label: context, fscontext, defcontext or rootcontext.</param>
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
