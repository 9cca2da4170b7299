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

    private ICgroup Make(params string[] hierarchies) => Cgroup.For(_files.Host(CgroupMode.V1, hierarchies), "/pod/c1", "id");

    [Fact]
    public void Says_what_it_will_make_before_it_does()
    {
        _files.Put("cpu,cpuacct/pod/x");
        _files.Put("pids/pod/c1/pids.max");

        ICgroup cgroup = Make("memory", "cpu,cpuacct", "pids", "name=systemd");

        cgroup.Directories.Select(d => d.ToString()).Should().Equal(
            "memory:2:" + _files.Path("memory/pod/c1"),
            "cpu,cpuacct:1:" + _files.Path("cpu,cpuacct/pod/c1"),
            "pids:0:" + _files.Path("pids/pod/c1"),
            "name=systemd:2:" + _files.Path("systemd/pod/c1"));
        Directory.Exists(_files.Path("memory/pod")).Should().BeFalse();
    }

    [Fact]
    public void Makes_and_removes_exactly_its_own_directories()
    {
        _files.Put("cpu,cpuacct/pod/x");
        _files.Put("pids/pod/c1/pids.max");
        ICgroup cgroup = Make("memory", "cpu,cpuacct", "pids");

        cgroup.Create(false);
        Directory.Exists(_files.Path("memory/pod/c1")).Should().BeTrue();
        Directory.Exists(_files.Path("cpu,cpuacct/pod/c1")).Should().BeTrue();
        Cgroup.OpenExisting([.. cgroup.Directories.Select(d => d.ToString())]).Remove();

        Directory.Exists(_files.Path("memory/pod")).Should().BeFalse();
        Directory.Exists(_files.Path("cpu,cpuacct/pod/c1")).Should().BeFalse();
        File.Exists(_files.Path("cpu,cpuacct/pod/x")).Should().BeTrue();
        File.Exists(_files.Path("pids/pod/c1/pids.max")).Should().BeTrue();
    }

    [Fact]
    public void Removes_what_the_container_made_below_and_spares_a_parent_in_use()
    {
        ICgroup cgroup = Make("memory");
        cgroup.Create(false);
        Directory.CreateDirectory(_files.Path("memory/pod/c1/a/b"));
        Directory.CreateDirectory(_files.Path("memory/pod/c2"));

        cgroup.Remove();

        Directory.Exists(_files.Path("memory/pod/c1")).Should().BeFalse();
        Directory.Exists(_files.Path("memory/pod/c2")).Should().BeTrue();
    }

    [Fact]
    public void Removing_twice_or_nothing_is_no_error()
    {
        ICgroup cgroup = Make("memory");
        cgroup.Remove();
        cgroup.Create(false);
        cgroup.Remove();
        cgroup.Invoking(c => c.Remove()).Should().NotThrow();
    }

    [Theory]
    [InlineData("41\n42\n", "container's cgroup is not empty: 2 process(es) found")]
    [InlineData("41\n41\n", "container's cgroup is not empty: 1 process(es) found")]
    public void Refuses_a_cgroup_with_processes(string procs, string message)
    {
        _files.Put("memory/pod/c1/cgroup.procs", procs);

        Make("memory").Invoking(c => c.Create(false)).Should().Throw<LadeException>().WithMessage(message);
    }

    [Theory]
    [InlineData("FROZEN\n", true)]
    [InlineData("FREEZING\n", true)]
    [InlineData("THAWED\n", false)]
    public void Refuses_a_frozen_cgroup(string state, bool refuses)
    {
        _files.Put("freezer/pod/c1/freezer.state", state);
        _files.Put("freezer/pod/c1/cgroup.procs");
        ICgroup cgroup = Make("freezer");

        if (refuses)
            cgroup.Invoking(c => c.Create(false)).Should().Throw<LadeException>().WithMessage("container's cgroup unexpectedly frozen");
        else
            cgroup.Invoking(c => c.Create(false)).Should().NotThrow();
        cgroup.IsFrozen.Should().Be(refuses);
    }

    [Fact]
    public void Lists_processes_of_sub_cgroups_too()
    {
        _files.Put("freezer/pod/c1/cgroup.procs", "10\n0\n11");
        _files.Put("freezer/pod/c1/sub/cgroup.procs", "12\n10\n");
        _files.Put("memory/pod/c1/cgroup.procs", "99\n");

        // The number without a newline is one that was cut short.
        Make("memory", "freezer").Processes().Should().Equal(10, 12);
        Cgroup.OpenExisting(["memory:1:" + _files.Path("memory/none")]).Processes().Should().BeEmpty();
    }

    [Fact]
    public void A_new_cpuset_inherits_from_the_nearest_parent_that_has_one()
    {
        _files.Put("cpuset/cpuset.cpus", "0-3\n");
        _files.Put("cpuset/cpuset.mems", "0\n");
        // The kernel makes these with the directory.
        _files.Put("cpuset/pod/cpuset.cpus", "\n");
        _files.Put("cpuset/pod/cpuset.mems", "0\n");
        _files.Put("cpuset/pod/c1/cpuset.cpus");
        _files.Put("cpuset/pod/c1/cpuset.mems");
        _files.Put("cpuset/pod/c1/cgroup.procs");

        Make("cpuset").Create(false);

        _files.Read("cpuset/pod/cpuset.cpus").Should().Be("0-3\n");
        _files.Read("cpuset/pod/c1/cpuset.cpus").Should().Be("0-3\n");
        _files.Read("cpuset/pod/c1/cpuset.mems").Should().Be("0\n");
    }

    [Fact]
    public void Writes_limits_and_guards_into_the_controllers_directories()
    {
        _files.Put("cpu,cpuacct/pod/c1/cpu.shares");
        _files.Put("blkio/pod/c1/blkio.weight");
        _files.Put("pids/pod/c1/pids.max");
        ICgroup cgroup = Make("cpu,cpuacct", "blkio", "pids");
        var resources = new ResourcesSpec { Cpu = new() { Shares = 7 }, BlockIo = new() { Weight = 300 }, Pids = new(9) };
        CgroupPlan plan = cgroup.Plan(resources, CgroupChange.Create, JsonPointer.None);

        cgroup.ApplyLimits(plan);
        _files.Read("cpu,cpuacct/pod/c1/cpu.shares").Should().Be("7");
        _files.Read("blkio/pod/c1/blkio.weight").Should().Be("300");
        _files.Read("pids/pod/c1/pids.max").Should().BeEmpty();

        cgroup.ApplyGuards(plan);
        _files.Read("pids/pod/c1/pids.max").Should().Be("9");
    }

    [Fact]
    public void A_failed_write_names_pointer_file_value_and_errno()
    {
        ICgroup cgroup = Make("memory");
        cgroup.Create(false);
        CgroupPlan plan = cgroup.Plan(new ResourcesSpec { Memory = new() { Limit = 5 } }, CgroupChange.Create, JsonPointer.Of("linux", "resources"));

        LadeException error = cgroup.Invoking(c => c.ApplyLimits(plan)).Should().Throw<LadeException>().Which;

        error.Errno.Should().Be(Errno.ENOENT);
        error.Description.Should().StartWith("/linux/resources/memory/limit: write '5' to " + _files.Path("memory/pod/c1/memory.limit_in_bytes"));
    }

    [Fact]
    public void CheckBeforeUpdate_refuses_a_limit_below_usage()
    {
        _files.Put("memory/pod/c1/memory.limit_in_bytes");
        _files.Put("memory/pod/c1/memory.usage_in_bytes", "1000\n");
        ICgroup cgroup = Make("memory");
        CgroupPlan PlanFor(long limit) => cgroup.Plan(new ResourcesSpec { Memory = new() { Limit = limit, CheckBeforeUpdate = true } }, CgroupChange.Update, JsonPointer.None);

        cgroup.Invoking(c => c.ApplyLimits(PlanFor(999))).Should().Throw<LadeException>().WithMessage("*999: present usage is 1000");
        cgroup.ApplyLimits(PlanFor(1000));
        _files.Read("memory/pod/c1/memory.limit_in_bytes").Should().Be("1000");
    }

    [Fact]
    public void A_limit_without_its_controller_is_an_error_but_device_rules_are_not()
    {
        ICgroup cgroup = Make("cpu");
        var resources = new ResourcesSpec { Memory = new() { Limit = 5 }, Devices = DeviceRuleSets.Parse("-a") };
        CgroupPlan plan = cgroup.Plan(resources, CgroupChange.Create, JsonPointer.None);

        cgroup.Invoking(c => c.ApplyLimits(plan)).Should().Throw<LadeException>().WithMessage("*no cgroup of the controller memory (not there, or no permission)");
        cgroup.Invoking(c => c.ApplyGuards(plan)).Should().NotThrow();
    }

    [Fact]
    public void Opens_a_tasks_file_per_hierarchy_and_the_unified_directory()
    {
        _files.Put("memory/pod/c1/tasks");
        _files.Put("memory/pod/c1/sub/tasks");
        _files.Put("name/pod/c1/tasks");
        Directory.CreateDirectory(_files.Path("unified/pod/c1"));
        ICgroup cgroup = Cgroup.For(_files.Host(CgroupMode.Hybrid, "memory", "name", ""), "/pod/c1", "id");

        using CgroupEntrance plain = cgroup.Open();
        using CgroupEntrance below = cgroup.OpenForExec(1, new Dictionary<string, string> { ["memory"] = "../sub" });

        Files.Write(plain.Tasks[0], "0"u8, "tasks");
        Files.Write(below.Tasks[0], "00"u8, "tasks");
        plain.Tasks.Should().HaveCount(2);
        plain.CloneInto.Should().NotBeNull();
        _files.Read("memory/pod/c1/tasks").Should().Be("0");
        _files.Read("memory/pod/c1/sub/tasks").Should().Be("00");
    }

    [Fact]
    public void A_missing_sub_cgroup_is_an_error_and_leaks_nothing() =>
        Make("memory").Invoking(c => c.OpenForExec(1, new Dictionary<string, string> { [""] = "none" })).Should().Throw<LadeException>().Which.Errno.Should().Be(Errno.ENOENT);
}
