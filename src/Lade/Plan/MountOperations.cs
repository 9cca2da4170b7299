using System.Collections.Generic;

namespace Lade.Plan;

/// <summary>Sets the propagation of "/" in the container's mount namespace before anything is mounted there.</summary>
[Operation(20)]
internal sealed partial record SetPropagation(MountPropagation Propagation) : Operation
{
    public override string Description => "make / " + Propagation;
}

/// <summary>
/// open_tree(2) with OPEN_TREE_CLONE on a host path: stores a detached copy of the mount, with its submounts if <c>Recursive</c>, in <c>Tree</c>.
/// </summary>
[Operation(21)]
internal sealed partial record OpenTree(Slot Tree, string Path) : Operation
{
    public bool Recursive { get; init; }

    /// <summary>Does not follow a symbolic link in the last component of the path.</summary>
    public bool NoFollow { get; init; }

    /// <summary>Applied to the whole copy at once: a copy of a shared host mount is a member of the host's peer group until then.</summary>
    public MountPropagation Propagation { get; init; }

    public override string Description => "open " + Path;

    public override string Details => Recursive ? ", recursively" : "";
}

/// <summary>mount_setattr(2) on a detached mount.</summary>
[Operation(22)]
internal sealed partial record SetTreeAttributes(Slot Tree, [Unsent] string Path, MountAttributes Set, MountAttributes Clear) : Operation
{
    public MountPropagation Propagation { get; init; }
    public bool Recursive { get; init; }

    public override string Description => "set mount attributes of " + Path;

    public override string Details => KernelFlags.Describe(Set, Clear, Propagation, Recursive);
}

/// <summary>mount_setattr(2) with MOUNT_ATTR_IDMAP on a detached mount: translates its file ownership by the mappings of a user namespace.</summary>
[Operation(59)]
internal sealed partial record MapTreeIds(Slot Tree, Slot Namespace, [Unsent] string Path) : Operation
{
    public bool Recursive { get; init; }

    public override string Description => "set the id mapping of " + Path;

    public override string Details => Recursive ? ", recursively" : "";
}

/// <summary>
/// Attaches the root file system's tree over its own path on the host, resolved without magic links, or over "/" if that path is not accessible to us (user
/// namespace). Container paths are resolved below it from here on.
/// </summary>
[Operation(23)]
internal sealed partial record AttachRoot(Slot Tree, string Path) : Operation
{
    /// <summary>
    /// The parent mount may be shared: it is made private first, since pivot_root(2) refuses a shared parent and the mount would propagate to its peers.
    /// </summary>
    public bool SharedParent { get; init; }

    public override string Description => "mount rootfs " + Path;
}

/// <summary>A file system parameter for fsconfig(2); a flag if it has no value.</summary>
internal sealed record FsOption(string Key, string? Value)
{
    public override string ToString() => Value is null ? Key : Key + "=" + Value;
}

/// <summary>Mounts a new file system: fsopen(2), fsconfig(2), fsmount(2), move_mount(2).</summary>
[Operation(24)]
internal sealed partial record Mount(string Type, string? Source, [Resolved] string Target) : Operation
{
    /// <summary>Alternating keys and values; a flag has no value.</summary>
    public IReadOnlyList<FsOption> Options { get; init; } = [];
    public MountAttributes Attributes { get; init; }
    public MountPropagation Propagation { get; init; }

    /// <summary>
    /// The target must be an ordinary directory, existing or created, reached without symbolic links: procfs and sysfs (CVE-2019-19921, CVE-2023-27561).
    /// </summary>
    public bool NoSymlinks { get; init; }

    /// <summary>The tmpfs takes the permission bits of an existing target as its <c>mode</c>.</summary>
    public bool InheritMode { get; init; }

    /// <summary>Copies the contents of the target directory into the new mount before attaching it.</summary>
    public bool CopyUp { get; init; }

    /// <summary>Ignores a flag that the file system rejects with EINVAL.</summary>
    public bool OptionalFlags { get; init; }

    /// <summary>Does not follow a symbolic link in the last component of the target.</summary>
    public bool NoFollow { get; init; }

    /// <inheritdoc cref="Attach.RealPath"/>
    public bool RealPath { get; init; }

    /// <summary>User namespace whose ID mappings the mount uses.</summary>
    public Slot? IdMap { get; init; }

    /// <summary>Tree to attach instead if the kernel refuses the file system with EPERM or EBUSY. Cannot be combined with <c>IdMap</c>.</summary>
    public Slot? Fallback { get; init; }

    public override string Description => "mount " + Type + " on " + Target;

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

/// <summary>
/// move_mount(2) of a detached mount onto a container path, which is created if missing: a directory for a directory, otherwise an empty file.
/// </summary>
[Operation(25)]
internal sealed partial record Attach(Slot Tree, [Unsent] string Source, [Resolved] string Target) : Operation
{
    /// <summary>Allows a target inside /proc: one of the few files that runtimes let lxcfs and others replace.</summary>
    public bool InProc { get; init; }

    /// <summary>A symbolic link in the last component of the target is itself the mount point.</summary>
    public bool NoFollow { get; init; }

    /// <summary>The path to the target may not contain a symbolic link: those in a running container are under the control of its processes.</summary>
    public bool RealPath { get; init; }

    public override string Description => "mount " + Source + " on " + Target;
}

/// <summary>Changes an existing mount: file system parameters (fspick(2)) if <c>Superblock</c>, then mount attributes (mount_setattr(2)).</summary>
[Operation(26)]
internal sealed partial record Remount([Resolved] string Target) : Operation
{
    public IReadOnlyList<FsOption> Options { get; init; } = [];
    public bool Superblock { get; init; }
    public MountAttributes Set { get; init; }
    public MountAttributes Clear { get; init; }
    public bool Recursive { get; init; }

    public override string Description => "remount " + Target;
}

/// <summary>mount_setattr(2) on an attached mount in the container.</summary>
[Operation(27)]
internal sealed partial record SetTargetAttributes([Resolved] string Target) : Operation
{
    public MountAttributes Set { get; init; }
    public MountAttributes Clear { get; init; }
    public MountPropagation Propagation { get; init; }
    public bool Recursive { get; init; }

    public override string Description => "set mount attributes of " + Target;

    public override string Details => KernelFlags.Describe(Set, Clear, Propagation, Recursive);
}

/// <summary>umount2(2) with MNT_DETACH of a mount made earlier, including its submounts. Fails with ESTALE if the path no longer leads to that mount.</summary>
/// <param name="Id">Reported by <see cref="ReportMounts"/>.</param>
[Operation(36)]
internal sealed partial record Unmount(string Target, ulong Id) : Operation
{
    public override string Description => "unmount " + Target;
}

/// <summary>mknod(2) with exactly this owner and mode. An existing node must have the same type and device number, otherwise EEXIST.</summary>
/// <param name="Mode">Including S_IFMT.</param>
[Operation(28)]
internal sealed partial record MakeDevice([Resolved] string Path, uint Mode, uint Major, uint Minor) : Operation
{
    public uint Uid { get; init; }
    public uint Gid { get; init; }

    public override string Description => "create device " + Path;
}

/// <summary>symlink(2); leaves an existing file alone unless <c>Replace</c> is set.</summary>
[Operation(29)]
internal sealed partial record MakeSymlink([Resolved] string Path, string Target) : Operation
{
    public bool Replace { get; init; }

    /// <summary>Skips the operation unless this path exists.</summary>
    public string? OnlyIfExists { get; init; }

    public override string Description => "link " + Path + " to " + Target;
}

/// <summary>Creates a directory and its missing parents.</summary>
/// <param name="Mode">Mode of the directories created.</param>
[Operation(33)]
internal sealed partial record MakeDirectory([Resolved] string Path, uint Mode) : Operation
{
    public override string Description => "create directory " + Path;
}

/// <summary>
/// Masks a path: a file with a null device private to this container (or the one from <see cref="OpenNull"/>), a directory with the shared empty read-only
/// tmpfs. Missing paths are skipped and reported with READY.
/// </summary>
[Operation(30)]
internal sealed partial record MaskPath([Resolved] string Path) : Operation
{
    /// <summary>Applies only if the preceding <see cref="Mount"/> used its fallback.</summary>
    public bool AfterFallback { get; init; }

    public override string Description => "mask " + Path;
}

/// <summary>Makes a path and its submounts read-only by mounting a clone over it. Missing paths are skipped and reported with READY.</summary>
[Operation(31)]
internal sealed partial record ReadonlyPath([Resolved] string Path) : Operation
{
    public override string Description => "make " + Path + " read-only";
}

/// <summary>Reports every later mount to the host side (MSG_MOUNT), which records it.</summary>
[Operation(72)]
internal sealed partial record ReportMounts : Operation
{
    public override string Description => "report mounts";
}

/// <summary>Pins a mount made earlier, so that later operations on its path apply to it. Fails with ESTALE if the path no longer leads to that mount.</summary>
/// <param name="Id">Reported by <see cref="ReportMounts"/>.</param>
[Operation(71)]
internal sealed partial record HoldMount(string Target, ulong Id) : Operation
{
    public override string Description => "find the mount on " + Target;
}

/// <summary>Creates a detached file system for the container's own device nodes while mknod(2) is still permitted: before entering a user namespace.</summary>
[Operation(67)]
internal sealed partial record MakeNodes : Operation
{
    public override string Description => "create a file system for device nodes";
}

/// <summary>mknod(2) on the file system created by <see cref="MakeNodes"/>.</summary>
/// <param name="Mode">Including S_IFMT.</param>
[Operation(68)]
internal sealed partial record MakeNode(string Name, uint Mode, uint Major, uint Minor) : Operation
{
    public uint Uid { get; init; }
    public uint Gid { get; init; }

    /// <summary>Copies mode and owner from this device node on the host, which must be the same device.</summary>
    public string? Like { get; init; }

    public override string Description => Like is null ? "create device node " + Name : "create a device node like " + Like;
}

/// <summary>Mounts a node created by <see cref="MakeNode"/> read-only on a path, which is created if missing. After <see cref="AttachRoot"/>.</summary>
[Operation(69)]
internal sealed partial record AttachNode([Resolved] string Path, string Name) : Operation
{
    public override string Description => "mount device node " + Name + " on " + Path;
}

/// <summary>
/// Detaches the file system of the device nodes, after the last <see cref="AttachNode"/> and before any other process can see the root. Its "null" node and its
/// empty directory remain available for masks.
/// </summary>
[Operation(70)]
internal sealed partial record DetachNodes : Operation
{
    public override string Description => "detach device nodes";
}

/// <summary>
/// Opens a detached read-only mount of the host's /dev/null, after verifying the device (CVE-2025-31133), for use where no node can be created. It stays usable
/// in any mount namespace entered later.
/// </summary>
[Operation(35)]
internal sealed partial record OpenNull : Operation
{
    public override string Description => "open /dev/null";
}

/// <summary>pivot_root(2), then detaches the old root.</summary>
[Operation(32)]
internal sealed partial record PivotRoot : Operation
{
    /// <summary>
    /// If the kernel refuses with EINVAL ("/" is the initramfs), detaches all mounts of the old root, moves the root over "/" and calls chroot(2).
    /// </summary>
    public bool NoPivot { get; init; }

    /// <summary>Applied to the new "/" afterwards; none leaves it unchanged.</summary>
    public MountPropagation Propagation { get; init; }

    public override string Description => NoPivot ? "move the root over /" : "pivot_root";
}

/// <summary>chroot(2), for a container without a mount namespace.</summary>
[Operation(34)]
internal sealed partial record ChangeRoot(string Path) : Operation
{
    public override string Description => "chroot to " + Path;
}
