using System;
using System.Collections.Generic;
using Lade.Cgroups.Controllers;
using Lade.Cgroups.Statistics;
using static Lade.Cgroups.Statistics.StatisticsFile;

namespace Lade.Cgroups.V1;

/// <summary>Statistics from the directories of cgroup v1.</summary>
internal static class V1Statistics
{
    /// <summary>cpuacct.stat counts in units of 1/100 s (USER_HZ, fixed on all architectures lade knows).</summary>
    private const ulong NanosecondsPerTick = 10_000_000;

    /// <param name="pathOf">The directory of a controller, null for none.</param>
    public static CgroupStatistics Read(Func<string, string?> pathOf) => new()
    {
        Cpu = Cpu(pathOf("cpuacct"), pathOf("cpu")),
        Cpuset = pathOf("cpuset") is { } cpuset ? Cpuset(cpuset) : new(),
        Memory = pathOf("memory") is { } memory ? Memory(memory) : new(),
        Pids = pathOf("pids") is { } pids ? Pids(pids) : default,
        BlockIo = pathOf("blkio") is { } blkio ? BlockIo(blkio) : new(),
        Hugepages = pathOf("hugetlb") is { } hugetlb ? Hugepages(hugetlb) : [],
    };

    private static CpuStatistics Cpu(string? accounting, string? path)
    {
        Dictionary<string, ulong> stat = path is null ? [] : Pairs(path + "/cpu.stat");
        Dictionary<string, ulong> times = accounting is null ? [] : Pairs(accounting + "/cpuacct.stat");
        var kernel = new List<ulong>();
        var user = new List<ulong>();
        foreach (string line in accounting is null ? [] : Lines(accounting + "/cpuacct.usage_all"))
        {
            // Below the headline: cpu user system.
            if (Words(line) is [_, var userTime, var kernelTime] && Parse(userTime) is { } u && Parse(kernelTime) is { } k)
            {
                user.Add(u);
                kernel.Add(k);
            }
        }

        return new CpuStatistics
        {
            Total = accounting is null ? 0 : Number(accounting + "/cpuacct.usage"),
            PerCpu = accounting is null ? [] : Numbers(accounting + "/cpuacct.usage_percpu"),
            PerCpuKernel = kernel,
            PerCpuUser = user,
            Kernel = Value(times, "system") * NanosecondsPerTick,
            User = Value(times, "user") * NanosecondsPerTick,
            Periods = Value(stat, "nr_periods"),
            ThrottledPeriods = Value(stat, "nr_throttled"),
            ThrottledTime = Value(stat, "throttled_time"),
        };
    }

    private static CpusetStatistics Cpuset(string path) => new()
    {
        Cpus = Members(path + "/cpuset.cpus"),
        CpuExclusive = Number(path + "/cpuset.cpu_exclusive"),
        Mems = Members(path + "/cpuset.mems"),
        MemHardwall = Number(path + "/cpuset.mem_hardwall"),
        MemExclusive = Number(path + "/cpuset.mem_exclusive"),
        MemoryMigrate = Number(path + "/cpuset.memory_migrate"),
        MemorySpreadPage = Number(path + "/cpuset.memory_spread_page"),
        MemorySpreadSlab = Number(path + "/cpuset.memory_spread_slab"),
        MemoryPressure = Number(path + "/cpuset.memory_pressure"),
        SchedLoadBalance = Number(path + "/cpuset.sched_load_balance"),
        // -1 is "as the system has it".
        SchedRelaxDomainLevel = long.TryParse(TryRead(path + "/cpuset.sched_relax_domain_level"), out long level) ? level : 0,
    };

    private static MemoryStatistics Memory(string path)
    {
        Dictionary<string, ulong> raw = Pairs(path + "/memory.stat");
        return new MemoryStatistics
        {
            Cache = Value(raw, "cache"),
            Usage = MemoryUsage(path + "/memory."),
            Swap = MemoryUsage(path + "/memory.memsw."),
            Kernel = MemoryUsage(path + "/memory.kmem."),
            KernelTcp = MemoryUsage(path + "/memory.kmem.tcp."),
            Raw = raw,
        };
    }

    private static MemoryUsage MemoryUsage(string prefix) =>
        new(Number(prefix + "limit_in_bytes"), Number(prefix + "usage_in_bytes"), Number(prefix + "max_usage_in_bytes"), Number(prefix + "failcnt"));

    private static PidsStatistics Pids(string path)
    {
        ulong limit = Number(path + "/pids.max");
        return new PidsStatistics(Number(path + "/pids.current"), limit == ulong.MaxValue ? 0 : limit);
    }

    /// <summary>Which counts there are depends on the I/O scheduler: BFQ's, CFQ's of old kernels, else those of throttling.</summary>
    private static BlockIoStatistics BlockIo(string path) => new()
    {
        ServiceBytes = First(path, "bfq.io_service_bytes_recursive", "io_service_bytes_recursive", "throttle.io_service_bytes_recursive", "throttle.io_service_bytes"),
        Serviced = First(path, "bfq.io_serviced_recursive", "io_serviced_recursive", "throttle.io_serviced_recursive", "throttle.io_serviced"),
        Queued = First(path, "bfq.io_queued_recursive", "io_queued_recursive"),
        ServiceTime = First(path, "bfq.io_service_time_recursive", "io_service_time_recursive"),
        WaitTime = First(path, "bfq.io_wait_time_recursive", "io_wait_time_recursive"),
        Merged = First(path, "bfq.io_merged_recursive", "io_merged_recursive"),
        Time = First(path, "bfq.time_recursive", "time_recursive"),
        Sectors = First(path, "bfq.sectors_recursive", "sectors_recursive"),
    };

    private static List<BlockIoEntry> First(string path, params ReadOnlySpan<string> files)
    {
        foreach (string file in files)
        {
            List<BlockIoEntry> entries = Entries(path + "/blkio." + file);
            if (entries.Count > 0)
                return entries;
        }

        return [];
    }

    /// <summary>Lines <c>8:0 Read 4096</c> or <c>8:0 4096</c>; the sum at the end, <c>Total 4096</c>, is left out.</summary>
    private static List<BlockIoEntry> Entries(string path)
    {
        var entries = new List<BlockIoEntry>();
        foreach (string line in Lines(path))
        {
            string[] words = Words(line);
            string[] device = words[0].Split(':');
            if (words.Length is 2 or 3 && device.Length == 2 && Parse(device[0]) is { } major && Parse(device[1]) is { } minor && Parse(words[^1]) is { } value)
                entries.Add(new BlockIoEntry(major, minor, words.Length == 3 ? words[1] : "", value));
        }

        return entries;
    }

    private static List<HugepageStatistics> Hugepages(string path)
    {
        var pages = new List<HugepageStatistics>();
        foreach (string size in HugetlbSettings.PageSizes(path, ".usage_in_bytes"))
        {
            // What is reserved counts where the kernel can tell, for the limit is on reservations then.
            string prefix = path + "/hugetlb." + size + ".rsvd.";
            if (TryNumber(prefix + "usage_in_bytes") is null)
                prefix = path + "/hugetlb." + size + ".";
            pages.Add(new HugepageStatistics(size, Number(prefix + "usage_in_bytes"), Number(prefix + "max_usage_in_bytes"), Number(prefix + "failcnt")));
        }

        return pages;
    }
}
