using System.Linq;
using FluentAssertions;
using Lade.Cgroups.Controllers;
using Lade.Cgroups;
using Lade.Configuration;
using Xunit;

namespace Lade.Tests.Cgroups.V2;

public sealed class V2ResourcesTests
{
    private static readonly JsonPointer At = JsonPointer.Of("linux", "resources");

    public static TheoryData<string, string, string[]> Limits => new()
    {
        { "memory limit", "m", ["memory.max=100"] },
        { "swap is the difference", "ms", ["memory.swap.max=100", "memory.max=100"] },
        { "equal means no swap", "m=s", ["memory.swap.max=0 ?", "memory.max=100"] },
        { "unlimited memory lifts swap too", "m-1", ["memory.swap.max=max ?", "memory.max=max"] },
        { "unlimited swap", "s-1", ["memory.swap.max=max ?", "memory.max=100"] },
        { "zeros leave alone", "m0", [] },
        { "reservation", "low", ["memory.low=50"] },
        { "no reservation", "low-1", ["memory.low=max"] },
        { "oom killer on is the only way", "oom", [] },
        { "cpu", "cpumax", ["cpu.weight=100", "cpu.max.burst=1000 ~", "cpu.max=50000 20000"] },
        { "quota alone", "q", ["cpu.max=50000 100000"] },
        { "quota -1", "q-1", ["cpu.max=max 100000"] },
        { "period alone", "p", ["cpu.max=max 20000"] },
        { "idle", "idle", ["cpu.idle=1"] },
        { "no longer idle", "idle0", ["cpu.idle=0", "cpu.weight=59"] },
        { "shares are clamped", "shares1", ["cpu.weight=1"] },
        { "what Docker writes for nothing", "docker", [] },
        { "cpuset", "cpuset", ["cpuset.cpus=0-1", "cpuset.mems=0"] },
        { "weights", "weight2", ["io.bfq.weight=500 | io.weight=4950", "io.bfq.weight=8:0 100 | io.weight=8:0 910"] },
        { "throttles", "throttle", ["io.max=8:0 rbps=1", "io.max=8:0 wbps=18446744073709551615", "io.max=8:0 riops=3", "io.max=8:0 wiops=max"] },
        { "huge pages", "huge", ["hugetlb.2MB.max=4194304", "hugetlb.2MB.rsvd.max=4194304 ?"] },
        { "rdma", "rdma", ["rdma.max=mlx5_0 hca_handle=2 hca_object=2000", "rdma.max=mlx5_1 hca_object=0"] },
        { "unified", "unified", ["memory.high=1000"] },
        { "unified, one line per write", "io.max", ["io.max=8:0 rbps=1", "io.max=8:16 wbps=2"] },
    };

    [Theory]
    [MemberData(nameof(Limits))]
    public void Plans_limits(string what, string resources, string[] expected) =>
        Plans.Lines(new V2Files(CgroupChange.Create).Plan(Samples.Resources(resources), At).Limits).Should().Equal(expected, because: what);

    [Theory]
    [InlineData("s", "/linux/resources/memory/swap")]
    [InlineData("swap<limit", "/linux/resources/memory/swap")]
    [InlineData("swappy", "/linux/resources/memory/swappiness")]
    [InlineData("oom1", "/linux/resources/memory/disableOOMKiller")]
    [InlineData("tcp", "/linux/resources/memory/kernelTCP")]
    [InlineData("flat", "/linux/resources/memory/useHierarchy")]
    [InlineData("rt", "/linux/resources/cpu/realtimeRuntime")]
    [InlineData("rtp", "/linux/resources/cpu/realtimePeriod")]
    [InlineData("leaf", "/linux/resources/blockIO/leafWeight")]
    [InlineData("leafdevice", "/linux/resources/blockIO/weightDevice/0/leafWeight")]
    [InlineData("classid", "/linux/resources/network/classID")]
    [InlineData("prio", "/linux/resources/network/priorities")]
    [InlineData("badhuge", "/linux/resources/hugepageLimits/0/pageSize")]
    [InlineData("slash", "/linux/resources/unified/..~1cgroup.procs")]
    [InlineData("nodot", "/linux/resources/unified/tasks")]
    public void Refuses_what_cannot_be_converted(string resources, string pointer) =>
        FluentActions.Invoking(() => new V2Files(CgroupChange.Create).Plan(Samples.Resources(resources), At))
            .Should().Throw<LadeException>().Which.Pointer.Text.Should().Be(pointer);

    [Fact]
    public void Writes_say_all_that_the_writer_and_a_rollback_need()
    {
        var resources = new ResourcesSpec
        {
            Memory = new() { Limit = 100, Swap = 100, CheckBeforeUpdate = true },
            BlockIo = new() { ThrottleReadBpsDevice = [new ThrottleDevice(8, 0, 1)] },
            Unified = new System.Collections.Generic.Dictionary<string, string> { ["misc.max"] = "sev 5" },
        };
        JsonPointer memory = At.At("memory");

        new V2Files(CgroupChange.Update).Plan(resources, At).Limits.Should().Equal(
            new CgroupWrite("memory", "memory.swap.max", "0", memory.At("swap")) { IfPresent = true },
            new CgroupWrite("memory", "memory.max", "100", memory.At("limit")) { UsageFile = "memory.current", RefuseBelowUsage = true },
            new CgroupWrite("io", "io.max", "8:0 rbps=1", At.At("blockIO").At("throttleReadBpsDevice").At(0)) { Key = "8:0", ResetValue = "rbps=max wbps=max riops=max wiops=max" },
            new CgroupWrite("misc", "misc.max", "sev 5", At.At("unified").At("misc.max")) { Key = "sev" });
    }

    [Fact]
    public void Unified_has_the_last_word()
    {
        ResourcesSpec resources = Samples.Resources("unified") with { Memory = new MemoryResources { Limit = 5 } };

        new V2Files(CgroupChange.Create).Plan(resources, At).Limits.Select(w => w.File).Should().Equal("memory.max", "memory.high");
    }

    [Fact]
    public void The_device_program_is_for_new_containers_only()
    {
        new V2Files(CgroupChange.Create).Plan(null, At).DeviceInstructions.Should().NotBeEmpty();
        new V2Files(CgroupChange.Update).Plan(null, At).DeviceInstructions.Should().BeNull();
    }
}
