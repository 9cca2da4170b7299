namespace Lade.Plan;

/// <summary>
/// Moves `init` itself into a v1 cgroup by writing <c>0</c> to its open <c>tasks</c> file: a task that moves itself skips the kernel's threadgroup lock and its RCU wait.
/// </summary>
[Operation(1)]
internal sealed partial record JoinCgroup(Slot Tasks) : Operation
{
    public override string Sentence => "join " + Tasks;
}

/// <summary>unshare(2).</summary>
[Operation(2)]
internal sealed partial record Unshare(CloneFlags Flags) : Operation
{
    /// <summary>
    /// A user namespace whose owner is a uid that nobody has: the owner holds every capability in it (user_namespaces(7)), and uid 0 is the user of every container that shares
    /// the initial user namespace. Takes all that host root may do.
    /// </summary>
    public bool Disowned { get; init; }

    public override string Sentence => "unshare " + Flags;
}

/// <summary>
/// setns(2) with an open namespace file of this type, which stands at <c>Path</c> on the host; or with a pidfd, for all of several types. A pid namespace counts for the
/// process of a later <see cref="Clone"/> only.
/// </summary>
[Operation(3)]
internal sealed partial record JoinNamespace(Slot Namespace, CloneFlags Type, [Unsent] string Path) : Operation
{
    public override string Sentence => "join namespace " + Path;
}

/// <summary>Tells the host side how far `init` is and waits for its answer.</summary>
[Operation(4)]
internal sealed partial record Sync(SyncPoint Point) : Operation
{
    /// <summary>An unprivileged host may write the id maps of a dumpable process only.</summary>
    public bool Dumpable { get; init; }

    public override string Sentence => "wait for the host: " + Point;
}

/// <summary>
/// The real container process is cloned with the remaining new namespaces, as a child of lade (CLONE_PARENT); the one before it sends MSG_PID and ends. Into a pid namespace
/// that others are in already it comes after <see cref="CloseDescriptors"/> and <see cref="SetCapabilities"/>: from here on they see us.
/// </summary>
[Operation(5)]
internal sealed partial record Clone(CloneFlags Flags) : Operation
{
    public override string Sentence => "clone " + Flags;
}

/// <summary>Becomes uid 0 and gid 0 of the user namespace just entered, without supplementary groups where setgroups(2) is allowed.</summary>
[Operation(6)]
internal sealed partial record BecomeRoot : Operation
{
    /// <summary>The supplementary groups stay.</summary>
    public bool KeepGroups { get; init; }

    public override string Sentence => "become root of the user namespace";
}

/// <summary>Writes a file below the host's procfs; <c>Path</c> is relative (<c>self/oom_score_adj</c>).</summary>
[Operation(7)]
internal sealed partial record WriteProc(string Path, string Value) : Operation
{
    /// <summary>The files of a process that is not dumpable belong to root of the host: another user has to be dumpable to open its own.</summary>
    public bool Dumpable { get; init; }

    public override string Sentence => "write '" + Value + "' to /proc/" + Path;
}

/// <summary>
/// Closes every descriptor but the standard ones, those of the program, the socket to the host side, the hooks' outputs and <c>Kept</c>, the procfs among them: nothing of
/// the host's is left to whoever can look into `init` from here on (CVE-2016-9962).
/// </summary>
[Operation(64)]
internal sealed partial record CloseDescriptors(Slot? Kept) : Operation
{
    /// <summary>Open files of our namespaces stay (WORD_NAMESPACES), for the user who may join them but not look into us.</summary>
    public bool OfferNamespaces { get; init; }

    public override string Sentence => "close descriptors";
}

/// <summary>
/// chroot(2) into an empty read-only file system that nobody else has, with an unshare(2) of <c>Flags</c> on the way: the file system cannot be made after it, nor entered
/// before.
/// </summary>
[Operation(65)]
internal sealed partial record EmptyRoot(CloneFlags Flags) : Operation
{
    /// <inheritdoc cref="Unshare.Disowned"/>
    public bool Disowned { get; init; }

    public override string Sentence => "enter an empty root" + (Flags == CloneFlags.None ? "" : " and unshare " + Flags);
}

/// <summary>Every later mount of a procfs shows this pid namespace, which `init` enters only when it has no more rights than the container.</summary>
[Operation(66)]
internal sealed partial record SetProcNamespace(Slot Namespace, [Unsent] string Path) : Operation
{
    /// <summary>Our children are in it already.</summary>
    public bool IsJoined { get; init; }

    public override string Sentence => "show the pid namespace " + Path + " in procfs";
}

/// <summary>Brings up <c>lo</c> in our network namespace.</summary>
[Operation(8)]
internal sealed partial record LoopbackUp : Operation
{
    public override string Sentence => "bring up the loopback interface";
}

/// <summary>sethostname(2).</summary>
[Operation(9)]
internal sealed partial record SetHostname(string Name) : Operation
{
    public override string Sentence => "set hostname " + Name;
}

/// <summary>setdomainname(2).</summary>
[Operation(10)]
internal sealed partial record SetDomainname(string Name) : Operation
{
    public override string Sentence => "set domainname " + Name;
}

/// <summary>setsid(2); no error if we lead a session already.</summary>
[Operation(11)]
internal sealed partial record NewSession : Operation
{
    public override string Sentence => "start a new session";
}

/// <summary>
/// keyctl(2) KEYCTL_JOIN_SESSION_KEYRING: the container gets a session keyring of its own. ENOSYS and EPERM, of a kernel without keyrings for us, are not errors.
/// </summary>
[Operation(12)]
internal sealed partial record JoinSessionKeyring([Unprinted] string Name) : Operation
{
    public override string Sentence => "join the session keyring";
}
