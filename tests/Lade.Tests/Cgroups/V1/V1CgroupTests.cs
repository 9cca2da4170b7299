using System.Collections.Generic;
using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.Cgroups;
using Lade.Configuration;
using Lade.Linux;
using Xunit;

namespace Lade.Tests.Cgroups.V1;

public sealed class V1CgroupTests : System.IDisposable
{
    private readonly TemporaryCgroups _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Creates_and_removes_exactly_its_own_directories()
    {
        _files.Put("cpu,cpuacct/pod/x");
        _files.Put("pids/pod/c1/pids.max");

        ICgroup cgroup = Locate("memory", "cpu,cpuacct", "pids", "name=systemd");
        cgroup.Directories.Select(d => d.ToString()).Should().Equal(
            "memory:2:" + _files.Path("memory/pod/c1"),
            "cpu,cpuacct:1:" + _files.Path("cpu,cpuacct/pod/c1"),
            "pids:0:" + _files.Path("pids/pod/c1"),
            "name=systemd:2:" + _files.Path("systemd/pod/c1"));
        Directory.Exists(_files.Path("memory/pod")).Should().BeFalse();

        cgroup.Create(false);
        Directory.Exists(_files.Path("memory/pod/c1")).Should().BeTrue();
        Directory.Exists(_files.Path("cpu,cpuacct/pod/c1")).Should().BeTrue();

        Cgroupfs.Open([.. cgroup.Directories.Select(d => d.ToString())]).Remove();
        Directory.Exists(_files.Path("memory/pod")).Should().BeFalse();
        Directory.Exists(_files.Path("cpu,cpuacct/pod/c1")).Should().BeFalse();
        File.Exists(_files.Path("cpu,cpuacct/pod/x")).Should().BeTrue();
        File.Exists(_files.Path("pids/pod/c1/pids.max")).Should().BeTrue();
    }

    [Fact]
    public void Removes_sub_cgroups_but_not_a_parent_in_use_and_not_twice()
    {
        ICgroup cgroup = Locate("memory");
        cgroup.Invoking(c => c.Remove()).Should().NotThrow();
        cgroup.Create(false);
        Directory.CreateDirectory(_files.Path("memory/pod/c1/a/b"));
        Directory.CreateDirectory(_files.Path("memory/pod/c2"));

        cgroup.Remove();

        Directory.Exists(_files.Path("memory/pod/c1")).Should().BeFalse();
        Directory.Exists(_files.Path("memory/pod/c2")).Should().BeTrue();
        cgroup.Invoking(c => c.Remove()).Should().NotThrow();
    }

    [Theory]
    [InlineData("cgroup.procs", "41\n42\n", "container's cgroup is not empty: 2 process(es) found")]
    [InlineData("cgroup.procs", "41\n41\n", "container's cgroup is not empty: 1 process(es) found")]
    [InlineData("freezer.state", "FROZEN\n", "container's cgroup unexpectedly frozen")]
    [InlineData("freezer.state", "FREEZING\n", "container's cgroup unexpectedly frozen")]
    [InlineData("freezer.state", "THAWED\n", null)]
    public void Refuses_an_unusable_cgroup(string file, string content, string? message)
    {
        _files.Put("freezer/pod/c1/" + file, content);
        ICgroup cgroup = Locate("freezer");

        if (message is null)
            cgroup.Invoking(c => c.Create(false)).Should().NotThrow();
        else
            cgroup.Invoking(c => c.Create(false)).Should().Throw<LadeException>().WithMessage(message);
    }

    [Fact]
    public void Lists_the_processes_of_sub_cgroups_too()
    {
        // The number without a newline was cut short.
        _files.Put("freezer/pod/c1/cgroup.procs", "10\n0\n11");
        _files.Put("freezer/pod/c1/sub/cgroup.procs", "12\n10\n");
        _files.Put("memory/pod/c1/cgroup.procs", "99\n");

        Locate("memory", "freezer").Processes().Should().Equal(10, 12);
        Cgroupfs.Open(["memory:1:" + _files.Path("memory/none")]).Processes().Should().BeEmpty();
    }

    [Fact]
    public void A_new_cpuset_inherits_from_the_nearest_ancestor_that_has_one()
    {
        _files.Put("cpuset/cpuset.cpus", "0-3\n");
        _files.Put("cpuset/cpuset.mems", "0\n");
        // The kernel creates these with the directories.
        _files.Put("cpuset/pod/cpuset.cpus", "\n");
        _files.Put("cpuset/pod/cpuset.mems", "0\n");
        _files.Put("cpuset/pod/c1/cpuset.cpus");
        _files.Put("cpuset/pod/c1/cpuset.mems");

        Locate("cpuset").Create(false);

        _files.Read("cpuset/pod/cpuset.cpus").Should().Be("0-3\n");
        _files.Read("cpuset/pod/c1/cpuset.cpus").Should().Be("0-3\n");
        _files.Read("cpuset/pod/c1/cpuset.mems").Should().Be("0\n");
    }

    [Fact]
    public void Writes_limits_into_the_directories_of_their_controllers()
    {
        _files.Put("cpu,cpuacct/pod/c1/cpu.shares");
        _files.Put("blkio/pod/c1/blkio.weight");
        _files.Put("pids/pod/c1/pids.max");
        ICgroup cgroup = Locate("cpu,cpuacct", "blkio", "pids");
        CgroupPlan plan = Plan(cgroup, new() { Cpu = new() { Shares = 7 }, BlockIo = new() { Weight = 300 }, Pids = new(9) });

        cgroup.ApplyLimits(plan);
        _files.Read("cpu,cpuacct/pod/c1/cpu.shares").Should().Be("7");
        _files.Read("blkio/pod/c1/blkio.weight").Should().Be("300");
        _files.Read("pids/pod/c1/pids.max").Should().BeEmpty();

        cgroup.ApplyDeferredLimits(plan);
        _files.Read("pids/pod/c1/pids.max").Should().Be("9");
    }

    [Fact]
    public void A_failed_write_names_pointer_value_file_and_errno()
    {
        ICgroup cgroup = Locate("memory");
        cgroup.Create(false);

        LadeException error = cgroup.Invoking(c => c.ApplyLimits(Plan(c, new() { Memory = new() { Limit = 5 } }))).Should().Throw<LadeException>().Which;

        error.Errno.Should().Be(Errno.ENOENT);
        error.Description.Should().StartWith("/linux/resources/memory/limit: write '5' to " + _files.Path("memory/pod/c1/memory.limit_in_bytes"));
    }

    [Fact]
    public void CheckBeforeUpdate_refuses_a_limit_below_usage()
    {
        _files.Put("memory/pod/c1/memory.limit_in_bytes");
        _files.Put("memory/pod/c1/memory.usage_in_bytes", "1000\n");
        ICgroup cgroup = Locate("memory");
        CgroupPlan PlanFor(long limit) => Plan(cgroup, new() { Memory = new() { Limit = limit, CheckBeforeUpdate = true } }, CgroupChange.Update);

        cgroup.Invoking(c => c.ApplyLimits(PlanFor(999))).Should().Throw<LadeException>().WithMessage("*999: current usage is 1000");
        cgroup.ApplyLimits(PlanFor(1000));
        _files.Read("memory/pod/c1/memory.limit_in_bytes").Should().Be("1000");
    }

    [Fact]
    public void A_limit_without_its_controller_is_an_error_but_device_rules_are_not()
    {
        ICgroup cgroup = Locate("cpu");
        CgroupPlan plan = Plan(cgroup, new() { Memory = new() { Limit = 5 }, Devices = DeviceRuleSets.Parse("-a") });

        cgroup.Invoking(c => c.ApplyLimits(plan)).Should().Throw<LadeException>().WithMessage("*no cgroup of the controller memory (not available, or no permission)");
        cgroup.Invoking(c => c.ApplyDeferredLimits(plan)).Should().NotThrow();
    }

    [Fact]
    public void Opens_a_tasks_file_per_hierarchy_and_the_unified_directory()
    {
        _files.Put("memory/pod/c1/tasks");
        _files.Put("memory/pod/c1/sub/tasks");
        _files.Put("name/pod/c1/tasks");
        Directory.CreateDirectory(_files.Path("unified/pod/c1"));
        ICgroup cgroup = Cgroupfs.Locate(_files.Host(CgroupMode.Hybrid, "memory", "name", ""), "/pod/c1", "id");

        using CgroupJoin plain = cgroup.OpenJoin();
        using CgroupJoin below = cgroup.OpenExecJoin(1, new Dictionary<string, string> { ["memory"] = "../sub" });

        Files.Write(plain.Tasks[0], "0"u8, "tasks");
        Files.Write(below.Tasks[0], "00"u8, "tasks");
        plain.Tasks.Should().HaveCount(2);
        plain.CloneInto.Should().NotBeNull();
        _files.Read("memory/pod/c1/tasks").Should().Be("0");
        _files.Read("memory/pod/c1/sub/tasks").Should().Be("00");
        cgroup.Invoking(c => c.OpenExecJoin(1, new Dictionary<string, string> { [""] = "none" })).Should().Throw<LadeException>().Which.Errno.Should().Be(Errno.ENOENT);
    }

    private ICgroup Locate(params string[] hierarchies) => Cgroupfs.Locate(_files.Host(CgroupMode.V1, hierarchies), "/pod/c1", "id");

    private static CgroupPlan Plan(ICgroup cgroup, ResourcesSpec resources, CgroupChange change = CgroupChange.Create) =>
        cgroup.Plan(resources, change, JsonPointer.Of("linux", "resources"));
}
