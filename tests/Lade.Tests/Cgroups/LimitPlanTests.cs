using System.Collections.Generic;
using System.Linq;
using FluentAssertions;
using Lade.Cgroups;
using Lade.Cgroups.Controllers;
using Lade.Configuration;
using Xunit;

namespace Lade.Tests.Cgroups;

/// <summary>Resources in, writes out.</summary>
public sealed class LimitPlanTests
{
    private static readonly JsonPointer s_at = JsonPointer.Of("linux", "resources");

    /// <summary>Sample, and its writes on v1 and v2: <c>?</c> if present, <c>~</c> retried last, <c>|</c> fallback. null is refused, see below.</summary>
    public static TheoryData<string, string[]?, string[]?> Limits => new()
    {
        { "m", ["memory.limit_in_bytes=100"], ["memory.max=100"] },
        { "ms", ["memory.limit_in_bytes=100 ~", "memory.memsw.limit_in_bytes=200"], ["memory.swap.max=100", "memory.max=100"] },
        { "m=s", ["memory.limit_in_bytes=100 ~", "memory.memsw.limit_in_bytes=100"], ["memory.swap.max=0 ?", "memory.max=100"] },
        { "m-1", ["memory.memsw.limit_in_bytes=-1 ?", "memory.limit_in_bytes=-1"], ["memory.swap.max=max ?", "memory.max=max"] },
        { "s-1", ["memory.limit_in_bytes=100 ~", "memory.memsw.limit_in_bytes=-1"], ["memory.swap.max=max ?", "memory.max=100"] },
        { "m0", [], [] },
        { "mem", ["memory.use_hierarchy=1", "memory.kmem.tcp.limit_in_bytes=7", "memory.soft_limit_in_bytes=50", "memory.swappiness=0", "memory.oom_control=1"], null },
        { "low", ["memory.soft_limit_in_bytes=50"], ["memory.low=50"] },
        { "low-1", ["memory.soft_limit_in_bytes=-1"], ["memory.low=max"] },
        { "oom", [], [] },
        { "cpu", ["cpu.shares=512", "cpu.rt_period_us=1000 ~", "cpu.rt_runtime_us=950", "cpu.cfs_period_us=100000 ~", "cpu.cfs_burst_us=0 ~", "cpu.cfs_quota_us=50000"], null },
        { "cpumax", ["cpu.shares=1024", "cpu.cfs_period_us=20000 ~", "cpu.cfs_burst_us=1000 ~", "cpu.cfs_quota_us=50000"], ["cpu.weight=100", "cpu.max.burst=1000 ~", "cpu.max=50000 20000"] },
        { "q", ["cpu.cfs_quota_us=50000"], ["cpu.max=50000 100000"] },
        { "q-1", ["cpu.cfs_quota_us=-1"], ["cpu.max=max 100000"] },
        { "p", ["cpu.cfs_period_us=20000"], ["cpu.max=max 20000"] },
        { "idle", ["cpu.idle=1"], ["cpu.idle=1"] },
        { "idle0", ["cpu.idle=0", "cpu.shares=512"], ["cpu.idle=0", "cpu.weight=59"] },
        { "shares1", null, ["cpu.weight=1"] },
        { "docker", [], [] },
        { "cpuset", ["cpuset.cpus=0-1", "cpuset.mems=0"], ["cpuset.cpus=0-1", "cpuset.mems=0"] },
        { "weight", ["blkio.bfq.weight=500 | blkio.weight=500", "blkio.leaf_weight=20", "blkio.bfq.weight_device=8:0 300 | blkio.weight_device=8:0 300", "blkio.leaf_weight_device=8:0 40"], null },
        { "weight2", ["blkio.bfq.weight=500 | blkio.weight=500", "blkio.bfq.weight_device=8:0 100 | blkio.weight_device=8:0 100"], ["io.bfq.weight=500 | io.weight=4950", "io.bfq.weight=8:0 100 | io.weight=8:0 910"] },
        {
            "throttle",
            ["blkio.throttle.read_bps_device=8:0 1", "blkio.throttle.write_bps_device=8:0 18446744073709551615", "blkio.throttle.read_iops_device=8:0 3", "blkio.throttle.write_iops_device=8:0 0"],
            ["io.max=8:0 rbps=1", "io.max=8:0 wbps=18446744073709551615", "io.max=8:0 riops=3", "io.max=8:0 wiops=max"]
        },
        { "huge", ["hugetlb.2MB.limit_in_bytes=4194304", "hugetlb.2MB.rsvd.limit_in_bytes=4194304 ?"], ["hugetlb.2MB.max=4194304", "hugetlb.2MB.rsvd.max=4194304 ?"] },
        { "net", ["net_cls.classid=1048577", "net_prio.ifpriomap=eth0 5", "net_prio.ifpriomap=lo 0"], null },
        { "rdma", ["rdma.max=mlx5_0 hca_handle=2 hca_object=2000", "rdma.max=mlx5_1 hca_object=0"], ["rdma.max=mlx5_0 hca_handle=2 hca_object=2000", "rdma.max=mlx5_1 hca_object=0"] },
        { "unified", null, ["memory.high=1000"] },
        { "io.max", null, ["io.max=8:0 rbps=1", "io.max=8:16 wbps=2"] },
    };

    [Theory]
    [MemberData(nameof(Limits))]
    public void Plans_limits(string resources, string[]? v1, string[]? v2)
    {
        if (v1 is not null)
            V1(Samples.Resources(resources)).Limits.Select(Line).Should().Equal(v1);
        if (v2 is not null)
            V2(Samples.Resources(resources)).Limits.Select(Line).Should().Equal(v2);
    }

    [Theory]
    [InlineData("shares1", "cpu/shares")]
    [InlineData("swappy", "memory/swappiness")]
    [InlineData("swap<limit", "memory/swap")]
    [InlineData("unified", "unified")]
    [InlineData("badhuge", "hugepageLimits/0/pageSize")]
    public void Refuses_on_v1(string resources, string pointer) =>
        FluentActions.Invoking(() => V1(Samples.Resources(resources))).Should().Throw<LadeException>().Which.Pointer.Text.Should().Be("/linux/resources/" + pointer);

    [Theory]
    [InlineData("s", "memory/swap")]
    [InlineData("swap<limit", "memory/swap")]
    [InlineData("swappy", "memory/swappiness")]
    [InlineData("oom1", "memory/disableOOMKiller")]
    [InlineData("tcp", "memory/kernelTCP")]
    [InlineData("flat", "memory/useHierarchy")]
    [InlineData("rt", "cpu/realtimeRuntime")]
    [InlineData("rtp", "cpu/realtimePeriod")]
    [InlineData("leaf", "blockIO/leafWeight")]
    [InlineData("leafdevice", "blockIO/weightDevice/0/leafWeight")]
    [InlineData("classid", "network/classID")]
    [InlineData("prio", "network/priorities")]
    [InlineData("badhuge", "hugepageLimits/0/pageSize")]
    [InlineData("slash", "unified/..~1cgroup.procs")]
    [InlineData("nodot", "unified/tasks")]
    public void Refuses_on_v2(string resources, string pointer) =>
        FluentActions.Invoking(() => V2(Samples.Resources(resources))).Should().Throw<LadeException>().Which.Pointer.Text.Should().Be("/linux/resources/" + pointer);

    [Fact]
    public void Reports_all_problems_together() =>
        FluentActions.Invoking(() => V1(Samples.Resources("shares1") with { Unified = Samples.Resources("unified").Unified })).Should().Throw<LadeException>().Which.Problems.Should().HaveCount(2);

    [Theory]
    [InlineData(20L, "pids.max=20")]
    [InlineData(0L, "pids.max=0")]
    [InlineData(-1L, "pids.max=max")]
    [InlineData(null, null)]
    public void Defers_the_limit_of_processes(long? limit, string? expected)
    {
        var resources = new ResourcesSpec { Pids = new PidsResources(limit) };

        V1(resources, CgroupChange.Update).DeferredLimits.Select(Line).Should().Equal(expected is null ? [] : new[] { expected });
        V2(resources, CgroupChange.Update).DeferredLimits.Select(Line).Should().Equal(expected is null ? [] : new[] { expected });
    }

    [Fact]
    public void Update_enables_the_oom_killer_and_leaves_devices_alone()
    {
        var resources = new ResourcesSpec { Memory = new MemoryResources { DisableOomKiller = false } };

        V1(resources, CgroupChange.Update).Limits.Select(Line).Should().Equal("memory.oom_control=0");
        V1(resources, CgroupChange.Update).DeferredLimits.Should().BeEmpty();
        V2(null, CgroupChange.Create).DeviceInstructions.Should().NotBeEmpty();
        V2(null, CgroupChange.Update).DeviceInstructions.Should().BeNull();
    }

    [Fact]
    public void Writes_have_everything_that_the_writer_and_a_rollback_need_on_v1()
    {
        var resources = new ResourcesSpec
        {
            Memory = new() { Limit = 100, Swap = 200, DisableOomKiller = true },
            BlockIo = new() { WeightDevice = [new WeightDevice(8, 0, 300, null)] },
            Network = new() { Priorities = [new InterfacePriority("lo", 7)] },
        };
        JsonPointer memory = s_at.At("memory");
        JsonPointer weight = s_at.At("blockIO").At("weightDevice").At(0).At("weight");

        V1(resources, CgroupChange.Update).Limits.Should().Equal(
            new CgroupWrite("memory", "memory.limit_in_bytes", "100", memory.At("limit")) { RetryLast = true, UsageFile = "memory.usage_in_bytes", CeilingFile = "memory.memsw.limit_in_bytes" },
            new CgroupWrite("memory", "memory.memsw.limit_in_bytes", "200", memory.At("swap")) { UsageFile = "memory.memsw.usage_in_bytes" },
            new CgroupWrite("memory", "memory.oom_control", "1", memory.At("disableOOMKiller")) { ShownAs = "oom_kill_disable" },
            new CgroupWrite("blkio", "blkio.bfq.weight_device", "8:0 300", weight)
            {
                Key = "8:0",
                ResetValue = "0",
                Fallback = new CgroupWrite("blkio", "blkio.weight_device", "8:0 300", weight) { Key = "8:0", ResetValue = "0" },
            },
            new CgroupWrite("net_prio", "net_prio.ifpriomap", "lo 7", s_at.At("network").At("priorities").At(0)) { Key = "lo" });
    }

    [Fact]
    public void Writes_have_everything_that_the_writer_and_a_rollback_need_on_v2()
    {
        var resources = new ResourcesSpec
        {
            Memory = new() { Limit = 100, Swap = 100, CheckBeforeUpdate = true },
            BlockIo = new() { ThrottleReadBpsDevice = [new ThrottleDevice(8, 0, 1)] },
            Unified = new Dictionary<string, string> { ["misc.max"] = "sev 5" },
        };
        JsonPointer memory = s_at.At("memory");

        V2(resources, CgroupChange.Update).Limits.Should().Equal(
            new CgroupWrite("memory", "memory.swap.max", "0", memory.At("swap")) { IfPresent = true },
            new CgroupWrite("memory", "memory.max", "100", memory.At("limit")) { UsageFile = "memory.current", RefuseBelowUsage = true },
            new CgroupWrite("io", "io.max", "8:0 rbps=1", s_at.At("blockIO").At("throttleReadBpsDevice").At(0)) { Key = "8:0", ResetValue = "rbps=max wbps=max riops=max wiops=max" },
            new CgroupWrite("misc", "misc.max", "sev 5", s_at.At("unified").At("misc.max")) { Key = "sev" });
    }

    [Fact]
    public void Unified_is_written_last() =>
        V2(Samples.Resources("unified") with { Memory = new MemoryResources { Limit = 5 } }).Limits.Select(w => w.File).Should().Equal("memory.max", "memory.high");

    [Fact]
    public void Kernel_memory_is_ignored_with_a_warning()
    {
        CgroupPlan plan = V1(new ResourcesSpec { Memory = new MemoryResources { Kernel = 5 } });

        plan.Limits.Should().BeEmpty();
        plan.Warnings.Should().ContainSingle().Which.Pointer.Text.Should().Be("/linux/resources/memory/kernel");
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(102, 17)]
    [InlineData(512, 59)]
    [InlineData(1023, 100)]
    [InlineData(1024, 100)]
    [InlineData(1025, 101)]
    [InlineData(2048, 174)]
    [InlineData(262143, 10000)]
    [InlineData(262144, 10000)]
    [InlineData(300000, 10000)]
    public void Converts_shares(ulong shares, ulong weight) => CpuSettings.WeightOfShares(shares).Should().Be(weight);

    [Fact]
    public void More_shares_are_never_less_weight()
    {
        ulong last = 0;
        for (ulong shares = 2; shares <= 262144; shares += 13)
        {
            ulong weight = CpuSettings.WeightOfShares(shares);
            weight.Should().BeInRange(last, 10000);
            last = weight;
        }
    }

    [Theory]
    [InlineData(10, 1)]
    [InlineData(100, 910)]
    [InlineData(500, 4950)]
    [InlineData(1000, 10000)]
    public void Converts_block_weights(ushort weight, ulong expected) => BlockIoSettings.IoWeight(weight).Should().Be(expected);

    [Theory]
    [InlineData("2MB", true)]
    [InlineData("64KB", true)]
    [InlineData("1GB", true)]
    [InlineData("64kB", false)]
    [InlineData("02MB", false)]
    [InlineData("MB", false)]
    [InlineData("2TB", false)]
    [InlineData("2MB/../x", false)]
    [InlineData("", false)]
    public void Checks_page_sizes(string text, bool valid) => HugetlbSettings.IsPageSize(text).Should().Be(valid);

    private static CgroupPlan V1(ResourcesSpec? resources, CgroupChange change = CgroupChange.Create) => new V1Files(change).Plan(resources, s_at);

    private static CgroupPlan V2(ResourcesSpec? resources, CgroupChange change = CgroupChange.Create) => new V2Files(change).Plan(resources, s_at);

    private static string Line(CgroupWrite write) =>
        write + (write.IfPresent ? " ?" : "") + (write.RetryLast ? " ~" : "") + (write.Fallback is { } fallback ? " | " + Line(fallback) : "");
}
