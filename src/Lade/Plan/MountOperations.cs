using System.Collections.Generic;

namespace Lade.Plan;

/// <summary>Propagation of "/" in the container's mount namespace, before anything is mounted there.</summary>
[Operation(20)]
internal sealed partial record SetPropagation(MountPropagation Propagation) : Operation
{
    public override string Sentence => "make / " + Propagation;
}

/// <summary>open_tree(2) with OPEN_TREE_CLONE of a host path: a detached copy of the mount, with all that is below it if <c>Recursive</c>, in <c>Tree</c>.</summary>
[Operation(21)]
internal sealed partial record OpenTree(Slot Tree, string Path) : Operation
{
    public bool Recursive { get; init; }

    /// <summary>A symbolic link at the end of the path is not followed.</summary>
    public bool NoFollow { get; init; }

    /// <summary>Set on the whole copy at once: until then a copy of a shared host mount is a member of its peer group.</summary>
    public MountPropagation Propagation { get; init; }

    public override string Sentence => "open " + Path;

    public override string Details => Recursive ? ", recursively" : "";
}

/// <summary>mount_setattr(2) on a detached mount.</summary>
[Operation(22)]
internal sealed partial record SetTreeAttributes(Slot Tree, [Unsent] string Path, MountAttributes Set, MountAttributes Clear) : Operation
{
    public MountPropagation Propagation { get; init; }
    public bool Recursive { get; init; }

    public override string Sentence => "set mount attributes of " + Path;

    public override string Details => KernelFlags.Describe(Set, Clear, Propagation, Recursive);
}

/// <summary>mount_setattr(2) with MOUNT_ATTR_IDMAP on a detached mount: it shows ids as the maps of a user namespace translate them.</summary>
[Operation(59)]
internal sealed partial record MapTreeIds(Slot Tree, Slot Namespace, [Unsent] string Path) : Operation
{
    public bool Recursive { get; init; }

    public override string Sentence => "map ids of " + Path;

    public override string Details => Recursive ? ", recursively" : "";
}

/// <summary>
/// Attaches the tree of the root file system over its own path on the host, which is resolved without magic links, or over "/" where we may not search that path (user
/// namespace); from here on paths are resolved below it.
/// </summary>
[Operation(23)]
internal sealed partial record AttachRoot(Slot Tree, string Path) : Operation
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
[Operation(24)]
internal sealed partial record Mount(string Type, string? Source, [Resolved] string Target) : Operation
{
    /// <summary>Key and value in turn; a flag has no value.</summary>
    public IReadOnlyList<FsOption> Options { get; init; } = [];
    public MountAttributes Attributes { get; init; }
    public MountPropagation Propagation { get; init; }

    /// <summary>The target must be an ordinary directory, there or made, reached without symbolic links: procfs and sysfs (CVE-2019-19921, CVE-2023-27561).</summary>
    public bool NoSymlinks { get; init; }

    /// <summary>An existing target's permission bits become the tmpfs's <c>mode</c>.</summary>
    public bool InheritMode { get; init; }

    /// <summary>What is in the target directory is copied into the new mount before it is attached.</summary>
    public bool CopyUp { get; init; }

    /// <summary>A flag option that the file system refuses (EINVAL) is left out.</summary>
    public bool OptionalFlags { get; init; }

    /// <summary>A symbolic link at the end of the target's path is not followed.</summary>
    public bool NoFollow { get; init; }

    /// <inheritdoc cref="Attach.RealPath"/>
    public bool RealPath { get; init; }

    /// <summary>User namespace by whose maps the mount translates ids.</summary>
    public Slot? IdMap { get; init; }

    /// <summary>A tree that is attached instead when the kernel refuses the file system with EPERM or EBUSY; closed in either case. Not together with <c>IdMap</c>.</summary>
    public Slot? Fallback { get; init; }

    public override string Sentence => "mount " + Type + " on " + Target;

    public override string Details
    {
        get
        {
            string text = string.Join(",", Options);
            if (Attributes != MountAttributes.None)
                text += (text.Length > 0 ? " " : "") + Attributes;
            return text.Length == 0 ? "" : " (" + text + ")";
        }
    }
}

/// <summary>move_mount(2) of a detached mount onto a path of the container, which is made if it is missing: a directory for a directory, else an empty file.</summary>
[Operation(25)]
internal sealed partial record Attach(Slot Tree, [Unsent] string Source, [Resolved] string Target) : Operation
{
    /// <summary>The target may lie inside /proc: one of the few files that runtimes let lxcfs and friends replace.</summary>
    public bool InProc { get; init; }

    /// <summary>A symbolic link at the end of the target's path is itself the target.</summary>
    public bool NoFollow { get; init; }

    /// <summary>No symbolic link may be on the way to the target: those of a running container are its processes' to change.</summary>
    public bool RealPath { get; init; }

    public override string Sentence => "mount " + Source + " on " + Target;
}

/// <summary>Changes a mount that is there: file system options (fspick(2)) if <c>Superblock</c>, then the mount's attributes (mount_setattr(2)).</summary>
[Operation(26)]
internal sealed partial record Remount([Resolved] string Target) : Operation
{
    public IReadOnlyList<FsOption> Options { get; init; } = [];
    public bool Superblock { get; init; }
    public MountAttributes Set { get; init; }
    public MountAttributes Clear { get; init; }
    public bool Recursive { get; init; }

    public override string Sentence => "remount " + Target;
}

/// <summary>mount_setattr(2) on an attached mount of the container.</summary>
[Operation(27)]
internal sealed partial record SetTargetAttributes([Resolved] string Target) : Operation
{
    public MountAttributes Set { get; init; }
    public MountAttributes Clear { get; init; }
    public MountPropagation Propagation { get; init; }
    public bool Recursive { get; init; }

    public override string Sentence => "set mount attributes of " + Target;

    public override string Details => KernelFlags.Describe(Set, Clear, Propagation, Recursive);
}

/// <summary>umount2(2) with MNT_DETACH of a mount that was made before, with all that is below it. ESTALE if another mount, or none, is what the path leads to.</summary>
/// <param name="Id">As <see cref="ReportMounts"/> told it.</param>
[Operation(36)]
internal sealed partial record Unmount(string Target, ulong Id) : Operation
{
    public override string Sentence => "unmount " + Target;
}

/// <summary>mknod(2), owner and mode exactly as given. A node that is there must match in type and number, else EEXIST.</summary>
/// <param name="Mode">With S_IFMT.</param>
[Operation(28)]
internal sealed partial record MakeDevice([Resolved] string Path, uint Mode, uint Major, uint Minor) : Operation
{
    public uint Uid { get; init; }
    public uint Gid { get; init; }

    public override string Sentence => "make device " + Path;
}

/// <summary>symlink(2); something that is there stays, unless <c>Replace</c>.</summary>
[Operation(29)]
internal sealed partial record MakeSymlink([Resolved] string Path, string Target) : Operation
{
    public bool Replace { get; init; }

    /// <summary>Nothing is done unless this path exists.</summary>
    public string? OnlyIfExists { get; init; }

    public override string Sentence => "link " + Path + " to " + Target;
}

/// <summary>A directory with its missing parents.</summary>
/// <param name="Mode">Of those that have to be made.</param>
[Operation(33)]
internal sealed partial record MakeDirectory([Resolved] string Path, uint Mode) : Operation
{
    public override string Sentence => "make directory " + Path;
}

/// <summary>
/// Hides a path: a file behind a null device of this container's alone (or that of <see cref="OpenNull"/>), a directory behind the shared empty read-only tmpfs. Absent
/// paths are skipped, and named in READY.
/// </summary>
[Operation(30)]
internal sealed partial record MaskPath([Resolved] string Path) : Operation
{
    /// <summary>Only if the <see cref="Mount"/> before it took its fallback.</summary>
    public bool AfterFallback { get; init; }

    public override string Sentence => "mask " + Path;
}

/// <summary>Makes a path read-only with all that is mounted below it, by a clone on top of it. Absent paths are skipped, and named in READY.</summary>
[Operation(31)]
internal sealed partial record ReadonlyPath([Resolved] string Path) : Operation
{
    public override string Sentence => "make " + Path + " read-only";
}

/// <summary>Every later mount is told to the host side (MSG_MOUNT), which records it.</summary>
[Operation(72)]
internal sealed partial record ReportMounts : Operation
{
    public override string Sentence => "report mounts";
}

/// <summary>What follows about a path is about a mount that was made before. ESTALE if another mount, or none, is what the path leads to.</summary>
/// <param name="Id">As <see cref="ReportMounts"/> told it.</param>
[Operation(71)]
internal sealed partial record HoldMount(string Target, ulong Id) : Operation
{
    public override string Sentence => "find the mount on " + Target;
}

/// <summary>A detached file system for device nodes of the container's own, made while mknod(2) is still allowed: before a user namespace is entered.</summary>
[Operation(67)]
internal sealed partial record MakeNodes : Operation
{
    public override string Sentence => "make a file system for device nodes";
}

/// <summary>mknod(2) in what <see cref="MakeNodes"/> made.</summary>
/// <param name="Mode">With S_IFMT.</param>
[Operation(68)]
internal sealed partial record MakeNode(string Name, uint Mode, uint Major, uint Minor) : Operation
{
    public uint Uid { get; init; }
    public uint Gid { get; init; }

    /// <summary>Mode and owner are those of this node of the host, which must be the same device.</summary>
    public string? Like { get; init; }

    public override string Sentence => Like is null ? "make device node " + Name : "make a device node like " + Like;
}

/// <summary>A read-only mount of a node that <see cref="MakeNode"/> made, on a path that is made if it is missing. After <see cref="AttachRoot"/>.</summary>
[Operation(69)]
internal sealed partial record AttachNode([Resolved] string Path, string Name) : Operation
{
    public override string Sentence => "mount device node " + Name + " on " + Path;
}

/// <summary>
/// The file system of the nodes goes, after the last <see cref="AttachNode"/> and before anybody looks at the root; its node "null" and its empty directory stay for masks.
/// </summary>
[Operation(70)]
internal sealed partial record DetachNodes : Operation
{
    public override string Sentence => "detach device nodes";
}

/// <summary>
/// Where no node can be made: a detached read-only mount of the host's /dev/null, verified to be one (CVE-2025-31133); good in any mount namespace entered later.
/// </summary>
[Operation(35)]
internal sealed partial record OpenNull : Operation
{
    public override string Sentence => "open /dev/null";
}

/// <summary>pivot_root(2). The old root is detached.</summary>
[Operation(32)]
internal sealed partial record PivotRoot : Operation
{
    /// <summary>
    /// Where the kernel refuses it (EINVAL: "/" is the initramfs), all mounts of the old root are detached, the root is moved over "/" and chroot(2) follows.
    /// </summary>
    public bool NoPivot { get; init; }

    /// <summary>Set on the new "/" after it; none leaves it.</summary>
    public MountPropagation Propagation { get; init; }

    public override string Sentence => NoPivot ? "move the root over /" : "pivot_root";
}

/// <summary>chroot(2), for a container without a mount namespace.</summary>
[Operation(34)]
internal sealed partial record ChangeRoot(string Path) : Operation
{
    public override string Sentence => "chroot to " + Path;
}
