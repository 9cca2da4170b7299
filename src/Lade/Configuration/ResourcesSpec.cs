using System.Collections.Generic;

namespace Lade.Configuration;

/// <summary>
/// Limits of the container's cgroup (config-linux.md "Control groups"); also the document of `update --resources`. What is absent is left alone, 0 is a value,
/// -1 is no limit.
/// </summary>
[ConfigObject(IsUpdated = true)]
internal sealed partial record ResourcesSpec
{
    /// <summary>Rules about devices, applied in order.</summary>
    [ConfigProperty("devices")]
    [NotUpdated] // Other programs may have added to them.
    public IReadOnlyList<DeviceRule> Devices { get; init; } = [];

    /// <summary>Memory, in bytes; -1 is no limit.</summary>
    [ConfigProperty("memory")]
    public MemoryResources? Memory { get; init; }

    /// <summary>CPU time and CPUs.</summary>
    [ConfigProperty("cpu")]
    public CpuResources? Cpu { get; init; }

    /// <summary>Weights and limits of block I/O.</summary>
    [ConfigProperty("blockIO")]
    public BlockIoResources? BlockIo { get; init; }

    /// <summary>Limits of huge pages, by page size.</summary>
    [ConfigProperty("hugepageLimits")]
    public IReadOnlyList<HugepageLimit> HugepageLimits { get; init; } = [];

    /// <summary>Class and priorities of network traffic; cgroup v1 only.</summary>
    [ConfigProperty("network")]
    public NetworkResources? Network { get; init; }

    /// <summary>Number of tasks.</summary>
    [ConfigProperty("pids")]
    public PidsResources? Pids { get; init; }

    /// <summary>Limits of RDMA, by device.</summary>
    [ConfigProperty("rdma")]
    public IReadOnlyDictionary<string, RdmaLimit> Rdma { get; init; } = new Dictionary<string, RdmaLimit>();

    /// <summary>Files of cgroup v2 and what is written to them.</summary>
    [ConfigProperty("unified")]
    public IReadOnlyDictionary<string, string> Unified { get; init; } = new Dictionary<string, string>();
}

/// <summary>A rule about devices (config-linux.md "Allowed Device list").</summary>
[ConfigObject]
internal sealed partial record DeviceRule
{
    /// <summary>Whether access is allowed.</summary>
    [ConfigProperty("allow")]
    public required bool Allow { get; init; }

    /// <summary>Kind of device: c is character, b is block, a is any.</summary>
    [ConfigProperty("type", Names = SpecNames.DeviceRuleTypes)]
    public char Type { get; init; } = 'a';

    /// <summary>Major number. When absent, or -1, any.</summary>
    [ConfigProperty("major", Min = -1, Max = DeviceSpec.MaxMajor, NotSet = -1)]
    public long? Major { get; init; }

    /// <summary>Minor number. When absent, or -1, any.</summary>
    [ConfigProperty("minor", Min = -1, Max = DeviceSpec.MaxMinor, NotSet = -1)]
    public long? Minor { get; init; }

    /// <summary>Kinds of access: some of r (read), w (write) and m (mknod).</summary>
    [ConfigProperty("access")]
    public string Access { get; init; } = "rwm";
}

/// <summary>Memory, in bytes; -1 is no limit (config-linux.md "Memory").</summary>
[ConfigObject]
internal sealed partial record MemoryResources
{
    /// <summary>Hard limit.</summary>
    [ConfigProperty("limit", Min = -1)]
    [ZeroIsNotGiven]
    public long? Limit { get; init; }

    /// <summary>Soft limit.</summary>
    [ConfigProperty("reservation", Min = -1)]
    [ZeroIsNotGiven]
    public long? Reservation { get; init; }

    /// <summary>Limit of memory and swap together, as on cgroup v1.</summary>
    [ConfigProperty("swap", Min = -1)]
    [ZeroIsNotGiven]
    public long? Swap { get; init; }

    /// <summary>Limit of kernel memory. Ignored: kernels no longer limit it by itself.</summary>
    [ConfigProperty("kernel", Min = -1)]
    [ZeroIsNotGiven]
    public long? Kernel { get; init; }

    /// <summary>Limit of the kernel's TCP buffers; cgroup v1 only.</summary>
    [ConfigProperty("kernelTCP", Min = -1)]
    [ZeroIsNotGiven]
    public long? KernelTcp { get; init; }

    /// <summary>Tendency to swap; cgroup v1 only. 18446744073709551615 is the same as absent.</summary>
    [ConfigProperty("swappiness", Max = 100, NotSet = ulong.MaxValue)] // Engines that keep "unset" as -1 write it as the unsigned number.
    public ulong? Swappiness { get; init; }

    /// <summary>Whether processes wait for memory instead of being killed; cgroup v1 only.</summary>
    [ConfigProperty("disableOOMKiller")]
    public bool? DisableOomKiller { get; init; }

    /// <summary>Whether memory is accounted with the cgroups above; cgroup v1 only.</summary>
    [ConfigProperty("useHierarchy")]
    public bool? UseHierarchy { get; init; }

    /// <summary>Whether `update` refuses a limit below what is in use.</summary>
    [ConfigProperty("checkBeforeUpdate")]
    public bool? CheckBeforeUpdate { get; init; }
}

/// <summary>CPU time, in microseconds, and CPUs (config-linux.md "CPU").</summary>
[ConfigObject]
internal sealed partial record CpuResources
{
    /// <summary>Share of CPU time relative to other cgroups; converted to a weight on cgroup v2.</summary>
    [ConfigProperty("shares")]
    [ZeroIsNotGiven]
    public ulong? Shares { get; init; }

    /// <summary>CPU time in a period; negative is no limit.</summary>
    [ConfigProperty("quota")]
    [ZeroIsNotGiven]
    public long? Quota { get; init; }

    /// <summary>CPU time beyond the quota that unused time of earlier periods allows; at most the quota.</summary>
    [ConfigProperty("burst")]
    public ulong? Burst { get; init; }

    /// <summary>The period of the quota.</summary>
    [ConfigProperty("period")]
    [ZeroIsNotGiven]
    public ulong? Period { get; init; }

    /// <summary>CPU time of real-time tasks in a real-time period; cgroup v1 only.</summary>
    [ConfigProperty("realtimeRuntime")]
    [ZeroIsNotGiven]
    public long? RealtimeRuntime { get; init; }

    /// <summary>The real-time period; cgroup v1 only.</summary>
    [ConfigProperty("realtimePeriod")]
    [ZeroIsNotGiven]
    public ulong? RealtimePeriod { get; init; }

    /// <summary>CPUs, as a list such as 0-3,7.</summary>
    [ConfigProperty("cpus")]
    public string? Cpus { get; init; }

    /// <summary>Memory nodes, as a list such as 0-3,7.</summary>
    [ConfigProperty("mems")]
    public string? Mems { get; init; }

    /// <summary>1 runs the container only when nothing else wants to (SCHED_IDLE).</summary>
    [ConfigProperty("idle", Min = 0, Max = 1)]
    public long? Idle { get; init; }
}

/// <summary>Weights and limits of block I/O (config-linux.md "Block IO").</summary>
[ConfigObject]
internal sealed partial record BlockIoResources
{
    /// <summary>Weight relative to other cgroups, 10 to 1000; 0 is the same as absent.</summary>
    [ConfigProperty("weight")]
    [ZeroIsNotGiven]
    public ushort? Weight { get; init; }

    /// <summary>Weight of the cgroup's own tasks relative to cgroups below it, 10 to 1000; cgroup v1 only.</summary>
    [ConfigProperty("leafWeight")]
    [ZeroIsNotGiven]
    public ushort? LeafWeight { get; init; }

    /// <summary>Weights by device.</summary>
    [ConfigProperty("weightDevice")]
    public IReadOnlyList<WeightDevice> WeightDevice { get; init; } = [];

    /// <summary>Limits of reading, in bytes per second.</summary>
    [ConfigProperty("throttleReadBpsDevice")]
    public IReadOnlyList<ThrottleDevice> ThrottleReadBpsDevice { get; init; } = [];

    /// <summary>Limits of writing, in bytes per second.</summary>
    [ConfigProperty("throttleWriteBpsDevice")]
    public IReadOnlyList<ThrottleDevice> ThrottleWriteBpsDevice { get; init; } = [];

    /// <summary>Limits of reading, in operations per second.</summary>
    [ConfigProperty("throttleReadIOPSDevice")]
    public IReadOnlyList<ThrottleDevice> ThrottleReadIopsDevice { get; init; } = [];

    /// <summary>Limits of writing, in operations per second.</summary>
    [ConfigProperty("throttleWriteIOPSDevice")]
    public IReadOnlyList<ThrottleDevice> ThrottleWriteIopsDevice { get; init; } = [];
}

/// <summary>Weights of a block device; at least one of the two is required.</summary>
/// <param name="Major">Major number.</param>
/// <param name="Minor">Minor number.</param>
/// <param name="Weight">As the weight of all devices.</param>
/// <param name="LeafWeight">As the leaf weight of all devices.</param>
[ConfigObject]
internal sealed partial record WeightDevice(
    [ConfigProperty("major", Min = 0, Max = DeviceSpec.MaxMajor)] [MergeKey] long Major,
    [ConfigProperty("minor", Min = 0, Max = DeviceSpec.MaxMinor)] [MergeKey] long Minor,
    [ConfigProperty("weight")] ushort? Weight,
    [ConfigProperty("leafWeight")] ushort? LeafWeight);

/// <summary>A limit of a block device.</summary>
/// <param name="Major">Major number.</param>
/// <param name="Minor">Minor number.</param>
/// <param name="Rate">Bytes or operations per second.</param>
[ConfigObject]
internal sealed partial record ThrottleDevice(
    [ConfigProperty("major", Min = 0, Max = DeviceSpec.MaxMajor)] [MergeKey] long Major,
    [ConfigProperty("minor", Min = 0, Max = DeviceSpec.MaxMinor)] [MergeKey] long Minor,
    [ConfigProperty("rate")] ulong Rate);

/// <summary>A limit of huge pages (config-linux.md "Huge page limits").</summary>
/// <param name="PageSize">Page size as in the kernel's file names, such as 2MB.</param>
/// <param name="Limit">Bytes.</param>
[ConfigObject]
internal sealed partial record HugepageLimit([ConfigProperty("pageSize")] [MergeKey] string PageSize, [ConfigProperty("limit")] ulong Limit);

/// <summary>Class and priorities of network traffic; cgroup v1 only (config-linux.md "Network").</summary>
[ConfigObject]
internal sealed partial record NetworkResources
{
    /// <summary>Class of the packets (net_cls.classid).</summary>
    [ConfigProperty("classID")]
    [ZeroIsNotGiven]
    public uint? ClassId { get; init; }

    /// <summary>Priorities by interface (net_prio.ifpriomap).</summary>
    [ConfigProperty("priorities")]
    public IReadOnlyList<InterfacePriority> Priorities { get; init; } = [];
}

/// <summary>Priority of the traffic on an interface.</summary>
/// <param name="Name">The interface.</param>
/// <param name="Priority">The priority.</param>
[ConfigObject]
internal sealed partial record InterfacePriority([ConfigProperty("name")] [MergeKey] string Name, [ConfigProperty("priority")] uint Priority);

/// <summary>Number of tasks (config-linux.md "PIDs").</summary>
/// <param name="Limit">The most tasks; -1 is no limit, 0 allows no new task. When absent, pids.max is left alone.</param>
[ConfigObject]
internal sealed partial record PidsResources([ConfigProperty("limit", Min = PidsResources.NoLimit)] long? Limit)
{
    /// <summary>Also the least value.</summary>
    public const long NoLimit = -1;
}

/// <summary>Limits of an RDMA device; at least one of the two is required (config-linux.md "RDMA").</summary>
/// <param name="HcaHandles">The most handles.</param>
/// <param name="HcaObjects">The most objects.</param>
[ConfigObject]
internal sealed partial record RdmaLimit([ConfigProperty("hcaHandles")] uint? HcaHandles, [ConfigProperty("hcaObjects")] uint? HcaObjects);
