using System;
using System.Collections.Generic;
using System.Linq;
using FluentAssertions;
using Lade.Cgroups.Controllers;
using Lade.Cgroups;
using Lade.Configuration;
using Xunit;

namespace Lade.Tests.Cgroups.V1;

public sealed class V1ResourcesTests
{
    private static readonly JsonPointer At = JsonPointer.Of("linux", "resources");

    public static TheoryData<string, string, string[]> Limits => new()
    {
        { "memory limit", "m", ["memory.limit_in_bytes=100"] },
        { "memory and swap", "ms", ["memory.limit_in_bytes=100 ~", "memory.memsw.limit_in_bytes=200"] },
        { "unlimited memory lifts swap too", "m-1", ["memory.memsw.limit_in_bytes=-1 ?", "memory.limit_in_bytes=-1"] },
        { "unlimited swap", "s-1", ["memory.limit_in_bytes=100 ~", "memory.memsw.limit_in_bytes=-1"] },
        { "zeros leave alone", "m0", [] },
        { "the rest of memory", "mem", ["memory.use_hierarchy=1", "memory.kmem.tcp.limit_in_bytes=7", "memory.soft_limit_in_bytes=50", "memory.swappiness=0", "memory.oom_control=1"] },
        { "oom killer is on in a new cgroup", "oom", [] },
        { "cpu", "cpu", ["cpu.shares=512", "cpu.rt_period_us=1000 ~", "cpu.rt_runtime_us=950", "cpu.cfs_period_us=100000 ~", "cpu.cfs_burst_us=0 ~", "cpu.cfs_quota_us=50000"] },
        { "quota -1", "q-1", ["cpu.cfs_quota_us=-1"] },
        { "period alone", "p", ["cpu.cfs_period_us=20000"] },
        { "idle", "idle", ["cpu.idle=1"] },
        { "no longer idle", "idle0", ["cpu.idle=0", "cpu.shares=512"] },
        { "what Docker writes for nothing", "docker", [] },
        { "cpuset", "cpuset", ["cpuset.cpus=0-1", "cpuset.mems=0"] },
        { "weights", "weight", ["blkio.bfq.weight=500 | blkio.weight=500", "blkio.leaf_weight=20", "blkio.bfq.weight_device=8:0 300 | blkio.weight_device=8:0 300", "blkio.leaf_weight_device=8:0 40"] },
        { "throttles", "throttle", ["blkio.throttle.read_bps_device=8:0 1", "blkio.throttle.write_bps_device=8:0 18446744073709551615", "blkio.throttle.read_iops_device=8:0 3", "blkio.throttle.write_iops_device=8:0 0"] },
        { "huge pages", "huge", ["hugetlb.2MB.limit_in_bytes=4194304", "hugetlb.2MB.rsvd.limit_in_bytes=4194304 ?"] },
        { "network", "net", ["net_cls.classid=1048577", "net_prio.ifpriomap=eth0 5", "net_prio.ifpriomap=lo 0"] },
        { "rdma", "rdma", ["rdma.max=mlx5_0 hca_handle=2 hca_object=2000", "rdma.max=mlx5_1 hca_object=0"] },
    };

    [Theory]
    [MemberData(nameof(Limits))]
    public void Plans_limits(string what, string resources, string[] expected) =>
        Plans.Lines(new V1Files(CgroupChange.Create).Plan(Samples.Resources(resources), At).Limits).Should().Equal(expected, because: what);

    [Theory]
    [InlineData(20L, "pids.max=20")]
    [InlineData(0L, "pids.max=0")]
    [InlineData(-1L, "pids.max=max")]
    [InlineData(null, null)]
    public void Plans_pids(long? limit, string? expected)
    {
        var plan = new V1Files(CgroupChange.Update).Plan(new ResourcesSpec { Pids = new PidsResources(limit) }, At);

        Plans.Lines(plan.DeferredLimits).Should().Equal(expected is null ? [] : new[] { expected });
    }

    [Fact]
    public void Update_writes_the_oom_killer_on_and_checks_usage_but_leaves_devices()
    {
        var resources = new ResourcesSpec { Memory = new MemoryResources { Limit = 5, DisableOomKiller = false, CheckBeforeUpdate = true } };

        CgroupPlan plan = new V1Files(CgroupChange.Update).Plan(resources, JsonPointer.None);

        Plans.Lines(plan.Limits).Should().Equal("memory.limit_in_bytes=5", "memory.oom_control=0");
        plan.Limits[0].RefuseBelowUsage.Should().BeTrue();
        plan.Limits[0].Origin.Text.Should().Be("/memory/limit");
        plan.DeferredLimits.Should().BeEmpty();
    }

    [Fact]
    public void Writes_say_all_that_the_writer_and_a_rollback_need()
    {
        var resources = new ResourcesSpec
        {
            Memory = new() { Limit = 100, Swap = 200, DisableOomKiller = true },
            BlockIo = new() { WeightDevice = [new WeightDevice(8, 0, 300, null)] },
            Network = new() { Priorities = [new InterfacePriority("lo", 7)] },
        };
        JsonPointer memory = At.At("memory");
        JsonPointer weight = At.At("blockIO").At("weightDevice").At(0).At("weight");

        new V1Files(CgroupChange.Update).Plan(resources, At).Limits.Should().Equal(
            new CgroupWrite("memory", "memory.limit_in_bytes", "100", memory.At("limit")) { RetryLast = true, UsageFile = "memory.usage_in_bytes", CeilingFile = "memory.memsw.limit_in_bytes" },
            new CgroupWrite("memory", "memory.memsw.limit_in_bytes", "200", memory.At("swap")) { UsageFile = "memory.memsw.usage_in_bytes" },
            new CgroupWrite("memory", "memory.oom_control", "1", memory.At("disableOOMKiller")) { ShownAs = "oom_kill_disable" },
            new CgroupWrite("blkio", "blkio.bfq.weight_device", "8:0 300", weight)
            {
                Key = "8:0",
                ResetValue = "0",
                Fallback = new CgroupWrite("blkio", "blkio.weight_device", "8:0 300", weight) { Key = "8:0", ResetValue = "0" },
            },
            new CgroupWrite("net_prio", "net_prio.ifpriomap", "lo 7", At.At("network").At("priorities").At(0)) { Key = "lo" });
    }

    [Fact]
    public void Every_write_knows_its_property()
    {
        CgroupPlan plan = new V1Files(CgroupChange.Create).Plan(Samples.Resources("throttle"), At);

        plan.Limits.Select(w => w.Origin.Text).Should().Equal(
            "/linux/resources/blockIO/throttleReadBpsDevice/0",
            "/linux/resources/blockIO/throttleWriteBpsDevice/0",
            "/linux/resources/blockIO/throttleReadIOPSDevice/0",
            "/linux/resources/blockIO/throttleWriteIOPSDevice/0");
    }

    [Theory]
    [InlineData("shares1", "/linux/resources/cpu/shares")]
    [InlineData("swappy", "/linux/resources/memory/swappiness")]
    [InlineData("swap<limit", "/linux/resources/memory/swap")]
    [InlineData("unified", "/linux/resources/unified")]
    [InlineData("badhuge", "/linux/resources/hugepageLimits/0/pageSize")]
    public void Refuses_with_the_pointer(string resources, string pointer) =>
        FluentActions.Invoking(() => new V1Files(CgroupChange.Create).Plan(Samples.Resources(resources), At))
            .Should().Throw<LadeException>().Which.Pointer.Text.Should().Be(pointer);

    [Fact]
    public void Reports_all_problems_together()
    {
        var resources = Samples.Resources("shares1") with { Unified = new Dictionary<string, string> { ["memory.high"] = "1" } };
        Action plan = () => new V1Files(CgroupChange.Create).Plan(resources, At);

        plan.Should().Throw<LadeException>().Which.Problems.Should().HaveCount(2);
    }

    [Fact]
    public void Kernel_memory_is_ignored_aloud()
    {
        CgroupPlan plan = new V1Files(CgroupChange.Create).Plan(new ResourcesSpec { Memory = new MemoryResources { Kernel = 5 } }, At);

        plan.Limits.Should().BeEmpty();
        plan.Warnings.Should().ContainSingle().Which.Pointer.Text.Should().Be("/linux/resources/memory/kernel");
    }
}
