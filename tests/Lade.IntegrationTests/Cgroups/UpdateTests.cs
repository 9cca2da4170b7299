using System.IO;
using System.Text.Json.Nodes;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Cgroups;

/// <summary>`update` on cgroup v1: what stands in the files afterwards, and that all of it is undone when a part fails.</summary>
public sealed class UpdateTests : ContainerTest
{
    private const string Disk = "254:0";

    private CommandResult Update(Container container, params string[] options) => Bundle.Lade.Run(["update", .. options, container.Id]);

    private CommandResult UpdateBy(Container container, string json) => Bundle.Lade.Run(json, ["update", "--resources", "-", container.Id]);

    private Container Started()
    {
        Machine.NeedsCgroup1();
        return StartSleeping();
    }

    [Theory]
    [InlineData("--memory=64M", "memory", "memory.limit_in_bytes", "67108864")]
    [InlineData("--memory=67108864", "memory", "memory.limit_in_bytes", "67108864")]
    [InlineData("--memory=1G --memory-swap=2G", "memory", "memory.memsw.limit_in_bytes", "2147483648")]
    [InlineData("--memory=1G --memory-swap=-1", "memory", "memory.memsw.limit_in_bytes", "9223372036854771712")]
    [InlineData("--memory-reservation=32M", "memory", "memory.soft_limit_in_bytes", "33554432")]
    [InlineData("--cpu-share=333", "cpu", "cpu.shares", "333")]
    [InlineData("--cpu-quota=20000", "cpu", "cpu.cfs_quota_us", "20000")]
    [InlineData("--cpu-period=50000", "cpu", "cpu.cfs_period_us", "50000")]
    [InlineData("--cpu-quota=20000 --cpu-burst=10000", "cpu", "cpu.cfs_burst_us", "10000")]
    [InlineData("--cpu-idle=1", "cpu", "cpu.idle", "1")]
    [InlineData("--cpuset-cpus=0", "cpuset", "cpuset.cpus", "0")]
    [InlineData("--cpuset-mems=0", "cpuset", "cpuset.mems", "0")]
    [InlineData("--pids-limit=7", "pids", "pids.max", "7")]
    [InlineData("--pids-limit=-1", "pids", "pids.max", "max")]
    [InlineData("--blkio-weight=200", "blkio", "blkio.bfq.weight", "200")]
    public void An_option_changes_its_file(string options, string controller, string file, string content)
    {
        Container container = Started();

        Update(container, options.Split(' ')).Should().Be(new CommandResult(0, "", ""));

        container.CgroupValue(controller, file).Should().Be(content);
    }

    [Theory]
    [InlineData("--cpu-rt-period=500000", "cpu", "cpu.rt_period_us", "500000")]
    [InlineData("--cpu-rt-runtime=1000", "cpu", "cpu.rt_runtime_us", "1000")]
    public void Real_time_options_change_theirs_or_name_them(string option, string controller, string file, string content)
    {
        Container container = Started();

        CommandResult result = Update(container, option);

        // Without CONFIG_RT_GROUP_SCHED there is no such file.
        if (File.Exists(container.Cgroup(controller) + "/" + file) && result.ExitCode == 0)
            container.CgroupValue(controller, file).Should().Be(content);
        else
            result.Error().Should().Contain(container.Cgroup(controller) + "/" + file);
    }

    [Fact]
    public void What_is_not_given_stays()
    {
        Bundle.Set("/linux/resources/cpu", JsonNode.Parse("""{"shares":512,"quota":30000,"period":60000}"""));
        Container container = Started();

        Update(container, "--memory", "64M").ExitCode.Should().Be(0);

        container.CgroupValue("cpu", "cpu.shares").Should().Be("512");
        container.CgroupValue("cpu", "cpu.cfs_quota_us").Should().Be("30000");
        container.CgroupValue("cpu", "cpu.cfs_period_us").Should().Be("60000");
    }

    [Fact]
    public void Memory_and_swap_grow_and_shrink_in_whatever_order_the_kernel_wants()
    {
        Container container = Started();
        foreach ((string memory, string swap) in ((string, string)[])[("64M", "64M"), ("128M", "256M"), ("32M", "48M"), ("40M", "-1"), ("32M", "32M"), ("-1", "-1"), ("64M", "128M")])
        {
            CommandResult result = Update(container, "--memory", memory, "--memory-swap", swap);

            result.Should().Be(new CommandResult(0, "", ""), memory + " " + swap);
        }

        container.CgroupValue("memory", "memory.limit_in_bytes").Should().Be("67108864");
        Update(container, "--memory-swap", "96M").ExitCode.Should().Be(0);
        container.CgroupValue("memory", "memory.memsw.limit_in_bytes").Should().Be("100663296");
        Update(container, "--memory", "-1").ExitCode.Should().Be(0);
        container.CgroupValue("memory", "memory.memsw.limit_in_bytes").Should().Be("9223372036854771712");
    }

    [Fact]
    public void Memory_above_the_limit_of_memory_and_swap_says_what_that_is()
    {
        Container container = Started();
        Update(container, "--memory", "64M", "--memory-swap", "64M").ExitCode.Should().Be(0);

        CommandResult result = Update(container, "--memory", "128M");

        result.ExitCode.Should().Be(1);
        result.Error().Should().Be("/memory/limit: write '134217728' to " + container.Cgroup("memory")
            + "/memory.limit_in_bytes (memory.memsw.limit_in_bytes, which it must not exceed, is 67108864): EINVAL: invalid argument");
        container.CgroupValue("memory", "memory.limit_in_bytes").Should().Be("67108864");
    }

    [Fact]
    public void A_document_can_be_given_on_standard_input_or_in_a_file()
    {
        Container container = Started();
        string file = Bundle.Directory + "/resources.json";
        File.WriteAllText(file, """{"pids":{"limit":9},"cpu":{"shares":600}}""");

        UpdateBy(container, """{"memory":{"limit":67108864,"swap":0},"cpu":{"shares":400,"cpus":""},"devices":[{"allow":true,"access":"rwm"}]}""").Should().Be(new CommandResult(0, "", ""));
        container.CgroupValue("memory", "memory.limit_in_bytes").Should().Be("67108864");
        container.CgroupValue("cpu", "cpu.shares").Should().Be("400");
        container.CgroupValue("devices", "devices.list").Should().NotContain("a *:*", "update leaves devices alone");

        // The other options are ignored beside a document.
        Update(container, "--resources", file, "--pids-limit", "5", "--cpu-period", "nonsense").ExitCode.Should().Be(0);
        container.CgroupValue("pids", "pids.max").Should().Be("9");
        container.CgroupValue("cpu", "cpu.shares").Should().Be("600");
        container.CgroupValue("memory", "memory.limit_in_bytes").Should().Be("67108864");
    }

    [Fact]
    public void Throttles_of_devices_are_set_changed_and_taken_away()
    {
        Machine.NeedsFile("/sys/dev/block/" + Disk);
        Container container = Started();
        string Throttle(int rate) => "{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":254,\"minor\":0,\"rate\":" + rate + "}]}}";

        UpdateBy(container, Throttle(1000)).ExitCode.Should().Be(0);
        container.CgroupValue("blkio", "blkio.throttle.read_bps_device").Should().Be(Disk + " 1000");
        UpdateBy(container, Throttle(2000)).ExitCode.Should().Be(0);
        container.CgroupValue("blkio", "blkio.throttle.read_bps_device").Should().Be(Disk + " 2000");
        UpdateBy(container, Throttle(0)).ExitCode.Should().Be(0);
        container.CgroupValue("blkio", "blkio.throttle.read_bps_device").Should().BeEmpty();
    }

    [Fact]
    public void What_was_written_is_recorded_and_holds_for_the_next_update()
    {
        Bundle.Set("/linux/resources/cpu", JsonNode.Parse("""{"shares":512}"""));
        Container container = Started();
        Update(container, "--cpu-quota", "20000", "--memory", "64M").ExitCode.Should().Be(0);
        Update(container, "--pids-limit", "7").ExitCode.Should().Be(0);

        JsonNode recorded = JsonNode.Parse(File.ReadAllText(container.StateDirectory + "/resources.json"))!;

        ((long)recorded["memory"]!["limit"]!).Should().Be(67108864);
        ((long)recorded["cpu"]!["quota"]!).Should().Be(20000);
        ((long)recorded["cpu"]!["shares"]!).Should().Be(512);
        ((long)recorded["pids"]!["limit"]!).Should().Be(7);
        recorded["devices"]!.AsArray().Should().NotBeEmpty();
        container.Kill();
        container.WaitForExit().Delete().Should().Be(new CommandResult(0, "", ""));
        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void A_failure_takes_everything_back()
    {
        Bundle.Set("/linux/resources/cpu", JsonNode.Parse("""{"shares":512,"quota":30000,"period":60000}"""));
        Container container = Started();
        string memory = container.CgroupValue("memory", "memory.limit_in_bytes");

        CommandResult result = Update(container, "--cpu-share", "700", "--cpu-quota", "20000", "--cpu-period", "40000", "--memory", "4096", "--pids-limit", "3");

        result.ExitCode.Should().Be(1);
        result.Error().Should().StartWith("/memory/limit: write '4096' to " + container.Cgroup("memory") + "/memory.limit_in_bytes (current usage is ").And.EndWith("EBUSY: device or resource busy");
        result.Warnings().Should().BeEmpty();
        container.CgroupValue("cpu", "cpu.shares").Should().Be("512");
        container.CgroupValue("cpu", "cpu.cfs_quota_us").Should().Be("30000");
        container.CgroupValue("cpu", "cpu.cfs_period_us").Should().Be("60000");
        container.CgroupValue("memory", "memory.limit_in_bytes").Should().Be(memory);
        container.CgroupValue("pids", "pids.max").Should().NotBe("3");
        File.Exists(container.StateDirectory + "/resources.json").Should().BeFalse();
    }

    [Fact]
    public void A_limit_below_the_present_usage_is_refused_before_it_is_tried_when_that_is_wanted()
    {
        Container container = Started();

        CommandResult result = UpdateBy(container, """{"memory":{"limit":4096,"checkBeforeUpdate":true}}""");

        result.Error().Should().MatchRegex("^/memory/limit: refusing to set memory.limit_in_bytes to 4096: current usage is [0-9]+$");
    }

    [Fact]
    public void The_kernel_holds_the_container_to_the_new_limit()
    {
        Machine.NeedsCgroup1();
        Bundle.Script("while ! test -e /go; do sleep 0.01; done; sleep 0.1 & wait; echo forked");
        Container container = NewContainer().RunDetached();
        Update(container, "--pids-limit", "1").ExitCode.Should().Be(0);
        File.WriteAllText(Bundle.Rootfs + "/go", "");

        Machine.Eventually(() => File.ReadAllText(container.Cgroup("pids") + "/pids.events").TrimEnd() != "max 0", "a fork that failed");
        container.Stdout.Should().NotContain("forked");
    }

    [Theory]
    [InlineData("--memory=1X", "invalid value for memory: invalid size: '1X'")]
    [InlineData("--cpu-period=abc", "invalid value for cpu-period: not a non-negative whole number: 'abc'")]
    [InlineData("--cpu-quota=1.5", "invalid value for cpu-quota: not a whole number: '1.5'")]
    [InlineData("--cpu-idle=7", "update: /cpu/idle: 7 is out of range; 0 or 1 is allowed")]
    [InlineData("--blkio-weight=5", "update: /blockIO/weight: 5 is out of range; an integer from 10 to 1000 is allowed")]
    [InlineData("--blkio-weight=70000", "invalid value for blkio-weight: must be from 10 to 1000")]
    [InlineData("--cpuset-cpus=a", "update: /cpu/cpus: 'a' is no list of numbers; numbers and ranges such as 0-3,7 are allowed")]
    [InlineData("--l3-cache-schema=L3:0=f", "the container has no resctrl group to change the schemata of; set linux.intelRdt to give it one")]
    [InlineData("--mem-bw-schema=MB:0=20", "the container has no resctrl group to change the schemata of; set linux.intelRdt to give it one")]
    [InlineData("--resources=/no/such/file", "open /no/such/file: ENOENT: no such file or directory")]
    public void A_value_that_makes_no_sense_is_refused(string option, string error)
    {
        Container container = Started();

        CommandResult result = Update(container, option);

        result.ExitCode.Should().Be(1);
        result.Error().Should().Be(error);
    }

    [Fact]
    public void A_broken_document_names_all_that_is_wrong() =>
        UpdateBy(Started(), """{"cpu":{"idle":7},"pids":{"limit":"x"}}""").Error().Should().StartWith("standard input: 2 problems: ").And.Contain("/cpu/idle").And.Contain("/pids/limit");

    [Fact]
    public void Kernel_memory_is_accepted_and_ignored()
    {
        Container container = Started();

        CommandResult result = Update(container, "--kernel-memory", "1G", "--kernel-memory-tcp", "1G", "--pids-limit", "9");

        result.ExitCode.Should().Be(0);
        result.Warnings().Should().Equal("--kernel-memory and --kernel-memory-tcp are ignored: kernels no longer limit kernel memory separately");
        container.CgroupValue("pids", "pids.max").Should().Be("9");
    }

    [Fact]
    public void A_created_or_paused_container_can_be_updated_and_a_stopped_one_not()
    {
        Machine.NeedsCgroup1();
        Bundle.Sleeps();
        Container container = Create();
        Update(container, "--pids-limit", "9").ExitCode.Should().Be(0);
        Bundle.Lade.Run("pause", container.Id).ExitCode.Should().Be(0);
        Update(container, "--pids-limit", "8").ExitCode.Should().Be(0);
        container.CgroupValue("pids", "pids.max").Should().Be("8");
        container.Kill();
        container.WaitForExit();

        CommandResult result = Update(container, "--pids-limit", "7");

        result.ExitCode.Should().Be(1);
        result.Error().Should().Be("container not running");
    }
}
