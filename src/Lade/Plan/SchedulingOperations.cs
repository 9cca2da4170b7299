using System;
using Lade.Configuration;

namespace Lade.Plan;

/// <summary>sched_setaffinity(2) to a CPU list (<c>0-3,7</c>); null means all CPUs, which the kernel limits to those of the cpuset.</summary>
[Operation(58)]
internal sealed partial record SetAffinity([Unsent] string? Cpus) : Operation
{
    /// <summary>The kernel truncates a longer mask than its own; no kernel supports more than 8192 CPUs (CONFIG_NR_CPUS).</summary>
    private const int MostCpus = 8192;

    /// <summary>One bit per CPU.</summary>
    [Sent]
    public ReadOnlyMemory<byte> CpuMask => Cpus is null ? EveryCpu() : NumberList.ToMask(Cpus);

    public override string Description => Cpus is null ? "allow every cpu" : "set cpu affinity " + Cpus;

    private static byte[] EveryCpu()
    {
        byte[] mask = new byte[MostCpus / 8];
        Array.Fill(mask, byte.MaxValue);
        return mask;
    }
}

/// <summary>sched_setattr(2). Times are in nanoseconds.</summary>
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

    public override string Description => "set scheduler " + Policy;
}

/// <summary>ioprio_set(2) for our process: class number and priority within the class, 0 being the highest.</summary>
[Operation(56)]
internal sealed partial record SetIoPriority([Unsent] string Class, [Unsent] uint Number, [Unsent] uint Priority) : Operation
{
    /// <summary>IOPRIO_PRIO_VALUE of linux/ioprio.h.</summary>
    [Sent]
    public uint Value => (Number << 13) | Priority;

    public override string Description => "set io priority " + Class + ":" + Priority;
}

/// <summary>set_mempolicy(2): mode number with MPOL_F_* flags, and the node list, null for none.</summary>
[Operation(57)]
internal sealed partial record SetMemoryPolicy([Unsent] string Mode, uint Number, [Unsent] string? Nodes) : Operation
{
    /// <summary>One bit per node, in whole words; empty without a list.</summary>
    [Sent]
    public ReadOnlyMemory<byte> NodeMask => NumberList.ToMask(Nodes);

    public override string Description => "set memory policy " + Mode + (Nodes is null ? "" : " on nodes " + Nodes);
}
