using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Cgroups;

/// <summary>linux.resources on cgroup v1: what stands in the files, and that the kernel acts on it.</summary>
public sealed class LimitTests : ContainerTest
{
    private const string Disk = "254:0";

    private Container With(string pointer, string json)
    {
        Machine.NeedsCgroup1();
        Bundle.Sleeps().Set("/linux/resources" + pointer, JsonNode.Parse(json));
        return NewContainer().Create();
    }

    [Theory]
    [InlineData("/memory", """{"limit":67108864}""", "memory", "memory.limit_in_bytes", "67108864")]
    [InlineData("/memory", """{"limit":67108864,"swap":134217728}""", "memory", "memory.memsw.limit_in_bytes", "134217728")]
    [InlineData("/memory", """{"limit":67108864,"swap":67108864}""", "memory", "memory.memsw.limit_in_bytes", "67108864")]
    [InlineData("/memory", """{"limit":67108864,"swap":-1}""", "memory", "memory.memsw.limit_in_bytes", "9223372036854771712")]
    [InlineData("/memory", """{"limit":-1}""", "memory", "memory.limit_in_bytes", "9223372036854771712")]
    [InlineData("/memory", """{"reservation":33554432}""", "memory", "memory.soft_limit_in_bytes", "33554432")]
    [InlineData("/memory", """{"kernelTCP":16777216}""", "memory", "memory.kmem.tcp.limit_in_bytes", "16777216")]
    [InlineData("/memory", """{"swappiness":7}""", "memory", "memory.swappiness", "7")]
    [InlineData("/memory", """{"swappiness":0}""", "memory", "memory.swappiness", "0")]
    [InlineData("/memory", """{"limit":67108864,"disableOOMKiller":true}""", "memory", "memory.oom_control", "oom_kill_disable 1\nunder_oom 0\noom_kill 0")]
    [InlineData("/memory", """{"useHierarchy":true}""", "memory", "memory.use_hierarchy", "1")]
    [InlineData("/cpu", """{"shares":512}""", "cpu", "cpu.shares", "512")]
    [InlineData("/cpu", """{"quota":20000,"period":50000}""", "cpu", "cpu.cfs_quota_us", "20000")]
    [InlineData("/cpu", """{"quota":20000,"period":50000}""", "cpu", "cpu.cfs_period_us", "50000")]
    [InlineData("/cpu", """{"quota":-1}""", "cpu", "cpu.cfs_quota_us", "-1")]
    [InlineData("/cpu", """{"quota":20000,"burst":10000}""", "cpu", "cpu.cfs_burst_us", "10000")]
    [InlineData("/cpu", """{"idle":1}""", "cpu", "cpu.idle", "1")]
    [InlineData("/cpu", """{"cpus":"0"}""", "cpuset", "cpuset.cpus", "0")]
    [InlineData("/cpu", """{"mems":"0"}""", "cpuset", "cpuset.mems", "0")]
    [InlineData("/pids", """{"limit":20}""", "pids", "pids.max", "20")]
    [InlineData("/pids", """{"limit":-1}""", "pids", "pids.max", "max")]
    [InlineData("/blockIO", """{"weight":500}""", "blkio", "blkio.bfq.weight", "500")]
    public void It_stands_in_its_file(string pointer, string json, string controller, string file, string content) =>
        With(pointer, json).CgroupValue(controller, file).Should().Be(content);

    [Theory]
    [InlineData("throttleReadBpsDevice", "blkio.throttle.read_bps_device")]
    [InlineData("throttleWriteBpsDevice", "blkio.throttle.write_bps_device")]
    [InlineData("throttleReadIOPSDevice", "blkio.throttle.read_iops_device")]
    [InlineData("throttleWriteIOPSDevice", "blkio.throttle.write_iops_device")]
    public void A_throttle_stands_in_its_file(string property, string file)
    {
        Machine.NeedsFile("/sys/dev/block/" + Disk);

        With("/blockIO", "{\"" + property + "\":[{\"major\":254,\"minor\":0,\"rate\":123456}]}").CgroupValue("blkio", file).Should().Be(Disk + " 123456");
    }

    [Fact]
    public void All_limits_together()
    {
        Container container = With("", """
            {
              "memory": { "limit": 67108864, "swap": 67108864, "reservation": 33554432, "swappiness": 0 },
              "cpu": { "shares": 1024, "quota": 100000, "period": 100000, "cpus": "0", "mems": "0" },
              "pids": { "limit": 30 },
              "blockIO": { "weight": 100 },
              "devices": [ { "allow": false, "access": "rwm" } ]
            }
            """);

        container.CgroupValue("pids", "pids.max").Should().Be("30");
        container.CgroupValue("cpu", "cpu.cfs_quota_us").Should().Be("100000");
        container.CgroupValue("memory", "memory.limit_in_bytes").Should().Be("67108864");
        container.CgroupValue("blkio", "blkio.bfq.weight").Should().Be("100");
        container.Start().Status("Cpus_allowed_list").Should().Be("0");
    }

    [Fact]
    public void Zero_stands_for_no_limit_as_engines_write_it()
    {
        Container container = With("", """{"memory":{"limit":0,"swap":0,"reservation":0},"cpu":{"shares":0,"quota":0,"period":0,"cpus":"","mems":""},"pids":{"limit":0},"blockIO":{"weight":0}}""");

        container.CgroupValue("memory", "memory.limit_in_bytes").Should().Be("9223372036854771712");
        container.CgroupValue("cpu", "cpu.shares").Should().Be("1024");
    }

    [Fact]
    public void The_devices_of_the_list_and_of_every_container_are_allowed()
    {
        Container container = With("/devices", """[{"allow":false,"access":"rwm"},{"allow":true,"type":"c","major":10,"minor":229,"access":"rw"},{"allow":true,"type":"b","major":7,"access":"r"}]""");

        container.CgroupValue("devices", "devices.list").Split('\n').Should().BeEquivalentTo(
            "c 10:229 rw", "b 7:* r", "c *:* m", "b *:* m", "c 1:3 rwm", "c 1:8 rwm", "c 1:7 rwm", "c 5:0 rwm", "c 1:5 rwm", "c 1:9 rwm", "c 5:1 rwm", "c 136:* rwm", "c 5:2 rwm", "c 10:200 rwm");
    }

    [Fact]
    public void A_device_that_is_not_allowed_cannot_be_opened()
    {
        Machine.NeedsCgroup1();
        Bundle.Set("/linux/resources/devices", JsonNode.Parse("""[{"allow":false,"access":"rwm"}]"""))
            .Capabilities(["CAP_MKNOD", "CAP_DAC_OVERRIDE"])
            .Script("mknod /dev/kmsg2 c 1 11; (: </dev/kmsg2) 2>/dev/null && echo opened; (: </dev/null) && echo null");

        NewContainer().Run().Stdout.Should().Be("null\n");
    }

    [Fact]
    public void A_device_that_is_allowed_can_be_opened()
    {
        Machine.NeedsCgroup1();
        Bundle.Set("/linux/resources/devices", JsonNode.Parse("""[{"allow":false,"access":"rwm"},{"allow":true,"type":"c","major":1,"minor":11,"access":"r"}]"""))
            .Capabilities(["CAP_MKNOD", "CAP_DAC_OVERRIDE", "CAP_SYSLOG"])
            .Script("mknod /dev/kmsg2 c 1 11; (: </dev/kmsg2) 2>/dev/null && echo read; (: >/dev/kmsg2) 2>/dev/null && echo written; true");

        NewContainer().Run().Stdout.Should().Be("read\n");
    }

    [Fact]
    public void Forks_fail_beyond_the_limit_of_processes()
    {
        Machine.NeedsCgroup1();
        Bundle.Set("/linux/resources/pids", JsonNode.Parse("""{"limit":5}""")).Script("for i in 1 2 3 4 5 6 7 8; do sleep 1000 & done 2>/dev/null; wait");
        Container container = NewContainer().RunDetached();

        Machine.Eventually(() => File.ReadAllText(container.Cgroup("pids") + "/pids.events").TrimEnd() != "max 0", "a fork that failed");

        int.Parse(container.CgroupValue("pids", "pids.current")).Should().BeLessThanOrEqualTo(5);
    }

    [Fact]
    public void A_program_that_takes_too_much_memory_is_killed()
    {
        Machine.NeedsCgroup1();
        Bundle.Set("/linux/resources/memory", JsonNode.Parse("""{"limit":8388608,"swap":8388608}""")).Args("dd", "if=/dev/zero", "of=/dev/null", "bs=64M", "count=1");

        NewContainer().Run().ExitCode.Should().Be(137);
    }

    [Fact]
    public void An_init_that_is_killed_for_memory_says_so()
    {
        Machine.NeedsCgroup1();
        Bundle.Set("/linux/resources/memory", JsonNode.Parse("""{"limit":4096}"""));
        Container container = NewContainer();

        CommandResult result = container.Run();

        result.ExitCode.Should().Be(1);
        result.Error().Should().Be("lade run failed: /linux/resources/memory/limit: container init was OOM-killed (memory limit too low?)");
        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void An_init_that_is_killed_because_a_cgroup_above_is_short_of_memory_says_so()
    {
        Machine.NeedsCgroup1();
        Bundle.Args("true");
        Container container = NewContainer();
        string parent = Path.GetDirectoryName(container.Cgroup("memory"))!;
        Directory.CreateDirectory(parent);
        try
        {
            // Less, and the kernel cannot even make the cgroup; more, and the container runs. Both depend on the number of CPUs.
            string error = "";
            for (int limit = 64; limit <= 512 && !error.Contains("OOM", System.StringComparison.Ordinal); limit += 32)
            {
                File.WriteAllText(parent + "/memory.limit_in_bytes", limit + "K");
                CommandResult result = container.Run();
                error = result.ExitCode == 0 ? "" : result.Error();
            }

            error.Should().Be("lade run failed: container init was OOM-killed (memory limit too low?)");
        }
        finally
        {
            Directory.Delete(parent);
        }
    }

    [Fact]
    public void Every_process_of_the_container_is_in_all_of_its_cgroups()
    {
        Machine.NeedsCgroup1();
        Bundle.Script("sleep 1000 & echo ready; wait");
        Container container = NewContainer().RunDetached().WaitForOutput("ready");

        string[] pids = [.. container.Processes().Select(p => p.ToString())];

        pids.Should().HaveCount(2);
        container.Cgroups().Should().HaveCount(Machine.CgroupHierarchies.Count);
        foreach (MountInfo hierarchy in Machine.CgroupHierarchies)
            File.ReadAllLines(hierarchy.Target + Bundle.CgroupsPath + "/cgroup.procs").Order().Should().Equal(pids.Order(), hierarchy.Target);
    }
}
