using System.Collections.Generic;

namespace Lade.Configuration;

/// <summary>config-linux.md "Control groups": limits of the container's cgroup. null is "leave alone", 0 is a value, -1 is "no limit".</summary>
internal sealed record ResourcesSpec
{
    public IReadOnlyList<DeviceRule> Devices { get; init; } = [];
    public MemoryResources? Memory { get; init; }
    public CpuResources? Cpu { get; init; }
    public BlockIoResources? BlockIo { get; init; }
    public IReadOnlyList<HugepageLimit> HugepageLimits { get; init; } = [];
    public NetworkResources? Network { get; init; }
    public PidsResources? Pids { get; init; }
    public IReadOnlyDictionary<string, RdmaLimit> Rdma { get; init; } = new Dictionary<string, RdmaLimit>();

    /// <summary>cgroup v2 file name to content.</summary>
    public IReadOnlyDictionary<string, string> Unified { get; init; } = new Dictionary<string, string>();
}

/// <summary>One rule of the device list, applied in order. <c>Type</c> is a, b or c; null numbers are the wildcard; <c>Access</c> is some of r, w, m.</summary>
internal sealed record DeviceRule
{
    public required bool Allow { get; init; }
    public char Type { get; init; } = 'a';
    public long? Major { get; init; }
    public long? Minor { get; init; }
    public string Access { get; init; } = "rwm";
}

/// <summary>Sizes in bytes, -1 unlimited.</summary>
internal sealed record MemoryResources
{
    public long? Limit { get; init; }
    public long? Reservation { get; init; }

    /// <summary>Memory and swap together, as on cgroup v1.</summary>
    public long? Swap { get; init; }
    public long? Kernel { get; init; }
    public long? KernelTcp { get; init; }
    public ulong? Swappiness { get; init; }
    public bool? DisableOomKiller { get; init; }
    public bool? UseHierarchy { get; init; }
    public bool? CheckBeforeUpdate { get; init; }
}

/// <summary>Times in microseconds.</summary>
internal sealed record CpuResources
{
    public ulong? Shares { get; init; }
    public long? Quota { get; init; }
    public ulong? Burst { get; init; }
    public ulong? Period { get; init; }
    public long? RealtimeRuntime { get; init; }
    public ulong? RealtimePeriod { get; init; }
    public string? Cpus { get; init; }
    public string? Mems { get; init; }
    public long? Idle { get; init; }
}

/// <summary>Block I/O weights and limits; rates in bytes or operations per second.</summary>
internal sealed record BlockIoResources
{
    public ushort? Weight { get; init; }
    public ushort? LeafWeight { get; init; }
    public IReadOnlyList<WeightDevice> WeightDevice { get; init; } = [];
    public IReadOnlyList<ThrottleDevice> ThrottleReadBpsDevice { get; init; } = [];
    public IReadOnlyList<ThrottleDevice> ThrottleWriteBpsDevice { get; init; } = [];
    public IReadOnlyList<ThrottleDevice> ThrottleReadIopsDevice { get; init; } = [];
    public IReadOnlyList<ThrottleDevice> ThrottleWriteIopsDevice { get; init; } = [];
}

internal sealed record WeightDevice(long Major, long Minor, ushort? Weight, ushort? LeafWeight);

internal sealed record ThrottleDevice(long Major, long Minor, ulong Rate);

/// <summary><c>PageSize</c> as in the kernel's file names: <c>2MB</c>; <c>Limit</c> in bytes.</summary>
internal sealed record HugepageLimit(string PageSize, ulong Limit);

/// <summary>net_cls and net_prio of cgroup v1.</summary>
internal sealed record NetworkResources
{
    public uint? ClassId { get; init; }
    public IReadOnlyList<InterfacePriority> Priorities { get; init; } = [];
}

internal sealed record InterfacePriority(string Name, uint Priority);

/// <summary><c>Limit</c>: -1 is no limit, 0 is really 0, null leaves pids.max alone.</summary>
internal sealed record PidsResources(long? Limit);

internal sealed record RdmaLimit(uint? HcaHandles, uint? HcaObjects);
