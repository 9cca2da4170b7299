using System;
using System.Collections.Generic;
using Lade.Configuration;

namespace Lade.Tests.Cgroups;

/// <summary>Resources by short names, for the tables of limits.</summary>
internal static class Samples
{
    public static ResourcesSpec Resources(string name) => name switch
    {
        "m" => Memory(new() { Limit = 100 }),
        "ms" => Memory(new() { Limit = 100, Swap = 200 }),
        "m=s" => Memory(new() { Limit = 100, Swap = 100 }),
        "m-1" => Memory(new() { Limit = -1 }),
        "s-1" => Memory(new() { Limit = 100, Swap = -1 }),
        "s" => Memory(new() { Swap = 100 }),
        "m0" => Memory(new() { Limit = 0, Swap = 0, Reservation = 0, Kernel = 0, KernelTcp = 0 }),
        "mem" => Memory(new() { UseHierarchy = true, KernelTcp = 7, Reservation = 50, Swappiness = 0, DisableOomKiller = true }),
        "low" => Memory(new() { Reservation = 50 }),
        "low-1" => Memory(new() { Reservation = -1 }),
        "oom" => Memory(new() { DisableOomKiller = false }),
        "oom1" => Memory(new() { DisableOomKiller = true }),
        "tcp" => Memory(new() { KernelTcp = 7 }),
        "flat" => Memory(new() { UseHierarchy = false }),
        "swappy" => Memory(new() { Swappiness = 101 }),
        "swap<limit" => Memory(new() { Limit = 100, Swap = 99 }),
        "cpu" => Cpu(new() { Shares = 512, Quota = 50000, Period = 100000, Burst = 0, RealtimePeriod = 1000, RealtimeRuntime = 950 }),
        "cpumax" => Cpu(new() { Shares = 1024, Quota = 50000, Period = 20000, Burst = 1000 }),
        "q" => Cpu(new() { Quota = 50000 }),
        "q-1" => Cpu(new() { Quota = -1 }),
        "p" => Cpu(new() { Period = 20000 }),
        "rt" => Cpu(new() { RealtimeRuntime = 950 }),
        "rtp" => Cpu(new() { RealtimePeriod = 950 }),
        "idle" => Cpu(new() { Shares = 512, Idle = 1 }),
        "idle0" => Cpu(new() { Shares = 512, Idle = 0 }),
        "shares1" => Cpu(new() { Shares = 1 }),
        "cpuset" => Cpu(new() { Cpus = "0-1", Mems = "0" }),
        "docker" => new ResourcesSpec { Memory = new() { DisableOomKiller = false }, Cpu = new() { Shares = 0 }, BlockIo = new() { Weight = 0 } },
        "weight" => Io(new() { Weight = 500, LeafWeight = 20, WeightDevice = [new WeightDevice(8, 0, 300, 40)] }),
        "weight2" => Io(new() { Weight = 500, WeightDevice = [new WeightDevice(8, 0, 100, null)] }),
        "leaf" => Io(new() { LeafWeight = 20 }),
        "leafdevice" => Io(new() { WeightDevice = [new WeightDevice(8, 0, null, 40)] }),
        "throttle" => Io(new()
        {
            ThrottleReadBpsDevice = [new ThrottleDevice(8, 0, 1)],
            ThrottleWriteBpsDevice = [new ThrottleDevice(8, 0, ulong.MaxValue)],
            ThrottleReadIopsDevice = [new ThrottleDevice(8, 0, 3)],
            ThrottleWriteIopsDevice = [new ThrottleDevice(8, 0, 0)],
        }),
        "huge" => new ResourcesSpec { HugepageLimits = [new HugepageLimit("2MB", 4194304)] },
        "badhuge" => new ResourcesSpec { HugepageLimits = [new HugepageLimit("64kB", 1)] },
        "net" => new ResourcesSpec { Network = new() { ClassId = 0x100001, Priorities = [new InterfacePriority("eth0", 5), new InterfacePriority("lo", 0)] } },
        "classid" => new ResourcesSpec { Network = new() { ClassId = 1 } },
        "prio" => new ResourcesSpec { Network = new() { Priorities = [new InterfacePriority("eth0", 5)] } },
        "rdma" => new ResourcesSpec { Rdma = new Dictionary<string, RdmaLimit> { ["mlx5_0"] = new(2, 2000), ["mlx5_1"] = new(null, 0) } },
        "unified" => Unified("memory.high", "1000"),
        "io.max" => Unified("io.max", "8:0 rbps=1\n8:16 wbps=2\n"),
        "slash" => Unified("../cgroup.procs", "1"),
        "nodot" => Unified("tasks", "1"),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
    };

    private static ResourcesSpec Memory(MemoryResources memory) => new() { Memory = memory };

    private static ResourcesSpec Cpu(CpuResources cpu) => new() { Cpu = cpu };

    private static ResourcesSpec Io(BlockIoResources blockIo) => new() { BlockIo = blockIo };

    private static ResourcesSpec Unified(string file, string value) => new() { Unified = new Dictionary<string, string> { [file] = value } };
}
