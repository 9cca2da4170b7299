namespace Lade.Plan;

/// <summary>
/// Moves `init` into a v1 cgroup by writing <c>0</c> to its open <c>tasks</c> file: a task that moves itself avoids the kernel's threadgroup lock and its RCU
/// grace period.
/// </summary>
[Operation(1)]
internal sealed partial record JoinCgroup(Slot Tasks) : Operation
{
    public override string Description => "join " + Tasks;
}

/// <summary>unshare(2).</summary>
[Operation(2)]
internal sealed partial record Unshare(CloneFlags Flags) : Operation
{
    /// <summary>
    /// Makes a uid that no process has the owner of the new user namespace: the owner holds every capability in it (user_namespaces(7)), and uid 0 is the user of every
    /// container that shares the initial user namespace. Requires the full privileges of host root.
    /// </summary>
    public bool Disowned { get; init; }

    public override string Description => "unshare " + Flags;
}

/// <summary>
/// setns(2) on an open namespace file of this type (<c>Path</c> on the host), or on a pidfd for several types at once. Joining a pid namespace affects only the
/// process of a later <see cref="Clone"/>.
/// </summary>
[Operation(3)]
internal sealed partial record JoinNamespace(Slot Namespace, CloneFlags Type, [Unsent] string Path) : Operation
{
    public override string Description => "join namespace " + Path;
}

/// <summary>Reports progress to the host side and waits for its answer.</summary>
[Operation(4)]
internal sealed partial record Sync(SyncPoint Point) : Operation
{
    /// <summary>Become dumpable while waiting: an unprivileged host process may write the ID mappings only of a dumpable process.</summary>
    public bool Dumpable { get; init; }

    public override string Description => "wait for the host: " + Point;
}

/// <summary>
/// Clones the actual container process with the remaining new namespaces, as a child of lade (CLONE_PARENT); its predecessor sends MSG_PID and exits. When
/// joining an existing pid namespace, this comes after <see cref="CloseDescriptors"/> and <see cref="SetCapabilities"/>, because the processes in it can see us
/// from here on.
/// </summary>
[Operation(5)]
internal sealed partial record Clone(CloneFlags Flags) : Operation
{
    public override string Description => "clone " + Flags;
}

/// <summary>Becomes uid 0 and gid 0 in the user namespace just entered, dropping supplementary groups where setgroups(2) is allowed.</summary>
[Operation(6)]
internal sealed partial record BecomeRoot : Operation
{
    /// <summary>Keeps the supplementary groups.</summary>
    public bool KeepGroups { get; init; }

    public override string Description => "become root of the user namespace";
}

/// <summary>Writes to a file below the host's procfs; <c>Path</c> is relative (<c>self/oom_score_adj</c>).</summary>
[Operation(7)]
internal sealed partial record WriteProc(string Path, string Value) : Operation
{
    /// <summary>The /proc files of a non-dumpable process belong to the host's root: any other user must be dumpable to open its own.</summary>
    public bool Dumpable { get; init; }

    public override string Description => "write '" + Value + "' to /proc/" + Path;
}

/// <summary>
/// Closes every descriptor except the standard streams, those preserved for the program, the socket to the host side, the hooks' outputs and <c>Kept</c>. This
/// includes procfs: nothing of the host stays accessible through `init` (CVE-2016-9962).
/// </summary>
[Operation(64)]
internal sealed partial record CloseDescriptors(Slot? Kept) : Operation
{
    /// <summary>Keeps our namespace files open (COMMAND_NAMESPACES) for a user who may join the namespaces but not access our /proc entry.</summary>
    public bool OfferNamespaces { get; init; }

    public override string Description => "close descriptors";
}

/// <summary>
/// chroot(2) into an empty read-only file system that no other process has, with an unshare(2) of <c>Flags</c> in between: the file system cannot be created
/// after the unshare, nor entered before it.
/// </summary>
[Operation(65)]
internal sealed partial record EmptyRoot(CloneFlags Flags) : Operation
{
    /// <inheritdoc cref="Unshare.Disowned"/>
    public bool Disowned { get; init; }

    public override string Description => "enter an empty root" + (Flags == CloneFlags.None ? "" : " and unshare " + Flags);
}

/// <summary>Makes later procfs mounts show this pid namespace, which `init` enters only once it has no more privileges than the container.</summary>
[Operation(66)]
internal sealed partial record SetProcNamespace(Slot Namespace, [Unsent] string Path) : Operation
{
    /// <summary>Our children are already in it.</summary>
    public bool IsJoined { get; init; }

    public override string Description => "select pid namespace " + Path + " for procfs";
}

/// <summary>Brings up <c>lo</c> in the current network namespace.</summary>
[Operation(8)]
internal sealed partial record LoopbackUp : Operation
{
    public override string Description => "bring up the loopback interface";
}

/// <summary>sethostname(2).</summary>
[Operation(9)]
internal sealed partial record SetHostname(string Name) : Operation
{
    public override string Description => "set hostname " + Name;
}

/// <summary>setdomainname(2).</summary>
[Operation(10)]
internal sealed partial record SetDomainname(string Name) : Operation
{
    public override string Description => "set domainname " + Name;
}

/// <summary>setsid(2); does nothing if we are already the session leader.</summary>
[Operation(11)]
internal sealed partial record NewSession : Operation
{
    public override string Description => "start a new session";
}

/// <summary>
/// keyctl(2) KEYCTL_JOIN_SESSION_KEYRING: gives the container its own session keyring. Ignores ENOSYS and EPERM from kernels that do not offer us keyrings.
/// </summary>
[Operation(12)]
internal sealed partial record JoinSessionKeyring([Unprinted] string Name) : Operation
{
    public override string Description => "join the session keyring";
}
