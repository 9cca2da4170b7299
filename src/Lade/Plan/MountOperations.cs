using System.Collections.Generic;

namespace Lade.Plan;

/// <summary>Propagation of "/" in the container's mount namespace, before anything is mounted there.</summary>
internal sealed record SetPropagation(MountPropagation Propagation) : Operation
{
    public override string Sentence => "make / " + Propagation;
}

/// <summary>open_tree(2) with OPEN_TREE_CLONE of a host path: a detached copy of the mount, in <c>Tree</c>.</summary>
internal sealed record OpenTree(Slot Tree, string Path) : Operation
{
    public bool Recursive { get; init; }
    public bool NoFollow { get; init; }

    /// <summary>Set on the copy at once: until then a copy of a shared host mount is a member of its peer group.</summary>
    public MountPropagation Propagation { get; init; }

    public override string Sentence => "open " + Path;
}

/// <summary>mount_setattr(2) on a detached mount.</summary>
internal sealed record SetTreeAttributes(Slot Tree, MountAttributes Set, MountAttributes Clear, string Path) : Operation
{
    public MountPropagation Propagation { get; init; }
    public bool Recursive { get; init; }

    public override string Sentence => "set mount attributes of " + Path;
}

/// <summary>mount_setattr(2) with MOUNT_ATTR_IDMAP on a detached mount: it shows ids as the maps of a user namespace translate them.</summary>
internal sealed record MapTreeIds(Slot Tree, Slot Namespace, string Path) : Operation
{
    public bool Recursive { get; init; }

    public override string Sentence => "map ids of " + Path;
}

/// <summary>Attaches the tree of the root file system over its own path; from here on paths are resolved below it.</summary>
internal sealed record AttachRoot(Slot Tree, string Path) : Operation
{
    /// <summary>The mount below may be shared: then it is made private first, since pivot_root(2) refuses a shared parent and its peers would get the mount too.</summary>
    public bool SharedParent { get; init; }

    public override string Sentence => "mount rootfs " + Path;
}

/// <summary>One option of a file system (fsconfig(2)); without a value it is a flag.</summary>
internal sealed record FsOption(string Key, string? Value)
{
    public override string ToString() => Value is null ? Key : Key + "=" + Value;
}

/// <summary>A new file system: fsopen(2), fsconfig(2), fsmount(2), move_mount(2).</summary>
internal sealed record Mount(string Type, string? Source, string Target) : Operation
{
    public IReadOnlyList<FsOption> Options { get; init; } = [];
    public MountAttributes Attributes { get; init; }
    public MountPropagation Propagation { get; init; }

    /// <summary>The target must be an ordinary directory reached without symbolic links: procfs and sysfs (CVE-2019-19921, CVE-2023-27561).</summary>
    public bool NoSymlinks { get; init; }

    /// <summary>An existing target's permission bits become the tmpfs's <c>mode</c>.</summary>
    public bool InheritMode { get; init; }

    /// <summary>What is in the target directory is copied into the new mount first.</summary>
    public bool CopyUp { get; init; }

    /// <summary>A flag option that the file system refuses is left out.</summary>
    public bool OptionalFlags { get; init; }

    /// <summary>A symbolic link at the end of the target's path is not followed.</summary>
    public bool NoFollow { get; init; }

    /// <summary>User namespace by whose maps the mount translates ids.</summary>
    public Slot? IdMap { get; init; }

    /// <summary>A tree that is attached instead when the kernel refuses the file system with EPERM or EBUSY; not together with <see cref="IdMap"/>.</summary>
    public Slot? Fallback { get; init; }

    public override string Sentence => "mount " + Type + " on " + Target;
}

/// <summary>move_mount(2) of a detached mount onto a path of the container, which is made if it is missing.</summary>
internal sealed record Attach(Slot Tree, string Source, string Target) : Operation
{
    /// <summary>The target may lie inside /proc: one of the few files that runtimes let lxcfs and friends replace.</summary>
    public bool InProc { get; init; }

    /// <summary>A symbolic link at the end of the target's path is itself the target.</summary>
    public bool NoFollow { get; init; }

    public override string Sentence => "mount " + Source + " on " + Target;
}

/// <summary>Changes a mount that is there: file system options (fspick(2)) if <c>Superblock</c>, then the mount's attributes.</summary>
internal sealed record Remount(string Target) : Operation
{
    public IReadOnlyList<FsOption> Options { get; init; } = [];
    public bool Superblock { get; init; }
    public MountAttributes Set { get; init; }
    public MountAttributes Clear { get; init; }
    public bool Recursive { get; init; }

    public override string Sentence => "remount " + Target;
}

/// <summary>mount_setattr(2) on an attached mount of the container.</summary>
internal sealed record SetTargetAttributes(string Target) : Operation
{
    public MountAttributes Set { get; init; }
    public MountAttributes Clear { get; init; }
    public MountPropagation Propagation { get; init; }
    public bool Recursive { get; init; }

    public override string Sentence => "set mount attributes of " + Target;
}

/// <summary>umount2(2) with MNT_DETACH of a mount that was made before, if it is still what its path leads to.</summary>
/// <param name="Id">As <see cref="ReportMounts"/> told it.</param>
internal sealed record Unmount(string Target, ulong Id) : Operation
{
    public override string Sentence => "unmount " + Target;
}

/// <summary>mknod(2), owner and mode exactly as given. A node that is there must match.</summary>
internal sealed record MakeDevice(string Path, uint Mode, uint Major, uint Minor) : Operation
{
    public uint Uid { get; init; }
    public uint Gid { get; init; }

    public override string Sentence => "make device " + Path;
}

/// <summary>symlink(2); something that is there stays, unless <c>Replace</c>.</summary>
internal sealed record MakeSymlink(string Path, string Target) : Operation
{
    public bool Replace { get; init; }

    /// <summary>Nothing is done unless this path exists.</summary>
    public string? OnlyIfExists { get; init; }

    public override string Sentence => "link " + Path + " to " + Target;
}

/// <summary>A directory with its missing parents.</summary>
internal sealed record MakeDirectory(string Path, uint Mode) : Operation
{
    public override string Sentence => "make directory " + Path;
}

/// <summary>Hides a path: a file behind a null device, a directory behind an empty read-only tmpfs. Absent paths are skipped.</summary>
internal sealed record MaskPath(string Path) : Operation
{
    /// <summary>Only if the <see cref="Mount"/> before it took its fallback.</summary>
    public bool AfterFallback { get; init; }

    public override string Sentence => "mask " + Path;
}

/// <summary>Makes a path read-only with all that is mounted below it. Absent paths are skipped.</summary>
internal sealed record ReadonlyPath(string Path) : Operation
{
    public override string Sentence => "make " + Path + " read-only";
}

/// <summary>Every later mount is told to the host side, which records it.</summary>
internal sealed record ReportMounts : Operation
{
    public override string Sentence => "report mounts";
}

/// <summary>What follows about a path is about a mount that was made before, if it is still what the path leads to.</summary>
/// <param name="Id">As <see cref="ReportMounts"/> told it.</param>
internal sealed record HoldMount(string Target, ulong Id) : Operation
{
    public override string Sentence => "find the mount on " + Target;
}

/// <summary>A file system for device nodes of the container's own, made while that is still allowed.</summary>
internal sealed record MakeNodes : Operation
{
    public override string Sentence => "make a file system for device nodes";
}

/// <summary>mknod(2) in what <see cref="MakeNodes"/> made.</summary>
internal sealed record MakeNode(string Name, uint Mode, uint Major, uint Minor) : Operation
{
    public uint Uid { get; init; }
    public uint Gid { get; init; }

    /// <summary>Mode and owner are those of this node of the host, which must be the same device.</summary>
    public string? Like { get; init; }

    public override string Sentence => Like is null ? "make device node " + Name : "make a device node like " + Like;
}

/// <summary>A read-only mount of a node that <see cref="MakeNode"/> made.</summary>
internal sealed record AttachNode(string Path, string Name) : Operation
{
    public override string Sentence => "mount device node " + Name + " on " + Path;
}

/// <summary>The file system of the nodes goes; its node "null" stays for masks.</summary>
internal sealed record DetachNodes : Operation
{
    public override string Sentence => "detach device nodes";
}

/// <summary>Opens the host's /dev/null and verifies that it is one (CVE-2025-31133).</summary>
internal sealed record OpenNull : Operation
{
    public override string Sentence => "open /dev/null";
}

/// <summary>pivot_root(2), or moving the root over "/" and chroot(2) where the host runs from an initramfs.</summary>
internal sealed record PivotRoot : Operation
{
    public bool NoPivot { get; init; }

    /// <summary>Set on the new "/" after it.</summary>
    public MountPropagation Propagation { get; init; }

    public override string Sentence => NoPivot ? "move the root over /" : "pivot_root";
}

/// <summary>chroot(2), for a container without a mount namespace.</summary>
internal sealed record ChangeRoot(string Path) : Operation
{
    public override string Sentence => "chroot to " + Path;
}
