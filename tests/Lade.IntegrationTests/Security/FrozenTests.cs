using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Security;

/// <summary>What is frozen takes no SIGKILL on cgroup v1, and a container may freeze its own processes: that keeps nobody from ending it.</summary>
public sealed class FrozenTests : ContainerTest
{
    /// <summary>In v1 a process is in a cgroup of each hierarchy, and a mate of its pod that sees it may move it to a frozen one of its own.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_container_that_another_has_taken_to_its_frozen_cgroup_can_be_ended(bool sharedPidNamespace)
    {
        Machine.NeedsCgroup1();
        Bundle attackers = NewBundle().WritesCgroups(cgroupNamespace: true, pidNamespace: sharedPidNamespace).Capabilities([]).Script(
            "mkdir /sys/fs/cgroup/freezer/cold; echo FROZEN >/sys/fs/cgroup/freezer/cold/freezer.state; echo ready; while ! [ -e /tmp/pid ]; do usleep 10000; done; echo $(cat /tmp/pid) >/sys/fs/cgroup/freezer/cold/cgroup.procs && echo taken; sleep 1000");
        Container attacker = NewContainer(attackers, "attacker").RunDetached().WaitForOutput("ready");
        Bundle.Sleeps();
        if (sharedPidNamespace)
            Bundle.WithoutNamespace("pid").Namespace("pid", "/proc/" + attacker.Pid + "/ns/pid");
        Container victim = NewContainer().RunDetached();
        string seen = sharedPidNamespace ? victim.Status("NSpid").Split('\t')[^1] : victim.Pid.ToString();
        File.WriteAllText(attackers.Rootfs + "/tmp/pid.new", seen);
        File.Move(attackers.Rootfs + "/tmp/pid.new", attackers.Rootfs + "/tmp/pid");
        attacker.WaitForOutput("taken");

        victim.Kill().Should().Be(new CommandResult(0, "", ""));
        Machine.Eventually(() => victim.StatusWord == "stopped", "it ends");
        victim.Delete().Should().Be(new CommandResult(0, "", ""));
        attacker.Delete(force: true).ExitCode.Should().Be(0);
    }

    public FrozenTests() => Machine.NeedsCgroup1();

    public static IEnumerable<object[]> Kinds() => from cgroup in (bool[])[true, false] from pid in (bool[])[true, false] select new object[] { cgroup, pid };

    /// <summary>With three levels of cgroups, each of which is frozen by itself and has a process; the first process is in the lowest.</summary>
    private Container Frozen(bool cgroupNamespace, bool pidNamespace, string last = "sleep 1000")
    {
        Bundle.WritesCgroups(cgroupNamespace, pidNamespace).Script($$"""
            cd /sys/fs/cgroup/freezer
            mkdir -p one/two/three
            for level in one one/two one/two/three; do sleep 1000 & echo $! >$level/cgroup.procs; done
            ( until [ $(wc -l <one/two/three/cgroup.procs) -ge 2 ]; do :; done
              for level in one/two/three one/two one; do echo FROZEN >$level/freezer.state; done
              {{last}} ) &
            sh -c 'echo $PPID >one/two/three/cgroup.procs'
            sleep 1000
            """);
        Container container = NewContainer().RunDetached();
        string one = container.Cgroup("freezer") + "/one";
        Machine.Eventually(() => File.Exists(one + "/freezer.self_freezing") && Read(one + "/freezer.self_freezing") == "1" && Read(one + "/freezer.state") == "FROZEN", "frozen");
        return container;
    }

    private static string Read(string path) => File.ReadAllText(path).TrimEnd();

    private void Ends(Container container, Func<CommandResult> command)
    {
        IReadOnlyList<int> inhabitants = Bundle.Inhabitants();
        inhabitants.Should().HaveCountGreaterThan(3);

        command().Should().Be(new CommandResult(0, "", ""));

        Machine.Eventually(() => !inhabitants.Any(Machine.IsAlive), "end of all processes");
        container.Delete(force: true).Should().Be(new CommandResult(0, "", ""));
        container.Leftovers().Should().BeEmpty();
        Machine.Eventually(() => Bundle.Inhabitants().Count == 0, "nobody is left");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Kill_ends_what_is_frozen_below(bool cgroupNamespace, bool pidNamespace)
    {
        Container container = Frozen(cgroupNamespace, pidNamespace);

        Ends(container, () => container.Kill());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Delete_ends_what_is_frozen_below(bool cgroupNamespace, bool pidNamespace)
    {
        Container container = Frozen(cgroupNamespace, pidNamespace);

        Ends(container, () => container.Delete(force: true));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_process_that_freezes_the_others_again_dies_with_them(bool pidNamespace)
    {
        Container container = Frozen(cgroupNamespace: true, pidNamespace, "while :; do echo FROZEN >one/freezer.state; echo FROZEN >one/two/three/freezer.state; done");

        Ends(container, () => container.Delete(force: true));
    }

    /// <summary>From outside, so that it does not die with the container.</summary>
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public void Somebody_who_freezes_again_and_again_is_outrun(bool pidNamespace, bool delete)
    {
        Container container = Frozen(cgroupNamespace: true, pidNamespace);
        string one = container.Cgroup("freezer") + "/one";
        using var stop = new CancellationTokenSource();
        var freezer = new Thread(() =>
        {
            byte[] frozen = "FROZEN"u8.ToArray();
            while (!stop.IsCancellationRequested)
            {
                foreach (string path in (string[])[one, one + "/two", one + "/two/three"])
                {
                    try
                    {
                        using FileStream file = File.OpenWrite(path + "/freezer.state");
                        file.Write(frozen);
                    }
                    catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                    {
                        // Removed: what was to be shown.
                    }
                }
            }
        });
        freezer.Start();
        try
        {
            Ends(container, () => delete ? container.Delete(force: true) : container.Kill());
        }
        finally
        {
            stop.Cancel();
            freezer.Join();
        }
    }

    [Fact]
    public void A_fork_bomb_that_thaws_itself_ends()
    {
        // Each process starts two, and ends; some of them undo whatever holds the others still.
        Bundle.WritesCgroups(cgroupNamespace: true, pidNamespace: false).Set("/linux/resources/pids", new System.Text.Json.Nodes.JsonObject { ["limit"] = 400 }).Script("""
            cd /sys/fs/cgroup
            bomb() { echo THAWED >freezer/freezer.state; echo 400 >pids/pids.max; bomb & bomb & } 2>/dev/null
            bomb
            echo ready
            sleep 1000
            """);
        Container container = NewContainer().RunDetached().WaitForOutput("ready");

        container.Delete(force: true).Should().Be(new CommandResult(0, "", ""));

        container.Leftovers().Should().BeEmpty();
        Machine.Eventually(() => Bundle.Inhabitants().Count == 0, "nobody is left");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_cgroup_above_that_is_frozen_is_named_at_once(bool pidNamespace)
    {
        string pod = "/" + Bundle.Name + "-pod";
        Bundle.WritesCgroups(cgroupNamespace: true, pidNamespace).Sleeps().Set("/linux/cgroupsPath", pod + "/c");
        Container container = NewContainer().RunDetached();
        string above = Machine.CgroupHierarchies.First(m => m.Type == "cgroup" && m.SuperOptions.Contains("freezer")).Target + pod;
        File.WriteAllText(above + "/freezer.state", "FROZEN");
        var watch = System.Diagnostics.Stopwatch.StartNew();
        try
        {
            string expected = "container init still running: the cgroup " + above + " above the container's is frozen, so that none of its processes can end";
            container.Kill().Error().Should().Be(expected);
            container.Delete(force: true).Error().Should().Be(expected);

            watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(5));
            Directory.Exists(container.StateDirectory).Should().BeTrue();
        }
        finally
        {
            File.WriteAllText(above + "/freezer.state", "THAWED");
        }

        container.WaitForExit().Delete().ExitCode.Should().Be(0);
        Directory.Exists(above).Should().BeFalse();
    }
}
