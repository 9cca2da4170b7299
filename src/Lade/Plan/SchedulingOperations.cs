namespace Lade.Plan;

/// <summary>sched_setaffinity(2) to a list of CPUs (<c>0-3,7</c>); null is every CPU there can be, of which the kernel takes those that the cgroup allows.</summary>
internal sealed record SetAffinity(string? Cpus) : Operation
{
    public override string Sentence => Cpus is null ? "allow every cpu" : "set cpu affinity " + Cpus;
}

/// <summary>sched_setattr(2). Times are nanoseconds.</summary>
internal sealed record SetScheduler(string Policy, uint Number) : Operation
{
    /// <summary>SCHED_FLAG_*.</summary>
    public ulong Flags { get; init; }
    public int Nice { get; init; }
    public uint Priority { get; init; }
    public ulong Runtime { get; init; }
    public ulong Deadline { get; init; }
    public ulong Period { get; init; }

    public override string Sentence => "set scheduler " + Policy;
}

/// <summary>ioprio_set(2) for our process group: class number and priority within it, 0 the highest.</summary>
internal sealed record SetIoPriority(string Class, uint Number, uint Priority) : Operation
{
    /// <summary>IOPRIO_PRIO_VALUE of linux/ioprio.h.</summary>
    public uint Value => (Number << 13) | Priority;

    public override string Sentence => "set io priority " + Class + ":" + Priority;
}

/// <summary>set_mempolicy(2): mode number with MPOL_F_* flags, and the list of nodes; null without one.</summary>
internal sealed record SetMemoryPolicy(string Mode, uint Number, string? Nodes) : Operation
{
    public override string Sentence => "set memory policy " + Mode + (Nodes is null ? "" : " on nodes " + Nodes);
}
