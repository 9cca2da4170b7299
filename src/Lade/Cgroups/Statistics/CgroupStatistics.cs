using System.Collections.Generic;

namespace Lade.Cgroups.Statistics;

/// <summary>
/// The resource usage of a container at one moment, in the terms of cgroup v1, which readers of runc's events know. What the kernel does not count is 0 or empty.
/// Classes, because the members that the compiler adds to records would be 20 KB of the executable.
/// </summary>
internal sealed class CgroupStatistics
{
    public CpuStatistics Cpu { get; init; } = new();
    public CpusetStatistics Cpuset { get; init; } = new();
    public MemoryStatistics Memory { get; init; } = new();
    public PidsStatistics Pids { get; init; }
    public IReadOnlyList<BlockIoTable> BlockIo { get; init; } = [];
    public Pressure? BlockIoPressure { get; init; }
    public IReadOnlyList<HugepageStatistics> Hugepages { get; init; } = [];
}

/// <summary>Times in nanoseconds.</summary>
internal sealed class CpuStatistics
{
    public ulong Total { get; init; }
    public IReadOnlyList<ulong> PerCpu { get; init; } = [];
    public IReadOnlyList<ulong> PerCpuKernel { get; init; } = [];
    public IReadOnlyList<ulong> PerCpuUser { get; init; } = [];
    public ulong Kernel { get; init; }
    public ulong User { get; init; }
    public ulong Periods { get; init; }
    public ulong ThrottledPeriods { get; init; }
    public ulong ThrottledTime { get; init; }
    public Pressure? Pressure { get; init; }
}

internal sealed class CpusetStatistics
{
    /// <summary>The switches of a v1 cpuset: names in <c>events</c> and, after <c>cpuset.</c>, of the files.</summary>
    public static readonly string[] FlagNames =
    [
        "cpu_exclusive", "mem_hardwall", "mem_exclusive", "memory_migrate", "memory_spread_page", "memory_spread_slab", "memory_pressure", "sched_load_balance",
        "sched_relax_domain_level",
    ];

    public IReadOnlyList<ulong> Cpus { get; init; } = [];
    public IReadOnlyList<ulong> Mems { get; init; } = [];

    /// <summary>In the order of <see cref="FlagNames"/>. A sched_relax_domain_level of -1 is the system's default.</summary>
    public long[] Flags { get; init; } = new long[FlagNames.Length];
}

internal sealed class MemoryStatistics
{
    public ulong Cache { get; init; }
    public ResourceUsage Usage { get; init; }

    /// <summary>Memory plus swap.</summary>
    public ResourceUsage Swap { get; init; }
    public ResourceUsage Kernel { get; init; }
    public ResourceUsage KernelTcp { get; init; }

    /// <summary>All of memory.stat.</summary>
    public IReadOnlyDictionary<string, ulong> Raw { get; init; } = new Dictionary<string, ulong>();
    public Pressure? Pressure { get; init; }
}

/// <summary>Bytes; <paramref name="Failures"/> counts how often the limit was hit.</summary>
internal readonly record struct ResourceUsage(ulong Limit, ulong Usage, ulong Max, ulong Failures);

/// <summary>Numbers of tasks.</summary>
/// <param name="Limit">0 is none.</param>
internal readonly record struct PidsStatistics(ulong Current, ulong Limit)
{
    /// <param name="limit"><see cref="ulong.MaxValue"/> is none.</param>
    public static PidsStatistics From(ulong current, ulong limit) => new(current, limit == ulong.MaxValue ? 0 : limit);
}

/// <summary>One kind of count of the controller blkio.</summary>
/// <param name="name">In <c>events</c>: <c>ioServiceBytesRecursive</c>.</param>
internal sealed class BlockIoTable(string name, IReadOnlyList<BlockIoEntry> entries)
{
    public string Name => name;
    public IReadOnlyList<BlockIoEntry> Entries => entries;
}

/// <param name="Operation"><c>Read</c>, <c>Write</c>, <c>Sync</c> ...; empty for counts without one.</param>
internal readonly record struct BlockIoEntry(ulong Major, ulong Minor, string Operation, ulong Value);

/// <param name="pageSize">As in the kernel's file names: <c>2MB</c>.</param>
internal sealed class HugepageStatistics(string pageSize, ResourceUsage usage)
{
    public string PageSize => pageSize;
    public ResourceUsage Usage => usage;
}

/// <summary>Pressure stall information (psi.rst), cgroup v2 only.</summary>
internal sealed class Pressure(PressureLine some, PressureLine full)
{
    public PressureLine Some => some;
    public PressureLine Full => full;
}

/// <summary>Shares of time in percent over 10, 60 and 300 seconds, and the sum in microseconds.</summary>
internal readonly record struct PressureLine(double Average10, double Average60, double Average300, ulong Total);
