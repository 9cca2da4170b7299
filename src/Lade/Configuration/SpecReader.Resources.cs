namespace Lade.Configuration;

internal static partial class SpecReader
{
    private static ResourcesSpec ResourcesOf(JsonObjectReader json) => new()
    {
        Devices = json.Array("devices"u8, DeviceRuleOf),
        Memory = json.Object("memory"u8) is { } memory ? MemoryOf(memory) : null,
        Cpu = json.Object("cpu"u8) is { } cpu ? CpuOf(cpu) : null,
        BlockIo = json.Object("blockIO"u8) is { } blockIo ? BlockIoOf(blockIo) : null,
        HugepageLimits = json.Array("hugepageLimits"u8, page => new HugepageLimit(page.RequiredString("pageSize"u8), page.RequiredUInt64("limit"u8))),
        Network = json.Object("network"u8) is { } network ? NetworkOf(network) : null,
        Pids = json.Object("pids"u8) is { } pids ? new PidsResources(pids.Int64("limit"u8, min: -1)) : null,
        Rdma = json.Objects("rdma"u8, device => new RdmaLimit(device.UInt32("hcaHandles"u8), device.UInt32("hcaObjects"u8))),
        Unified = json.Map("unified"u8),
    };

    private static DeviceRule DeviceRuleOf(JsonObjectReader json)
    {
        int type = json.Choice("type"u8, SpecNames.DeviceRuleTypes);
        return new DeviceRule
        {
            Allow = json.RequiredBool("allow"u8),
            Type = type < 0 ? 'a' : "abc"[type],
            Major = AnyIfMinusOne(json.Int64("major"u8, -1, MaxMajor)),
            Minor = AnyIfMinusOne(json.Int64("minor"u8, -1, MaxMinor)),
            Access = json.String("access"u8) ?? "rwm",
        };
    }

    /// <summary>Engines write -1 where they mean every number.</summary>
    private static long? AnyIfMinusOne(long? number) => number == -1 ? null : number;

    private static MemoryResources MemoryOf(JsonObjectReader json)
    {
        ulong? swappiness = json.UInt64("swappiness"u8);
        return new MemoryResources
        {
            Limit = json.Int64("limit"u8, min: -1),
            Reservation = json.Int64("reservation"u8, min: -1),
            Swap = json.Int64("swap"u8, min: -1),
            Kernel = json.Int64("kernel"u8, min: -1),
            KernelTcp = json.Int64("kernelTCP"u8, min: -1),
            // Engines that keep "unset" as -1 write it as the unsigned number.
            Swappiness = swappiness == ulong.MaxValue ? null : swappiness,
            DisableOomKiller = json.OptionalBool("disableOOMKiller"u8),
            UseHierarchy = json.OptionalBool("useHierarchy"u8),
            CheckBeforeUpdate = json.OptionalBool("checkBeforeUpdate"u8),
        };
    }

    private static CpuResources CpuOf(JsonObjectReader json) => new()
    {
        Shares = json.UInt64("shares"u8),
        Quota = json.Int64("quota"u8),
        Burst = json.UInt64("burst"u8),
        Period = json.UInt64("period"u8),
        RealtimeRuntime = json.Int64("realtimeRuntime"u8),
        RealtimePeriod = json.UInt64("realtimePeriod"u8),
        Cpus = json.String("cpus"u8),
        Mems = json.String("mems"u8),
        Idle = json.Int64("idle"u8, 0, 1),
    };

    private static BlockIoResources BlockIoOf(JsonObjectReader json) => new()
    {
        Weight = json.UInt16("weight"u8),
        LeafWeight = json.UInt16("leafWeight"u8),
        WeightDevice = json.Array("weightDevice"u8, WeightDeviceOf),
        ThrottleReadBpsDevice = json.Array("throttleReadBpsDevice"u8, ThrottleDeviceOf),
        ThrottleWriteBpsDevice = json.Array("throttleWriteBpsDevice"u8, ThrottleDeviceOf),
        ThrottleReadIopsDevice = json.Array("throttleReadIOPSDevice"u8, ThrottleDeviceOf),
        ThrottleWriteIopsDevice = json.Array("throttleWriteIOPSDevice"u8, ThrottleDeviceOf),
    };

    private static WeightDevice WeightDeviceOf(JsonObjectReader json) =>
        new(json.RequiredInt64("major"u8, 0, MaxMajor), json.RequiredInt64("minor"u8, 0, MaxMinor), json.UInt16("weight"u8), json.UInt16("leafWeight"u8));

    private static ThrottleDevice ThrottleDeviceOf(JsonObjectReader json) =>
        new(json.RequiredInt64("major"u8, 0, MaxMajor), json.RequiredInt64("minor"u8, 0, MaxMinor), json.RequiredUInt64("rate"u8));

    private static NetworkResources NetworkOf(JsonObjectReader json) => new()
    {
        ClassId = json.UInt32("classID"u8),
        Priorities = json.Array("priorities"u8, entry => new InterfacePriority(entry.RequiredString("name"u8), entry.RequiredUInt32("priority"u8))),
    };
}
