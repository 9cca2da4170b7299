using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.Cgroups;
using Lade.Configuration;
using Lade.Linux;
using Xunit;
using ChildProcess = System.Diagnostics.Process;

namespace Lade.IntegrationTests.Cgroups;

/// <summary>The kernel's answers, on cgroups of our own. Needs root; the v1 parts need v1 hierarchies, the v2 parts any cgroup2 mount.</summary>
public sealed class RealCgroupTests : IDisposable
{
    private static int s_number;

    private readonly string _name = "/lade-test-" + Environment.ProcessId + "-" + System.Threading.Interlocked.Increment(ref s_number);
    private readonly List<ICgroup> _made = [];
    private readonly List<ChildProcess> _started = [];

    public void Dispose()
    {
        foreach (ChildProcess process in _started)
        {
            process.Kill();
            process.WaitForExit();
        }

        foreach (ICgroup cgroup in _made)
        {
            cgroup.Kill(Libc.SIGKILL);
            cgroup.Remove();
        }
    }

    private ICgroup Version1(string path = "")
    {
        CgroupHost host = CgroupHost.Detect();
        Assert.SkipUnless(Environment.UserName == "root" && host.Mode is CgroupMode.V1 or CgroupMode.Hybrid, "needs root and cgroup v1");
        return Keep(Cgroupfs.Locate(host, _name + path, "id"));
    }

    private ICgroup Version2()
    {
        CgroupHost host = CgroupHost.Detect();
        CgroupHierarchy? unified = host.Hierarchies.FirstOrDefault(h => h.Controllers.Length == 0);
        Assert.SkipUnless(Environment.UserName == "root" && unified is not null, "needs root and a cgroup2 mount");
        // Below a cgroup of our own, whose list of controllers to pass on is empty: the host's settings stay as they are.
        string parent = unified!.MountPoint + _name;
        Keep(Cgroupfs.Open([new CgroupDirectory("", parent, 1).ToString()])).Remove();
        Directory.CreateDirectory(parent);
        return Keep(Cgroupfs.Locate(new CgroupHost(CgroupMode.V2, [unified with { MountPoint = parent, OwnPath = "/" }]), "/a/b", "id"));
    }

    private ICgroup Keep(ICgroup cgroup)
    {
        // Inner cgroups go first.
        _made.Insert(0, cgroup);
        return cgroup;
    }

    /// <summary>A shell that enters through what <see cref="INewCgroup.OpenJoin"/> stands for, then runs <paramref name="script"/>, which says "in" when all its processes are there.</summary>
    private ChildProcess Start(ICgroup cgroup, string script)
    {
        string enter = string.Concat(cgroup.Directories.Select(d => "echo 0 > " + d.Path + (d.IsUnified ? "/cgroup.procs; " : "/tasks; ")));
        var process = ChildProcess.Start(new ProcessStartInfo("/bin/sh", ["-c", enter + script]) { RedirectStandardOutput = true })!;
        _started.Add(process);
        process.StandardOutput.ReadLine().Should().Be("in");
        return process;
    }

    private static CgroupPlan Plan(ICgroup cgroup, ResourcesSpec resources, CgroupChange change = CgroupChange.Create) =>
        cgroup.Plan(resources, change, JsonPointer.Of("linux", "resources"));

    private static string Read(ICgroup cgroup, string controller, string file) => File.ReadAllText(cgroup.PathOf(controller) + "/" + file).TrimEnd();

    [Fact]
    public void Version_1_from_birth_to_end()
    {
        ICgroup cgroup = Version1("/inner");
        cgroup.Directories.Should().OnlyContain(d => d.Missing == 2);
        cgroup.Create(false);
        CgroupPlan plan = Plan(cgroup, new ResourcesSpec { Pids = new(20), Memory = new() { Limit = 64 << 20 }, Cpu = new() { Shares = 512 } });
        cgroup.ApplyLimits(plan);
        cgroup.ApplyDeferredLimits(plan);
        cgroup.ApplyDeviceRules(plan);
        Read(cgroup, "pids", "pids.max").Should().Be("20");
        Read(cgroup, "cpu", "cpu.shares").Should().Be("512");
        Read(cgroup, "cpuset", "cpuset.cpus").Should().NotBeEmpty();
        using (CgroupJoin join = cgroup.OpenJoin())
            join.Tasks.Should().HaveCount(cgroup.Directories.Count(d => !d.IsUnified));

        ChildProcess process = Start(cgroup, "sleep 100 & sleep 100 & echo in; wait");
        cgroup.Invoking(c => Cgroupfs.Locate(CgroupHost.Detect(), _name + "/inner", "id").Create(false))
            .Should().Throw<LadeException>().WithMessage("container's cgroup is not empty: 3 process(es) found");
        ICgroup again = Cgroupfs.Open([.. cgroup.Directories.Select(d => d.ToString())]);
        again.Processes().Should().HaveCount(3).And.Contain(process.Id);
        again.Freeze();
        again.IsFrozen.Should().BeTrue();
        again.Thaw();
        again.IsFrozen.Should().BeFalse();
        again.Kill(Libc.SIGKILL);
        process.WaitForExit();
        again.Remove();

        cgroup.Directories.Should().OnlyContain(d => !Directory.Exists(CgroupPath.Parent(d.Path)));
    }

    [Fact]
    public void Version_1_device_rules_hold()
    {
        ICgroup cgroup = Version1();
        cgroup.Create(false);
        cgroup.ApplyDeviceRules(Plan(cgroup, new ResourcesSpec { Devices = [new DeviceRule { Allow = false }, new DeviceRule { Allow = true, Type = 'c', Major = 1, Minor = 11, Access = "r" }] }));

        Read(cgroup, "devices", "devices.list").Split('\n').Should().StartWith(["c 1:11 r", "c *:* m", "b *:* m", "c 1:3 rwm"]).And.HaveCount(13);
        Attempts(cgroup).Should().Equal("read 1:3", "write 1:3", "read 1:11");
    }

    [Fact]
    public void Version_1_memory_and_swap_go_up_and_down()
    {
        ICgroup cgroup = Version1();
        cgroup.Create(false);
        foreach ((long limit, long swap) in new[] { (64L << 20, 128L << 20), (256L << 20, 512L << 20), (16L << 20, 32L << 20), (-1, -1), (64L << 20, 64L << 20), (-1, 0) })
        {
            cgroup.ApplyLimits(Plan(cgroup, new ResourcesSpec { Memory = new() { Limit = limit, Swap = swap } }, CgroupChange.Update));

            if (limit > 0)
                Read(cgroup, "memory", "memory.limit_in_bytes").Should().Be(limit.ToString());
            else
                Read(cgroup, "memory", "memory.limit_in_bytes").Should().Be("9223372036854771712");
            if (swap > 0)
                Read(cgroup, "memory", "memory.memsw.limit_in_bytes").Should().Be(swap.ToString());
        }
    }

    [Fact]
    public void Version_1_quota_and_period_change_together()
    {
        ICgroup cgroup = Version1();
        cgroup.Create(false);
        ICgroup child = Keep(Cgroupfs.Locate(CgroupHost.Detect(), _name + "/child", "id"));
        child.Create(false);
        cgroup.ApplyLimits(Plan(cgroup, new ResourcesSpec { Cpu = new() { Quota = 50000, Period = 100000 } }));
        child.ApplyLimits(Plan(child, new ResourcesSpec { Cpu = new() { Quota = 50000, Period = 100000 } }));

        // The short period with the old quota would be more than the parent has.
        child.ApplyLimits(Plan(child, new ResourcesSpec { Cpu = new() { Quota = 5000, Period = 10000 } }, CgroupChange.Update));

        Read(child, "cpu", "cpu.cfs_period_us").Should().Be("10000");
        Read(child, "cpu", "cpu.cfs_quota_us").Should().Be("5000");
    }

    [Fact]
    public void Version_1_removal_waits_for_sub_cgroups_and_the_dying()
    {
        ICgroup cgroup = Version1();
        cgroup.Create(false);
        foreach (CgroupDirectory directory in cgroup.Directories)
            Directory.CreateDirectory(directory.Path + "/deep/deeper");
        ChildProcess process = Start(cgroup, "echo in; exec sleep 0.3");

        var watch = Stopwatch.StartNew();
        cgroup.Remove();

        watch.ElapsedMilliseconds.Should().BeInRange(100, 5000);
        process.WaitForExit();
        cgroup.Directories.Should().OnlyContain(d => !Directory.Exists(d.Path));
    }

    [Fact]
    public void Version_2_from_birth_to_end()
    {
        ICgroup cgroup = Version2();
        cgroup.Create(false);
        using (CgroupJoin join = cgroup.OpenJoin())
            join.CloneInto.Should().NotBeNull();
        ChildProcess process = Start(cgroup, "sleep 100 & sleep 100 & echo in; wait");
        cgroup.Processes().Should().HaveCount(3);
        cgroup.Freeze();
        cgroup.IsFrozen.Should().BeTrue();
        cgroup.Thaw();
        cgroup.IsFrozen.Should().BeFalse();

        cgroup.Kill(Libc.SIGKILL);
        process.WaitForExit();
        process.ExitCode.Should().Be(137);
        cgroup.Remove();

        cgroup.Directories.Should().OnlyContain(d => !Directory.Exists(d.Path));
    }

    [Fact]
    public void Version_2_device_rules_hold_and_are_replaced()
    {
        ICgroup cgroup = Version2();
        cgroup.Create(false);
        cgroup.ApplyDeviceRules(Plan(cgroup, new ResourcesSpec { Devices = [new DeviceRule { Allow = false }] }));
        Attempts(cgroup).Should().Equal("read 1:3", "write 1:3");

        cgroup.ApplyDeviceRules(Plan(cgroup, new ResourcesSpec { Devices = [new DeviceRule { Allow = false }, new DeviceRule { Allow = true, Type = 'c', Major = 1, Minor = 11, Access = "r" }] }));
        Attempts(cgroup).Should().Equal("read 1:3", "write 1:3", "read 1:11");

        cgroup.ApplyDeviceRules(Plan(cgroup, new ResourcesSpec { Devices = [new DeviceRule { Allow = true }] }));
        Attempts(cgroup).Should().Equal("read 1:3", "write 1:3", "read 1:11", "write 1:11");
    }

    /// <summary>What a process in the cgroup can open: /dev/null (1:3) and /dev/kmsg (1:11).</summary>
    private string[] Attempts(ICgroup cgroup)
    {
        ChildProcess process = Start(cgroup, """
            echo in
            (: < /dev/null) 2>/dev/null && echo "read 1:3"
            (: > /dev/null) 2>/dev/null && echo "write 1:3"
            (: < /dev/kmsg) 2>/dev/null && echo "read 1:11"
            (: > /dev/kmsg) 2>/dev/null && echo "write 1:11"
            """);
        string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        return lines;
    }
}
