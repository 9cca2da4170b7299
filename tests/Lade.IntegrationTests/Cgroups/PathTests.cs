using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Cgroups;

/// <summary>Where the container's cgroups are, who made them, and who removes them.</summary>
public sealed class PathTests : ContainerTest, IDisposable
{
    private readonly List<string> _made = [];

    /// <summary>A cgroup that is there before the container.</summary>
    private string Before => "/" + Bundle.Name + "-before";

    private static string Hierarchy(string controller) => Machine.CgroupHierarchies.First(m => m.Type == "cgroup" && m.SuperOptions.Contains(controller)).Target;

    /// <summary>Makes a cgroup in every hierarchy, as somebody before lade would.</summary>
    private void MakeEverywhere(string path)
    {
        Machine.NeedsCgroup1();
        foreach (MountInfo hierarchy in Machine.CgroupHierarchies)
            Make(hierarchy.Target + path);
    }

    private void Make(string directory)
    {
        for (string at = directory; !Directory.Exists(at); at = Path.GetDirectoryName(at)!)
            _made.Add(at);
        Directory.CreateDirectory(directory);
    }

    void IDisposable.Dispose()
    {
        base.Dispose();
        // Deepest first.
        foreach (string directory in _made.OrderByDescending(d => d.Length).Where(Directory.Exists))
            Directory.Delete(directory);
    }

    [Fact]
    public void A_cgroup_that_cannot_be_made_is_named()
    {
        Machine.NeedsCgroup1();
        Bundle.Set("/linux/cgroupsPath", "/" + Bundle.Name + "/two\nlines");

        CreationError().Should().Contain("unable to apply cgroup configuration: mkdir /sys/fs/cgroup/").And.Contain("EINVAL: invalid argument");
    }

    /// <summary>The program's user looks at it through its cgroup mount.</summary>
    [Fact]
    public void The_umask_of_the_caller_does_not_hide_the_cgroup()
    {
        Machine.NeedsCgroup1();
        Bundle.Sleeps();
        Bundle.Lade.Surroundings = "umask 077";
        Container container = NewContainer().Create();

        File.GetUnixFileMode(container.Cgroup("pids")).Should().Be((UnixFileMode)0x1ED);
    }

    [Fact]
    public void Without_a_path_it_is_the_id_below_lades_own()
    {
        Machine.NeedsCgroup1();
        string id = Bundle.Name;
        Bundle.Sleeps().Remove("/linux/cgroupsPath");
        Container container = NewContainer(id).Create();

        Dictionary<string, string> own = OwnCgroups();

        foreach (string line in File.ReadAllLines("/proc/" + container.Pid + "/cgroup"))
        {
            string[] parts = line.Split(':', 3);
            parts[2].Should().Be(own[parts[1]].TrimEnd('/') + "/" + id, line);
        }

        container.Delete(force: true).ExitCode.Should().Be(0);
        foreach (MountInfo hierarchy in Machine.CgroupHierarchies)
            Directory.Exists(hierarchy.Target + "/" + id).Should().BeFalse();
    }

    [Fact]
    public void A_relative_path_is_below_lades_own_and_an_absolute_one_below_the_root()
    {
        Machine.NeedsCgroup1();
        Bundle.Sleeps().Set("/linux/cgroupsPath", Bundle.Name + "/rel");
        Container container = NewContainer().Create();

        Dictionary<string, string> own = OwnCgroups();
        File.ReadAllLines("/proc/" + container.Pid + "/cgroup").Select(l => l.Split(':', 3)).Should().OnlyContain(p => p[2] == own[p[1]].TrimEnd('/') + "/" + Bundle.Name + "/rel");
        container.Delete(force: true).ExitCode.Should().Be(0);

        Bundle.Set("/linux/cgroupsPath", Bundle.CgroupsPath + "/deeper");
        container = NewContainer("absolute").Create();
        File.ReadAllLines("/proc/" + container.Pid + "/cgroup").Select(l => l.Split(':', 3)[2]).Distinct().Should().Equal(Bundle.CgroupsPath + "/deeper");
    }

    [Fact]
    public void A_cgroup_with_processes_is_refused_and_left_alone()
    {
        MakeEverywhere(Before);
        Bundle.Set("/linux/cgroupsPath", Before);
        using var process = System.Diagnostics.Process.Start("/bin/sleep", "1000");
        try
        {
            File.WriteAllText(Hierarchy("pids") + Before + "/cgroup.procs", process.Id.ToString());
            Container container = NewContainer();

            CommandResult result = container.TryCreate();

            result.ExitCode.Should().Be(1);
            result.Error().Should().Be("lade create failed: container's cgroup is not empty: 1 process(es) found");
            Directory.Exists(container.StateDirectory).Should().BeFalse();
            Directory.Exists(Hierarchy("pids") + Before).Should().BeTrue();
            Machine.IsAlive(process.Id).Should().BeTrue();
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
        }
    }

    [Fact]
    public void The_cgroup_of_another_container_is_refused()
    {
        Container container = StartSleeping();

        Keep(new ForcedDelete(Bundle.Lade, "second"));
        CommandResult second = Bundle.Lade.Run("create", "--bundle", Bundle.Path, "second");

        second.ExitCode.Should().Be(1);
        second.Error().Should().Be("lade create failed: container's cgroup is not empty: 1 process(es) found");
        container.StatusWord.Should().Be("running");
        Bundle.Lade.Run("state", "second").Error().Should().Be("container does not exist");
    }

    [Fact]
    public void A_frozen_cgroup_is_refused()
    {
        MakeEverywhere(Before);
        Bundle.Set("/linux/cgroupsPath", Before);
        File.WriteAllText(Hierarchy("freezer") + Before + "/freezer.state", "FROZEN");
        Container container = NewContainer();

        CommandResult result = container.TryCreate();

        File.WriteAllText(Hierarchy("freezer") + Before + "/freezer.state", "THAWED");
        result.ExitCode.Should().Be(1);
        result.Error().Should().Be("lade create failed: container's cgroup unexpectedly frozen");
        Directory.Exists(container.StateDirectory).Should().BeFalse();
    }

    [Fact]
    public void What_was_there_before_stays()
    {
        MakeEverywhere(Before);
        Make(Hierarchy("pids") + Before + "/leaf");
        Bundle.Sleeps().Set("/linux/cgroupsPath", Before + "/leaf");
        Container container = NewContainer().Create();

        container.Delete(force: true).ExitCode.Should().Be(0);

        foreach (MountInfo hierarchy in Machine.CgroupHierarchies)
        {
            Directory.Exists(hierarchy.Target + Before).Should().BeTrue();
            Directory.Exists(hierarchy.Target + Before + "/leaf").Should().Be(hierarchy.Target == Hierarchy("pids"));
        }
    }

    [Fact]
    public void What_the_container_made_below_its_cgroup_is_removed()
    {
        Machine.NeedsCgroup1();
        Container container = StartSleeping();
        foreach (MountInfo hierarchy in Machine.CgroupHierarchies)
            Directory.CreateDirectory(hierarchy.Target + Bundle.CgroupsPath + "/a/b");

        container.Delete(force: true).ExitCode.Should().Be(0);

        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void Processes_in_sub_cgroups_are_killed_without_a_pid_namespace()
    {
        Machine.NeedsCgroup1();
        Bundle.WithoutNamespace("pid").Script("sleep 1000 & sleep 1000 & echo ready; wait");
        Container container = NewContainer().RunDetached().WaitForOutput("ready");
        int[] pids = container.Processes();
        int moved = pids.First(p => p != container.Pid);
        // A new v1 cpuset has no CPUs, and nobody may enter it.
        foreach (MountInfo hierarchy in Machine.CgroupHierarchies.Where(h => !h.SuperOptions.Contains("cpuset")))
        {
            Directory.CreateDirectory(hierarchy.Target + Bundle.CgroupsPath + "/sub");
            File.WriteAllText(hierarchy.Target + Bundle.CgroupsPath + "/sub/cgroup.procs", moved.ToString());
        }

        container.Delete(force: true).ExitCode.Should().Be(0);

        pids.Where(Machine.IsAlive).Should().BeEmpty();
        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void With_no_cgroup_manager_there_is_no_cgroup()
    {
        Bundle.Sleeps();
        Bundle.Lade.GlobalOptions = ["--cgroup-manager", "disabled"];
        Container container = NewContainer().Create();

        container.Cgroups().Should().BeEmpty();
        container.Start().Delete(force: true).ExitCode.Should().Be(0);
        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void Without_systemd_the_reason_is_named_and_nothing_is_left()
    {
        Bundle.Lade.GlobalOptions = ["--systemd-cgroup"];
        Bundle.Lade.Environment["DBUS_SYSTEM_BUS_ADDRESS"] = "unix:path=/nowhere/bus";
        Bundle.Set("/linux/cgroupsPath", Bundle.Name + ".slice:lade:" + Bundle.Name);
        Container container = NewContainer();

        CommandResult result = container.TryCreate();

        result.ExitCode.Should().Be(1);
        result.Error().Should().Be("lade create failed: cannot connect to systemd: /nowhere/bus: ENOENT: no such file or directory");
        container.Leftovers().Should().BeEmpty();
        Directory.GetDirectories("/sys/fs/cgroup", "*" + Bundle.Name + "*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true })
            .Should().BeEmpty();
    }

    [Fact]
    public void Systemd_wants_three_parts()
    {
        Bundle.Lade.GlobalOptions = ["--cgroup-manager", "systemd"];

        CommandResult result = NewContainer().TryCreate();

        result.ExitCode.Should().Be(1);
        result.Error().Should().Contain("/linux/cgroupsPath: expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got ");
    }

    private static Dictionary<string, string> OwnCgroups() =>
        File.ReadAllLines("/proc/self/cgroup").Select(l => l.Split(':', 3)).ToDictionary(p => p[1], p => p[2]);
}
