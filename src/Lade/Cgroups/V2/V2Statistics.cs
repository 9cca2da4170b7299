using System;
using System.Collections.Generic;
using System.Globalization;
using Lade.Cgroups.Controllers;
using Lade.Cgroups.Statistics;

namespace Lade.Cgroups.V2;

/// <summary>Statistics from the directory of cgroup v2, in the terms of v1.</summary>
internal static class V2Statistics
{
    private const ulong NanosecondsPerMicrosecond = 1000;

    public static CgroupStatistics Read(string path) => new()
    {
        Cpu = ReadCpu(path),
        Cpuset = new CpusetStatistics
        {
            Cpus = CgroupFile.ParseList(CgroupFile.TryRead(path + "/cpuset.cpus.effective") ?? "") ?? [],
            Mems = CgroupFile.ParseList(CgroupFile.TryRead(path + "/cpuset.mems.effective") ?? "") ?? [],
        },
        Memory = ReadMemory(path),
        Pids = PidsStatistics.From(CgroupFile.Number(path + "/pids.current"), CgroupFile.Number(path + "/pids.max")),
        BlockIo = ReadBlockIo(path),
        BlockIoPressure = ReadPressure(path + "/io.pressure"),
        Hugepages = ReadHugepages(path),
    };

    private static CpuStatistics ReadCpu(string path)
    {
        Dictionary<string, ulong> stat = CgroupFile.Pairs(path + "/cpu.stat");
        return new CpuStatistics
        {
            Total = stat.GetValueOrDefault("usage_usec") * NanosecondsPerMicrosecond,
            Kernel = stat.GetValueOrDefault("system_usec") * NanosecondsPerMicrosecond,
            User = stat.GetValueOrDefault("user_usec") * NanosecondsPerMicrosecond,
            Periods = stat.GetValueOrDefault("nr_periods"),
            ThrottledPeriods = stat.GetValueOrDefault("nr_throttled"),
            ThrottledTime = stat.GetValueOrDefault("throttled_usec") * NanosecondsPerMicrosecond,
            Pressure = ReadPressure(path + "/cpu.pressure"),
        };
    }

    private static MemoryStatistics ReadMemory(string path)
    {
        Dictionary<string, ulong> raw = CgroupFile.Pairs(path + "/memory.stat");
        var memory = new ResourceUsage(
            CgroupFile.Number(path + "/memory.max"), CgroupFile.Number(path + "/memory.current"), CgroupFile.Number(path + "/memory.peak"),
            CgroupFile.Number(path + "/memory.events", "max"));
        return new MemoryStatistics { Cache = raw.GetValueOrDefault("file"), Usage = memory, Swap = AddSwap(path, memory), Raw = raw,
            Pressure = ReadPressure(path + "/memory.pressure") };
    }

    /// <summary>v1 counts memory plus swap. The sum of two peaks would mean nothing.</summary>
    private static ResourceUsage AddSwap(string path, ResourceUsage memory)
    {
        if (CgroupFile.TryNumber(path + "/memory.swap.current") is not { } usage)
            return default;
        ulong limit = CgroupFile.Number(path + "/memory.swap.max");
        bool isUnlimited = limit == ulong.MaxValue || memory.Limit == ulong.MaxValue;
        return new ResourceUsage(isUnlimited ? ulong.MaxValue : limit + memory.Limit, usage + memory.Usage, 0, CgroupFile.Number(path + "/memory.swap.events", "max"));
    }

    /// <summary>Lines <c>8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6</c>.</summary>
    private static List<BlockIoTable> ReadBlockIo(string path)
    {
        var bytes = new List<BlockIoEntry>();
        var operations = new List<BlockIoEntry>();
        foreach (string[] words in CgroupFile.Lines(path + "/io.stat"))
        {
            if (words[0].Split(':') is not [var device, var number] || CgroupFile.ParseNumber(device) is not { } major || CgroupFile.ParseNumber(number) is not { } minor)
                continue;
            foreach (string word in words)
            {
                if (word.Split('=') is not [var name, var text] || CgroupFile.ParseNumber(text) is not { } value)
                    continue;
                (List<BlockIoEntry>? table, string operation) = name switch
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

        return [new BlockIoTable("ioServiceBytesRecursive", bytes), new BlockIoTable("ioServicedRecursive", operations)];
    }

    private static List<HugepageStatistics> ReadHugepages(string path)
    {
        var pages = new List<HugepageStatistics>();
        foreach (string size in HugetlbSettings.PageSizes(path, ".current"))
        {
            string prefix = path + "/hugetlb." + size;
            ulong usage = CgroupFile.TryNumber(prefix + ".rsvd.current") ?? CgroupFile.Number(prefix + ".current");
            pages.Add(new HugepageStatistics(size, new ResourceUsage(0, usage, 0, CgroupFile.Number(prefix + ".events", "max"))));
        }

        return pages;
    }

    /// <summary>Lines <c>some avg10=0.00 avg60=0.00 avg300=0.00 total=0</c> and <c>full ...</c>; null where the kernel does not measure pressure.</summary>
    private static Pressure? ReadPressure(string path)
    {
        PressureLine some = default, full = default;
        bool isMeasured = false;
        foreach (string[] words in CgroupFile.Lines(path))
        {
            isMeasured = true;
            if (words is not [var kind, var average10, var average60, var average300, var total])
                continue;
            var line = new PressureLine(Percent(average10), Percent(average60), Percent(average300), CgroupFile.ParseNumber(AfterEquals(total)) ?? 0);
            if (kind == "some")
                some = line;
            else
                full = line;
        }

        return isMeasured ? new Pressure(some, full) : null;
    }

    private static double Percent(string word) => double.TryParse(AfterEquals(word), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) ? number : 0;

    private static string AfterEquals(string word) => word[(word.IndexOf('=', StringComparison.Ordinal) + 1)..];
}
