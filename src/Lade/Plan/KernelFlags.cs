using System;
using System.Collections.Generic;

namespace Lade.Plan;

/// <summary>CLONE_NEW* of clone(2), setns(2) and unshare(2), named as in &lt;linux/sched.h&gt;.</summary>
[Flags]
internal enum CloneFlags : ulong
{
    None = 0,
    CLONE_NEWTIME = 0x80,
    CLONE_NEWNS = 0x20000,
    CLONE_NEWCGROUP = 0x2000000,
    CLONE_NEWUTS = 0x4000000,
    CLONE_NEWIPC = 0x8000000,
    CLONE_NEWUSER = 0x10000000,
    CLONE_NEWPID = 0x20000000,
    CLONE_NEWNET = 0x40000000,
}

/// <summary>
/// MOUNT_ATTR_* of mount_setattr(2) and fsmount(2). Access time is a field of its own (<see cref="MOUNT_ATTR__ATIME"/>), in which RELATIME is 0.
/// </summary>
[Flags]
internal enum MountAttributes : ulong
{
    None = 0,
    MOUNT_ATTR_RDONLY = 0x1,
    MOUNT_ATTR_NOSUID = 0x2,
    MOUNT_ATTR_NODEV = 0x4,
    MOUNT_ATTR_NOEXEC = 0x8,
    MOUNT_ATTR_NOATIME = 0x10,
    MOUNT_ATTR_STRICTATIME = 0x20,
    MOUNT_ATTR__ATIME = 0x70,
    MOUNT_ATTR_NODIRATIME = 0x80,
    MOUNT_ATTR_NOSYMFOLLOW = 0x200000,
}

/// <summary>Propagation types and MS_REC of mount(2).</summary>
[Flags]
internal enum MountPropagation : ulong
{
    None = 0,
    MS_REC = 0x4000,
    MS_UNBINDABLE = 1 << 17,
    MS_PRIVATE = 1 << 18,
    MS_SLAVE = 1 << 19,
    MS_SHARED = 1 << 20,
}

/// <summary>File types of mode_t (inode(7)).</summary>
internal static class FileType
{
    public const uint S_IFIFO = 0x1000;
    public const uint S_IFCHR = 0x2000;
    public const uint S_IFBLK = 0x6000;
}

/// <summary>Describes mount flags.</summary>
internal static class KernelFlags
{
    /// <summary>The changes of a mount_setattr(2), after a colon: <c>: MOUNT_ATTR_RDONLY, clear MOUNT_ATTR_NODEV, recursively</c>.</summary>
    public static string Describe(MountAttributes set, MountAttributes clear, MountPropagation propagation, bool recursive)
    {
        var words = new List<string>();
        if (set != MountAttributes.None)
            words.Add(set.ToString());
        if ((clear & ~set) != MountAttributes.None)
            words.Add("clear " + (clear & ~set));
        if (propagation != MountPropagation.None)
            words.Add(propagation.ToString());
        return ": " + string.Join(", ", words) + (recursive ? ", recursively" : "");
    }
}
