using System;
using Lade.Configuration;

namespace Lade.Plan;

/// <summary>sched_setaffinity(2) to a list of CPUs (<c>0-3,7</c>); null is every CPU there can be, of which the kernel takes those that the cgroup allows.</summary>
[Operation(58)]
internal sealed partial record SetAffinity([Unsent] string? Cpus) : Operation
{
    /// <summary>The kernel cuts what is longer than its own mask; no kernel has more than 8192 CPUs (CONFIG_NR_CPUS).</summary>
    private const int MostCpus = 8192;

    /// <summary>One bit for each CPU.</summary>
    [Sent]
    public ReadOnlyMemory<byte> CpuMask => Cpus is null ? EveryCpu() : NumberList.ToMask(Cpus);

    public override string Sentence => Cpus is null ? "allow every cpu" : "set cpu affinity " + Cpus;

    private static byte[] EveryCpu()
    {
        byte[] mask = new byte[MostCpus / 8];
        Array.Fill(mask, byte.MaxValue);
        return mask;
    }
}

/// <summary>sched_setattr(2). Times are nanoseconds.</summary>
[Operation(55)]
internal sealed partial record SetScheduler([Unsent] string Policy, uint Number) : Operation
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

/// <summary>ioprio_set(2) for our process: class number and priority within it, 0 the highest.</summary>
[Operation(56)]
internal sealed partial record SetIoPriority([Unsent] string Class, [Unsent] uint Number, [Unsent] uint Priority) : Operation
{
    /// <summary>IOPRIO_PRIO_VALUE of linux/ioprio.h.</summary>
    [Sent]
    public uint Value => (Number << 13) | Priority;

    public override string Sentence => "set io priority " + Class + ":" + Priority;
}

/// <summary>set_mempolicy(2): mode number with MPOL_F_* flags, and the list of nodes; null without one.</summary>
[Operation(57)]
internal sealed partial record SetMemoryPolicy([Unsent] string Mode, uint Number, [Unsent] string? Nodes) : Operation
{
    /// <summary>One bit for each node, in whole words; empty without a list.</summary>
    [Sent]
    public ReadOnlyMemory<byte> NodeMask => NumberList.ToMask(Nodes);

    public override string Sentence => "set memory policy " + Mode + (Nodes is null ? "" : " on nodes " + Nodes);
}
