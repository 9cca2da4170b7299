using System.Collections.Generic;

namespace Lade.Cgroups.Statistics;

/// <summary>
/// What a container uses, at one moment, in the terms of cgroup v1 that readers of runc's events know. What the kernel does not count stays 0 or empty.
/// Classes, not records: they are written once and read once, and what a record brings for each property would be 20 KB of the executable.
/// </summary>
internal sealed class CgroupStatistics
{
    public CpuStatistics Cpu { get; init; } = new();
    public CpusetStatistics Cpuset { get; init; } = new();
    public MemoryStatistics Memory { get; init; } = new();
    public PidsStatistics Pids { get; init; }
    public BlockIoStatistics BlockIo { get; init; } = new();

    /// <summary>By page size as in the kernel's file names: <c>2MB</c>.</summary>
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

/// <summary>CPUs, memory nodes and the switches of a v1 cpuset.</summary>
internal sealed class CpusetStatistics
{
    public IReadOnlyList<ulong> Cpus { get; init; } = [];
    public ulong CpuExclusive { get; init; }
    public IReadOnlyList<ulong> Mems { get; init; } = [];
    public ulong MemHardwall { get; init; }
    public ulong MemExclusive { get; init; }
    public ulong MemoryMigrate { get; init; }
    public ulong MemorySpreadPage { get; init; }
    public ulong MemorySpreadSlab { get; init; }
    public ulong MemoryPressure { get; init; }
    public ulong SchedLoadBalance { get; init; }
    public long SchedRelaxDomainLevel { get; init; }
}

internal sealed class MemoryStatistics
{
    public ulong Cache { get; init; }
    public MemoryUsage Usage { get; init; }

    /// <summary>Memory and swap together.</summary>
    public MemoryUsage Swap { get; init; }
    public MemoryUsage Kernel { get; init; }
    public MemoryUsage KernelTcp { get; init; }

    /// <summary>All of memory.stat.</summary>
    public IReadOnlyDictionary<string, ulong> Raw { get; init; } = new Dictionary<string, ulong>();
    public Pressure? Pressure { get; init; }
}

/// <summary>Bytes; <paramref name="Failures"/> counts how often the limit was hit.</summary>
internal readonly record struct MemoryUsage(ulong Limit, ulong Usage, ulong Max, ulong Failures);

/// <param name="Limit">0 is none.</param>
internal readonly record struct PidsStatistics(ulong Current, ulong Limit);

/// <summary>One table for each kind of count, named as in the JSON.</summary>
internal sealed class BlockIoStatistics
{
    public IReadOnlyList<BlockIoEntry> ServiceBytes { get; init; } = [];
    public IReadOnlyList<BlockIoEntry> Serviced { get; init; } = [];
    public IReadOnlyList<BlockIoEntry> Queued { get; init; } = [];
    public IReadOnlyList<BlockIoEntry> ServiceTime { get; init; } = [];
    public IReadOnlyList<BlockIoEntry> WaitTime { get; init; } = [];
    public IReadOnlyList<BlockIoEntry> Merged { get; init; } = [];
    public IReadOnlyList<BlockIoEntry> Time { get; init; } = [];
    public IReadOnlyList<BlockIoEntry> Sectors { get; init; } = [];
    public Pressure? Pressure { get; init; }
}

/// <param name="Operation"><c>Read</c>, <c>Write</c>, <c>Sync</c> ...; empty for counts without one.</param>
internal readonly record struct BlockIoEntry(ulong Major, ulong Minor, string Operation, ulong Value);

internal sealed class HugepageStatistics(string pageSize, ulong usage, ulong max, ulong failures)
{
    public string PageSize => pageSize;
    public ulong Usage => usage;
    public ulong Max => max;
    public ulong Failures => failures;
}

/// <summary>Pressure stall information (psi.rst), cgroup v2 only.</summary>
internal sealed class Pressure(PressureLine some, PressureLine full)
{
    public PressureLine Some => some;
    public PressureLine Full => full;
}

/// <summary>Shares of time in percent over 10, 60 and 300 seconds, and the sum in microseconds.</summary>
internal readonly record struct PressureLine(double Average10, double Average60, double Average300, ulong Total);
