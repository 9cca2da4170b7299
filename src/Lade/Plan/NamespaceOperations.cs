namespace Lade.Plan;

/// <summary>Moves `init` itself into a v1 cgroup by writing <c>0</c> to its open <c>tasks</c> file; that skips the kernel's threadgroup lock and its RCU wait.</summary>
internal sealed record JoinCgroup(Slot Tasks) : Operation
{
    public override string Sentence => "join " + Tasks;
}

/// <summary>unshare(2).</summary>
internal sealed record Unshare(CloneFlags Flags) : Operation
{
    public override string Sentence => "unshare " + Flags;
}

/// <summary>setns(2) with an open namespace file of type <c>Type</c>, which stands at <c>Path</c> on the host; or with a pidfd, for all of several types.</summary>
internal sealed record JoinNamespace(Slot Namespace, CloneFlags Type, string Path) : Operation
{
    public override string Sentence => "join namespace " + Path;
}

/// <summary>Tells the host side how far `init` is and waits for its answer.</summary>
internal sealed record Sync(SyncPoint Point) : Operation
{
    /// <summary>An unprivileged host may write the id maps of a dumpable process only.</summary>
    public bool Dumpable { get; init; }

    public override string Sentence => "wait for the host: " + Point;
}

/// <summary>The real container process is cloned with the remaining new namespaces; the one before it ends.</summary>
internal sealed record Clone(CloneFlags Flags) : Operation
{
    public override string Sentence => "clone " + Flags;
}

/// <summary>Becomes uid 0 and gid 0 of the user namespace just entered.</summary>
internal sealed record BecomeRoot : Operation
{
    /// <summary>The supplementary groups stay.</summary>
    public bool KeepGroups { get; init; }

    public override string Sentence => "become root of the user namespace";
}

/// <summary>Writes a file below the host's procfs; <c>Path</c> is relative (<c>self/oom_score_adj</c>).</summary>
internal sealed record WriteProc(string Path, string Value) : Operation
{
    /// <summary>The files of a process that is not dumpable belong to root of the host: another user has to be dumpable to open its own.</summary>
    public bool Dumpable { get; init; }

    public override string Sentence => "write '" + Value + "' to /proc/" + Path;
}

/// <summary>
/// Closes every descriptor but the standard ones, those of the program, the socket to the host side, the hooks' outputs and <c>Kept</c>: nothing of the host's
/// is left to whoever can look into `init` from here on (CVE-2016-9962).
/// </summary>
internal sealed record CloseDescriptors(Slot? Kept) : Operation
{
    /// <summary>Open files of our namespaces stay, for the user who may join them but not look into us.</summary>
    public bool OfferNamespaces { get; init; }

    public override string Sentence => "close descriptors";
}

/// <summary>chroot(2) into an empty read-only file system of our own, with an unshare(2) of <c>Flags</c> on the way.</summary>
internal sealed record EmptyRoot(CloneFlags Flags) : Operation
{
    public override string Sentence => "enter an empty root" + (Flags == CloneFlags.None ? "" : " and unshare " + Flags);
}

/// <summary>Every later mount of a procfs shows this pid namespace, which `init` enters only when it has no more rights than the container.</summary>
internal sealed record SetProcNamespace(Slot Namespace, string Path) : Operation
{
    /// <summary>Our children are in it already.</summary>
    public bool IsJoined { get; init; }

    public override string Sentence => "show the pid namespace " + Path + " in procfs";
}

internal sealed record LoopbackUp : Operation
{
    public override string Sentence => "bring up the loopback interface";
}

/// <summary>sethostname(2).</summary>
internal sealed record SetHostname(string Name) : Operation
{
    public override string Sentence => "set hostname " + Name;
}

/// <summary>setdomainname(2).</summary>
internal sealed record SetDomainname(string Name) : Operation
{
    public override string Sentence => "set domainname " + Name;
}

/// <summary>setsid(2).</summary>
internal sealed record NewSession : Operation
{
    public override string Sentence => "start a new session";
}

/// <summary>keyctl(2) KEYCTL_JOIN_SESSION_KEYRING: the container gets a session keyring of its own.</summary>
internal sealed record JoinSessionKeyring(string Name) : Operation
{
    public override string Sentence => "join the session keyring";
}
