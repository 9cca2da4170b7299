using System.Text;
using FluentAssertions;
using Lade.Cgroups;
using Lade.Cgroups.Statistics;
using Lade.Cgroups.V2;
using Xunit;

namespace Lade.Tests.Cgroups.Statistics;

/// <summary>Cgroup files in, lines of `events` out. The contents are those of real files, shortened.</summary>
public sealed class StatisticsTests : System.IDisposable
{
    private readonly TemporaryCgroups _files = new();

    public void Dispose() => _files.Dispose();

    private string Line(string id, params string[] directories)
    {
        ICgroup cgroup = Cgroupfs.Open(System.Array.ConvertAll(directories, d => d + ":1:" + _files.Path(d.Length == 0 ? "v2" : d)));
        return Encoding.UTF8.GetString(StatisticsJson.Line(id, cgroup.ReadStatistics()).Span);
    }

    [Fact]
    public void Without_files_everything_is_zero() => Line("c1", "pids").Should().Be(
        """{"type":"stats","id":"c1","data":{"cpu":{"usage":{"kernel":0,"user":0},"throttling":{}},"cpuset":{"cpu_exclusive":0,"mem_hardwall":0,"mem_exclusive":0,"memory_migrate":0,"memory_spread_page":0,"memory_spread_slab":0,"memory_pressure":0,"sched_load_balance":0,"sched_relax_domain_level":0},"memory":{"usage":{"limit":0,"failcnt":0},"swap":{"limit":0,"failcnt":0},"kernel":{"limit":0,"failcnt":0},"kernelTCP":{"limit":0,"failcnt":0}},"pids":{},"blkio":{},"hugetlb":{},"intel_rdt":{},"network_interfaces":null}}"""
        + "\n");

    [Fact]
    public void Statistics_of_v1()
    {
        _files.Put("cpu,cpuacct/cpuacct.usage", "25763354\n");
        _files.Put("cpu,cpuacct/cpuacct.usage_percpu", "25423954 339400 \n");
        _files.Put("cpu,cpuacct/cpuacct.usage_all", "cpu user system\n0 8000000 16000000\n1 5 6\n");
        _files.Put("cpu,cpuacct/cpuacct.stat", "user 3\nsystem 1\n");
        _files.Put("cpu,cpuacct/cpu.stat", "nr_periods 4\nnr_throttled 2\nthrottled_time 700\nwait_sum 9\n");
        _files.Put("cpuset/cpuset.cpus", "0-2,7\n");
        _files.Put("cpuset/cpuset.mems", "0\n");
        _files.Put("cpuset/cpuset.sched_load_balance", "1\n");
        _files.Put("cpuset/cpuset.sched_relax_domain_level", "-1\n");
        _files.Put("memory/memory.stat", "rss 57344\ncache 12288\nhierarchical_memory_limit 9223372036854771712\n");
        foreach (string kind in (string[])["", "memsw.", "kmem.", "kmem.tcp."])
        {
            _files.Put("memory/memory." + kind + "limit_in_bytes", "9223372036854771712\n");
            _files.Put("memory/memory." + kind + "usage_in_bytes", kind == "kmem.tcp." ? "0\n" : "454656\n");
            _files.Put("memory/memory." + kind + "max_usage_in_bytes", "2777088\n");
            _files.Put("memory/memory." + kind + "failcnt", "3\n");
        }

        _files.Put("pids/pids.current", "2\n");
        _files.Put("pids/pids.max", "100\n");
        _files.Put("blkio/blkio.bfq.io_service_bytes_recursive", "Total 0\n");
        _files.Put("blkio/blkio.throttle.io_service_bytes_recursive", "254:0 Read 4096\n254:0 Write 0\n254:0 Total 4096\nTotal 4096\n");
        _files.Put("blkio/blkio.throttle.io_serviced", "8:16 Read 1\nTotal 1\n");
        _files.Put("blkio/blkio.bfq.sectors_recursive", "8:16 77\n");
        _files.Put("hugetlb/hugetlb.2MB.usage_in_bytes", "2097152\n");
        _files.Put("hugetlb/hugetlb.2MB.max_usage_in_bytes", "4194304\n");
        _files.Put("hugetlb/hugetlb.2MB.failcnt", "1\n");
        _files.Put("hugetlb/hugetlb.1GB.usage_in_bytes", "5\n");
        _files.Put("hugetlb/hugetlb.1GB.rsvd.usage_in_bytes", "0\n");
        _files.Put("hugetlb/hugetlb.1GB.rsvd.failcnt", "0\n");

        string line = Line("c1", "cpu,cpuacct", "cpuset", "memory", "pids", "blkio", "hugetlb");

        const string Entry = """{"limit":9223372036854771712,"usage":454656,"max":2777088,"failcnt":3}""";
        line.Should().Be(
            """{"type":"stats","id":"c1","data":{"cpu":{"usage":{"total":25763354,"percpu":[25423954,339400],"percpu_kernel":[16000000,6],"percpu_user":[8000000,5],"kernel":10000000,"user":30000000},"throttling":{"periods":4,"throttledPeriods":2,"throttledTime":700}}"""
            + ""","cpuset":{"cpus":[0,1,2,7],"cpu_exclusive":0,"mems":[0],"mem_hardwall":0,"mem_exclusive":0,"memory_migrate":0,"memory_spread_page":0,"memory_spread_slab":0,"memory_pressure":0,"sched_load_balance":1,"sched_relax_domain_level":-1},"""
            + "\"memory\":{\"cache\":12288,\"usage\":" + Entry + ",\"swap\":" + Entry + ",\"kernel\":" + Entry
            + ""","kernelTCP":{"limit":9223372036854771712,"max":2777088,"failcnt":3},"raw":{"cache":12288,"hierarchical_memory_limit":9223372036854771712,"rss":57344}},"pids":{"current":2,"limit":100}"""
            + ""","blkio":{"ioServiceBytesRecursive":[{"major":254,"op":"Read","value":4096},{"major":254,"op":"Write"},{"major":254,"op":"Total","value":4096}],"ioServicedRecursive":[{"major":8,"minor":16,"op":"Read","value":1}],"sectorsRecursive":[{"major":8,"minor":16,"value":77}]}"""
            + ""","hugetlb":{"1GB":{"failcnt":0},"2MB":{"usage":2097152,"max":4194304,"failcnt":1}},"intel_rdt":{},"network_interfaces":null}}"""
            + "\n");
    }

    [Fact]
    public void Statistics_of_v2()
    {
        _files.Put("v2/cpu.stat", "usage_usec 250\nuser_usec 100\nsystem_usec 150\nnr_periods 1\nnr_throttled 2\nthrottled_usec 3\nnr_bursts 0\n");
        _files.Put("v2/cpu.pressure", "some avg10=1.50 avg60=0.20 avg300=0.00 total=12345\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=5\n");
        _files.Put("v2/cpuset.cpus.effective", "0-1\n");
        _files.Put("v2/cpuset.mems.effective", "0\n");
        _files.Put("v2/memory.stat", "file 4096\nanon 8192\n");
        _files.Put("v2/memory.current", "16384\n");
        _files.Put("v2/memory.max", "1048576\n");
        _files.Put("v2/memory.peak", "20480\n");
        _files.Put("v2/memory.events", "low 0\nhigh 0\nmax 4\noom 1\noom_kill 1\n");
        _files.Put("v2/memory.swap.current", "100\n");
        _files.Put("v2/memory.swap.max", "200\n");
        _files.Put("v2/memory.swap.events", "high 0\nmax 6\nfail 0\n");
        _files.Put("v2/memory.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");
        _files.Put("v2/pids.current", "1\n");
        _files.Put("v2/pids.max", "max\n");
        _files.Put("v2/io.stat", "254:0 rbytes=4096 wbytes=0 rios=1 wios=0 dbytes=0 dios=0\n8:0 \n");
        _files.Put("v2/hugetlb.2MB.current", "2097152\n");
        _files.Put("v2/hugetlb.2MB.rsvd.current", "0\n");
        _files.Put("v2/hugetlb.2MB.events", "max 3\n");

        string line = Line("c 2", "");

        const string NoPressure = """{"avg10":0,"avg60":0,"avg300":0,"total":0}""";
        line.Should().Be(
            """{"type":"stats","id":"c 2","data":{"cpu":{"usage":{"total":250000,"kernel":150000,"user":100000},"throttling":{"periods":1,"throttledPeriods":2,"throttledTime":3000},"psi":{"some":{"avg10":1.5,"avg60":0.2,"avg300":0,"total":12345},"full":{"avg10":0,"avg60":0,"avg300":0,"total":5}}}"""
            + ""","cpuset":{"cpus":[0,1],"cpu_exclusive":0,"mems":[0],"mem_hardwall":0,"mem_exclusive":0,"memory_migrate":0,"memory_spread_page":0,"memory_spread_slab":0,"memory_pressure":0,"sched_load_balance":0,"sched_relax_domain_level":0}"""
            + ""","memory":{"cache":4096,"usage":{"limit":1048576,"usage":16384,"max":20480,"failcnt":4},"swap":{"limit":1048776,"usage":16484,"failcnt":6},"kernel":{"limit":0,"failcnt":0},"kernelTCP":{"limit":0,"failcnt":0},"raw":{"anon":8192,"file":4096},"psi":{"some":"""
            + NoPressure + ",\"full\":" + NoPressure
            + """}},"pids":{"current":1},"blkio":{"ioServiceBytesRecursive":[{"major":254,"op":"Read","value":4096},{"major":254,"op":"Write"},{"major":254,"op":"Discard"}],"ioServicedRecursive":[{"major":254,"op":"Read","value":1},{"major":254,"op":"Write"},{"major":254,"op":"Discard"}]}"""
            + ""","hugetlb":{"2MB":{"failcnt":3}},"intel_rdt":{},"network_interfaces":null}}"""
            + "\n");
    }

    [Fact]
    public void No_limit_on_v2_is_the_largest_number()
    {
        _files.Put("v2/memory.max", "max\n");
        _files.Put("v2/memory.swap.current", "1\n");
        _files.Put("v2/memory.swap.max", "4096\n");

        CgroupStatistics statistics = V2Statistics.Read(_files.Path("v2"));

        statistics.Memory.Usage.Limit.Should().Be(ulong.MaxValue);
        statistics.Memory.Swap.Limit.Should().Be(ulong.MaxValue);
        statistics.Cpu.Pressure.Should().BeNull();
    }

    [Fact]
    public void The_caller_writes_intel_rdt() =>
        Encoding.UTF8.GetString(StatisticsJson.Line("c1", new CgroupStatistics(), json => json.WriteString("a", "b")).Span).Should().Contain("\"intel_rdt\":{\"a\":\"b\"},");

    [Fact]
    public void An_oom_event_has_no_data() => Encoding.UTF8.GetString(StatisticsJson.OomLine("c1").Span).Should().Be("{\"type\":\"oom\",\"id\":\"c1\"}\n");

    [Fact]
    public void A_watch_on_v2_counts_kills_since_the_last_call()
    {
        _files.Put("v2/memory.events", "low 0\noom 3\noom_kill 1\n");
        using OomWatch watch = Cgroupfs.Open([":1:" + _files.Path("v2")]).WatchOom()!;

        watch.Take().Should().Be(0);
        _files.Put("v2/memory.events", "low 0\noom 5\noom_kill 3\n");
        watch.Take().Should().Be(2);
        watch.Take().Should().Be(0);
    }

    [Fact]
    public void There_is_no_watch_without_a_memory_controller()
    {
        Cgroupfs.Open(["pids:1:" + _files.Root]).WatchOom().Should().BeNull();
        Cgroupfs.Open([":1:" + _files.Root]).WatchOom().Should().BeNull();
    }
}
