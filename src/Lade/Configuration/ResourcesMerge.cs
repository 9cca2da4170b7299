using System;
using System.Collections.Generic;

namespace Lade.Configuration;

/// <summary>
/// What `update` makes of a container's resources: what is given replaces what was recorded, everything else stays. As engines write them, an empty
/// list of CPUs is "not given", and so is 0 where no limit of 0 makes sense. Device rules are not updated: other programs may have added to them.
/// </summary>
internal static class ResourcesMerge
{
    /// <summary>The resources that hold after the update.</summary>
    public static ResourcesSpec Over(ResourcesSpec recorded, ResourcesSpec given) => new()
    {
        Devices = recorded.Devices,
        Memory = Memory(recorded.Memory, given.Memory),
        Cpu = Cpu(recorded.Cpu, given.Cpu),
        BlockIo = BlockIo(recorded.BlockIo, given.BlockIo),
        HugepageLimits = Lists(recorded.HugepageLimits, given.HugepageLimits, (a, b) => a.PageSize == b.PageSize),
        Network = Network(recorded.Network, given.Network),
        Pids = given.Pids?.Limit is null ? recorded.Pids : given.Pids,
        Rdma = Maps(recorded.Rdma, given.Rdma),
        Unified = Maps(recorded.Unified, given.Unified),
    };

    /// <summary>
    /// What has to be written: what is given, and its partner where two values make one: quota and period stand in one file of cgroup v2, and the limit of
    /// swap there is the given sum less the limit of memory.
    /// </summary>
    /// <param name="effective">The result of <see cref="Over"/>.</param>
    public static ResourcesSpec WithPartners(ResourcesSpec given, ResourcesSpec effective)
    {
        CpuResources? cpu = given.Cpu;
        if (cpu is not null && IsGiven(cpu.Quota) != IsGiven(cpu.Period))
            cpu = cpu with { Quota = effective.Cpu!.Quota, Period = effective.Cpu.Period };
        MemoryResources? memory = given.Memory;
        if (memory is not null && IsGiven(memory.Swap) && !IsGiven(memory.Limit))
            memory = memory with { Limit = effective.Memory!.Limit };
        return given with { Cpu = cpu, Memory = memory };
    }

    private static MemoryResources? Memory(MemoryResources? recorded, MemoryResources? given)
    {
        if (recorded is null || given is null)
            return given ?? recorded;
        return new MemoryResources
        {
            Limit = Given(given.Limit, recorded.Limit),
            Reservation = Given(given.Reservation, recorded.Reservation),
            Swap = Swap(recorded, given),
            Kernel = Given(given.Kernel, recorded.Kernel),
            KernelTcp = Given(given.KernelTcp, recorded.KernelTcp),
            Swappiness = given.Swappiness ?? recorded.Swappiness,
            DisableOomKiller = given.DisableOomKiller ?? recorded.DisableOomKiller,
            UseHierarchy = given.UseHierarchy ?? recorded.UseHierarchy,
            CheckBeforeUpdate = given.CheckBeforeUpdate ?? recorded.CheckBeforeUpdate,
        };
    }

    /// <summary>Memory without a limit is written with memory and swap together without one; see the planners.</summary>
    private static long? Swap(MemoryResources recorded, MemoryResources given) =>
        given.Limit < 0 && !IsGiven(given.Swap) ? -1 : Given(given.Swap, recorded.Swap);

    private static CpuResources? Cpu(CpuResources? recorded, CpuResources? given)
    {
        if (recorded is null || given is null)
            return given ?? recorded;
        return new CpuResources
        {
            Shares = Given(given.Shares, recorded.Shares),
            Quota = Given(given.Quota, recorded.Quota),
            Burst = given.Burst ?? recorded.Burst,
            Period = Given(given.Period, recorded.Period),
            RealtimeRuntime = Given(given.RealtimeRuntime, recorded.RealtimeRuntime),
            RealtimePeriod = Given(given.RealtimePeriod, recorded.RealtimePeriod),
            Cpus = string.IsNullOrEmpty(given.Cpus) ? recorded.Cpus : given.Cpus,
            Mems = string.IsNullOrEmpty(given.Mems) ? recorded.Mems : given.Mems,
            Idle = given.Idle ?? recorded.Idle,
        };
    }

    private static BlockIoResources? BlockIo(BlockIoResources? recorded, BlockIoResources? given)
    {
        if (recorded is null || given is null)
            return given ?? recorded;
        return new BlockIoResources
        {
            Weight = given.Weight is null or 0 ? recorded.Weight : given.Weight,
            LeafWeight = given.LeafWeight is null or 0 ? recorded.LeafWeight : given.LeafWeight,
            WeightDevice = Lists(recorded.WeightDevice, given.WeightDevice, (a, b) => a.Major == b.Major && a.Minor == b.Minor),
            ThrottleReadBpsDevice = Lists(recorded.ThrottleReadBpsDevice, given.ThrottleReadBpsDevice, IsSameDevice),
            ThrottleWriteBpsDevice = Lists(recorded.ThrottleWriteBpsDevice, given.ThrottleWriteBpsDevice, IsSameDevice),
            ThrottleReadIopsDevice = Lists(recorded.ThrottleReadIopsDevice, given.ThrottleReadIopsDevice, IsSameDevice),
            ThrottleWriteIopsDevice = Lists(recorded.ThrottleWriteIopsDevice, given.ThrottleWriteIopsDevice, IsSameDevice),
        };
    }

    private static NetworkResources? Network(NetworkResources? recorded, NetworkResources? given)
    {
        if (recorded is null || given is null)
            return given ?? recorded;
        return new NetworkResources
        {
            ClassId = given.ClassId is null or 0 ? recorded.ClassId : given.ClassId,
            Priorities = Lists(recorded.Priorities, given.Priorities, (a, b) => a.Name == b.Name),
        };
    }

    private static bool IsSameDevice(ThrottleDevice a, ThrottleDevice b) => a.Major == b.Major && a.Minor == b.Minor;

    /// <summary>What was recorded, but for the entries that the given ones take the place of.</summary>
    private static List<T> Lists<T>(IReadOnlyList<T> recorded, IReadOnlyList<T> given, Func<T, T, bool> isSame)
    {
        var merged = new List<T>(recorded);
        foreach (T entry in given)
        {
            merged.RemoveAll(old => isSame(old, entry));
            merged.Add(entry);
        }

        return merged;
    }

    private static Dictionary<string, T> Maps<T>(IReadOnlyDictionary<string, T> recorded, IReadOnlyDictionary<string, T> given)
    {
        var merged = new Dictionary<string, T>(recorded);
        foreach ((string key, T value) in given)
            merged[key] = value;
        return merged;
    }

    private static bool IsGiven(long? value) => value is not (null or 0);

    private static bool IsGiven(ulong? value) => value is not (null or 0);

    private static long? Given(long? given, long? recorded) => IsGiven(given) ? given : recorded;

    private static ulong? Given(ulong? given, ulong? recorded) => IsGiven(given) ? given : recorded;
}
