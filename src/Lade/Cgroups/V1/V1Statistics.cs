using System;
using System.Collections.Generic;
using System.Globalization;
using Lade.Cgroups.Controllers;
using Lade.Cgroups.Statistics;

namespace Lade.Cgroups.V1;

/// <summary>Statistics from the directories of cgroup v1.</summary>
internal static class V1Statistics
{
    /// <summary>The unit of cpuacct.stat is 1/100 s (USER_HZ on all supported architectures).</summary>
    private const ulong NanosecondsPerTick = 10_000_000;

    /// <param name="pathOf">The directory of a controller, null for none.</param>
    public static CgroupStatistics Read(Func<string, string?> pathOf) => new()
    {
        Cpu = ReadCpu(pathOf("cpuacct"), pathOf("cpu")),
        Cpuset = pathOf("cpuset") is { } cpuset ? ReadCpuset(cpuset) : new(),
        Memory = pathOf("memory") is { } memory ? ReadMemory(memory) : new(),
        Pids = pathOf("pids") is { } pids ? PidsStatistics.From(CgroupFile.Number(pids + "/pids.current"), CgroupFile.Number(pids + "/pids.max")) : default,
        BlockIo = pathOf("blkio") is { } blkio ? ReadBlockIo(blkio) : [],
        Hugepages = pathOf("hugetlb") is { } hugetlb ? ReadHugepages(hugetlb) : [],
    };

    private static CpuStatistics ReadCpu(string? accounting, string? path)
    {
        Dictionary<string, ulong> stat = path is null ? [] : CgroupFile.Pairs(path + "/cpu.stat");
        if (accounting is null)
            return new CpuStatistics
            {
                Periods = stat.GetValueOrDefault("nr_periods"),
                ThrottledPeriods = stat.GetValueOrDefault("nr_throttled"),
                ThrottledTime = stat.GetValueOrDefault("throttled_time"),
            };
        Dictionary<string, ulong> times = CgroupFile.Pairs(accounting + "/cpuacct.stat");
        var kernel = new List<ulong>();
        var user = new List<ulong>();
        // Below a header: cpu, user and system time.
        foreach (string[] words in CgroupFile.Lines(accounting + "/cpuacct.usage_all"))
        {
            if (words is [_, var userTime, var kernelTime] && CgroupFile.ParseNumber(userTime) is { } u && CgroupFile.ParseNumber(kernelTime) is { } k)
            {
                user.Add(u);
                kernel.Add(k);
            }
        }

        var perCpu = new List<ulong>();
        foreach (string[] words in CgroupFile.Lines(accounting + "/cpuacct.usage_percpu"))
            perCpu.AddRange(Array.ConvertAll(words, word => CgroupFile.ParseNumber(word) ?? 0));

        return new CpuStatistics
        {
            Total = CgroupFile.Number(accounting + "/cpuacct.usage"),
            PerCpu = perCpu,
            PerCpuKernel = kernel,
            PerCpuUser = user,
            Kernel = times.GetValueOrDefault("system") * NanosecondsPerTick,
            User = times.GetValueOrDefault("user") * NanosecondsPerTick,
            Periods = stat.GetValueOrDefault("nr_periods"),
            ThrottledPeriods = stat.GetValueOrDefault("nr_throttled"),
            ThrottledTime = stat.GetValueOrDefault("throttled_time"),
        };
    }

    private static CpusetStatistics ReadCpuset(string path) => new()
    {
        Cpus = CgroupFile.ParseList(CgroupFile.TryRead(path + "/cpuset.cpus") ?? "") ?? [],
        Mems = CgroupFile.ParseList(CgroupFile.TryRead(path + "/cpuset.mems") ?? "") ?? [],
        Flags = Array.ConvertAll(CpusetStatistics.FlagNames, name =>
            long.TryParse(CgroupFile.TryRead(path + "/cpuset." + name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long flag) ? flag : 0),
    };

    private static MemoryStatistics ReadMemory(string path)
    {
        Dictionary<string, ulong> raw = CgroupFile.Pairs(path + "/memory.stat");
        return new MemoryStatistics
        {
            Cache = raw.GetValueOrDefault("cache"),
            Usage = ReadUsage(path + "/memory."),
            Swap = ReadUsage(path + "/memory.memsw."),
            Kernel = ReadUsage(path + "/memory.kmem."),
            KernelTcp = ReadUsage(path + "/memory.kmem.tcp."),
            Raw = raw,
        };
    }

    private static ResourceUsage ReadUsage(string prefix) =>
        new(CgroupFile.Number(prefix + "limit_in_bytes"), CgroupFile.Number(prefix + "usage_in_bytes"), CgroupFile.Number(prefix + "max_usage_in_bytes"),
            CgroupFile.Number(prefix + "failcnt"));

    /// <summary>Which counts exist depends on the I/O scheduler: BFQ's, those of CFQ on old kernels, else those of throttling.</summary>
    private static List<BlockIoTable> ReadBlockIo(string path) =>
    [
        new("ioServiceBytesRecursive", FirstEntries(path, "bfq.io_service_bytes_recursive", "io_service_bytes_recursive", "throttle.io_service_bytes_recursive",
            "throttle.io_service_bytes")),
        new("ioServicedRecursive", FirstEntries(path, "bfq.io_serviced_recursive", "io_serviced_recursive", "throttle.io_serviced_recursive", "throttle.io_serviced")),
        new("ioQueueRecursive", FirstEntries(path, "bfq.io_queued_recursive", "io_queued_recursive")),
        new("ioServiceTimeRecursive", FirstEntries(path, "bfq.io_service_time_recursive", "io_service_time_recursive")),
        new("ioWaitTimeRecursive", FirstEntries(path, "bfq.io_wait_time_recursive", "io_wait_time_recursive")),
        new("ioMergedRecursive", FirstEntries(path, "bfq.io_merged_recursive", "io_merged_recursive")),
        new("ioTimeRecursive", FirstEntries(path, "bfq.time_recursive", "time_recursive")),
        new("sectorsRecursive", FirstEntries(path, "bfq.sectors_recursive", "sectors_recursive")),
    ];

    private static List<BlockIoEntry> FirstEntries(string path, params ReadOnlySpan<string> files)
    {
        foreach (string file in files)
        {
            List<BlockIoEntry> entries = ReadEntries(path + "/blkio." + file);
            if (entries.Count > 0)
                return entries;
        }

        return [];
    }

    /// <summary>Lines <c>8:0 Read 4096</c> or <c>8:0 4096</c>; the sum at the end, <c>Total 4096</c>, is left out.</summary>
    private static List<BlockIoEntry> ReadEntries(string path)
    {
        var entries = new List<BlockIoEntry>();
        foreach (string[] words in CgroupFile.Lines(path))
        {
            if (words.Length is 2 or 3 && words[0].Split(':') is [var device, var number]
                && CgroupFile.ParseNumber(device) is { } major && CgroupFile.ParseNumber(number) is { } minor && CgroupFile.ParseNumber(words[^1]) is { } value)
                entries.Add(new BlockIoEntry(major, minor, words.Length == 3 ? words[1] : "", value));
        }

        return entries;
    }

    private static List<HugepageStatistics> ReadHugepages(string path)
    {
        var pages = new List<HugepageStatistics>();
        foreach (string size in HugetlbSettings.PageSizes(path, ".usage_in_bytes"))
        {
            // The limit is on reservations where the kernel counts these.
            string prefix = path + "/hugetlb." + size + ".rsvd.";
            if (CgroupFile.TryNumber(prefix + "usage_in_bytes") is null)
                prefix = path + "/hugetlb." + size + ".";
            pages.Add(new HugepageStatistics(size, ReadUsage(prefix)));
        }

        return pages;
    }
}
