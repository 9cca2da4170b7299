using System.Collections.Generic;
using Lade.Cgroups.Controllers;
using Lade.Cgroups.Statistics;
using static Lade.Cgroups.Statistics.StatisticsFile;

namespace Lade.Cgroups.V2;

/// <summary>Statistics from the directory of cgroup v2, in the terms of v1.</summary>
internal static class V2Statistics
{
    private const ulong NanosecondsPerMicrosecond = 1000;

    public static CgroupStatistics Read(string path) => new()
    {
        Cpu = Cpu(path),
        Cpuset = new CpusetStatistics { Cpus = Members(path + "/cpuset.cpus.effective"), Mems = Members(path + "/cpuset.mems.effective") },
        Memory = Memory(path),
        Pids = Pids(path),
        BlockIo = BlockIo(path),
        Hugepages = Hugepages(path),
    };

    private static CpuStatistics Cpu(string path)
    {
        Dictionary<string, ulong> stat = Pairs(path + "/cpu.stat");
        return new CpuStatistics
        {
            Total = Value(stat, "usage_usec") * NanosecondsPerMicrosecond,
            Kernel = Value(stat, "system_usec") * NanosecondsPerMicrosecond,
            User = Value(stat, "user_usec") * NanosecondsPerMicrosecond,
            Periods = Value(stat, "nr_periods"),
            ThrottledPeriods = Value(stat, "nr_throttled"),
            ThrottledTime = Value(stat, "throttled_usec") * NanosecondsPerMicrosecond,
            Pressure = StatisticsFile.Pressure(path + "/cpu.pressure"),
        };
    }

    private static MemoryStatistics Memory(string path)
    {
        Dictionary<string, ulong> raw = Pairs(path + "/memory.stat");
        var memory = new MemoryUsage(Number(path + "/memory.max"), Number(path + "/memory.current"), Number(path + "/memory.peak"), Value(Pairs(path + "/memory.events"), "max"));
        return new MemoryStatistics
        {
            Cache = Value(raw, "file"),
            Usage = memory,
            Swap = Swap(path, memory),
            Raw = raw,
            Pressure = StatisticsFile.Pressure(path + "/memory.pressure"),
        };
    }

    /// <summary>v1 counts memory and swap together, so the two are added; of their peaks there is no sum that means anything.</summary>
    private static MemoryUsage Swap(string path, MemoryUsage memory)
    {
        if (TryNumber(path + "/memory.swap.current") is not { } usage)
            return default;
        ulong limit = Number(path + "/memory.swap.max");
        bool unlimited = limit == ulong.MaxValue || memory.Limit == ulong.MaxValue;
        return new MemoryUsage(unlimited ? ulong.MaxValue : limit + memory.Limit, usage + memory.Usage, 0, Value(Pairs(path + "/memory.swap.events"), "max"));
    }

    private static PidsStatistics Pids(string path)
    {
        ulong limit = Number(path + "/pids.max");
        return new PidsStatistics(Number(path + "/pids.current"), limit == ulong.MaxValue ? 0 : limit);
    }

    /// <summary>Lines <c>8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6</c>.</summary>
    private static BlockIoStatistics BlockIo(string path)
    {
        var bytes = new List<BlockIoEntry>();
        var operations = new List<BlockIoEntry>();
        foreach (string line in Lines(path + "/io.stat"))
        {
            string[] words = Words(line);
            string[] device = words[0].Split(':');
            if (device.Length != 2 || Parse(device[0]) is not { } major || Parse(device[1]) is not { } minor)
                continue;
            foreach (string word in words)
            {
                string[] parts = word.Split('=');
                if (parts.Length != 2 || Parse(parts[1]) is not { } value)
                    continue;
                (List<BlockIoEntry>? table, string operation) = parts[0] switch
                {
                    "rbytes" => (bytes, "Read"),
                    "wbytes" => (bytes, "Write"),
                    "dbytes" => (bytes, "Discard"),
                    "rios" => (operations, "Read"),
                    "wios" => (operations, "Write"),
                    "dios" => (operations, "Discard"),
                    _ => (null, ""),
                };
                table?.Add(new BlockIoEntry(major, minor, operation, value));
            }
        }

        return new BlockIoStatistics { ServiceBytes = bytes, Serviced = operations, Pressure = StatisticsFile.Pressure(path + "/io.pressure") };
    }

    private static List<HugepageStatistics> Hugepages(string path)
    {
        var pages = new List<HugepageStatistics>();
        foreach (string size in HugetlbSettings.PageSizes(path, ".current"))
        {
            string prefix = path + "/hugetlb." + size;
            ulong usage = TryNumber(prefix + ".rsvd.current") ?? Number(prefix + ".current");
            pages.Add(new HugepageStatistics(size, usage, 0, Value(Pairs(prefix + ".events"), "max")));
        }

        return pages;
    }
}
