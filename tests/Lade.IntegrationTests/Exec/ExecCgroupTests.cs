using System;
using System.IO;
using System.Linq;
using System.Threading;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Exec;

/// <summary>`exec` and the container's cgroup: membership, parts of it, pauses, CPUs.</summary>
public sealed class ExecCgroupTests : ExecTest
{
    [Fact]
    public void The_process_is_in_every_hierarchy_where_the_container_is()
    {
        Container container = StartSleeping();
        string[] containers = File.ReadAllLines("/proc/" + container.Pid + "/cgroup");

        // Looked at from outside, since the container may see itself at the root.
        RunningCommand exec = StartExec(container, "container", "sleep", "1000");
        int pid = container.OtherProcess("sleep");

        File.ReadAllLines("/proc/" + pid + "/cgroup").Should().Equal(containers);
        Machine.Kill(pid);
        exec.Wait(Bundle.Lade.Timeout).ExitCode.Should().Be(137);
    }

    [Fact]
    public void Nobody_writes_a_pid_into_cgroup_procs()
    {
        Machine.NeedsFile("/usr/bin/strace");
        Container container = StartSleeping();
        string trace = Bundle.Directory + "/trace";
        Bundle.Lade.Wrapper = "strace -f -e trace=open,openat,openat2 -o " + trace;

        container.Exec("container", "true").ExitCode.Should().Be(0);

        string[] opened = [.. File.ReadAllLines(trace).Where(line => line.Contains("/sys/fs/cgroup"))];
        opened.Should().Contain(line => line.Contains("/tasks\"")).And.NotContain(line => line.Contains("cgroup.procs"));
    }

    [Fact]
    public void A_part_of_it_for_one_controller()
    {
        Machine.NeedsCgroup1();
        Container container = StartSleeping();
        Directory.CreateDirectory(container.Cgroup("devices") + "/part");
        Directory.CreateDirectory(container.Cgroup("pids") + "/other");

        string[] lines = ExecScript(container, "cat /proc/self/cgroup; :", "--cgroup", "devices:part", "--cgroup", "pids:/other").Lines;

        lines.Should().Contain(l => l.Contains(":devices:") && l.EndsWith("/part"));
        lines.Should().Contain(l => l.Contains(":pids:") && l.EndsWith("/other"));
        lines.Where(l => l.EndsWith("/part") || l.EndsWith("/other")).Should().HaveCount(2);
    }

    [Fact]
    public void A_part_does_not_lead_out()
    {
        Machine.NeedsCgroup1();
        Container container = StartSleeping();
        Directory.CreateDirectory(container.Cgroup("devices") + "/part");
        string[] lines = ExecScript(container, "cat /proc/self/cgroup; :", "--cgroup", "devices:../../part").Lines;
        lines.Should().Contain(l => l.Contains(":devices:") && l.EndsWith(Bundle.CgroupsPath + "/part"));
    }

    [Theory]
    [InlineData("devices:nope", "/nope/tasks: ENOENT")]
    [InlineData("bogus:part", "no cgroup of its own for the controller bogus")]
    [InlineData(":part", "invalid --cgroup argument: :part (empty <controller> prefix)")]
    public void A_part_that_is_not_there(string part, string message)
    {
        Machine.NeedsCgroup1();
        ExecError(StartSleeping(), "--cgroup", part, "container", "true").Should().Contain(message);
    }

    [Fact]
    public void A_paused_container_takes_nobody_unless_told_to()
    {
        Machine.NeedsCgroup1();
        Container container = StartSleeping();
        Freeze(container);
        try
        {
            ExecError(container, "container", "true").Should().Be("exec failed: cannot exec in a paused container (use --ignore-paused to override)");
            RunningCommand exec = StartExec(container, "--ignore-paused", "container", "echo", "thawed");
            _ = container.OtherProcess(_ => true, "the process is in the cgroup");
            Thread.Sleep(100);
            exec.Stdout.Should().BeEmpty();
            Thaw(container);
            exec.Wait(Bundle.Lade.Timeout).Should().Be(new CommandResult(0, "thawed\n", ""));
        }
        finally
        {
            Thaw(container);
        }
    }

    [Theory]
    [InlineData(false, "")]
    [InlineData(true, " (possibly OOM-killed)")]
    public void A_process_that_is_killed_on_its_way_is_not_started(bool wasOutOfMemory, string hint)
    {
        Machine.NeedsCgroup1();
        string big = wasOutOfMemory ? "dd if=/dev/zero of=/dev/null bs=64M count=1; " : "";
        Bundle.SetJson("/linux/resources/memory", """{"limit":8388608,"swap":8388608}""").Script(big + "echo ready; sleep 1000");
        Container container = NewContainer().RunDetached();
        container.WaitForOutput("ready");
        Freeze(container);
        int[] before = container.Processes();
        RunningCommand exec = StartExec(container, "--ignore-paused", "container", "echo", "thawed");
        Machine.Eventually(() => container.Processes().Length == before.Length + 1, "the process is in the cgroup");
        Machine.Kill(container.Processes().Except(before).Single());
        Thaw(container);

        CommandResult result = exec.Wait(Bundle.Lade.Timeout);
        (result.ExitCode, result.Stdout).Should().Be((255, ""));
        result.Error().Should().Be("exec failed: unable to start container process: init ended early: signal 9" + hint);
    }

    [Fact]
    public void Cpus_are_those_of_the_last_list()
    {
        Assert.SkipWhen(Environment.ProcessorCount < 2, "needs two CPUs");
        Bundle.SetJson("/process/execCPUAffinity", """{ "initial": "0", "final": "1" }""");
        StatusLine(ExecScript(StartSleeping(), "cat /proc/self/status"), "Cpus_allowed_list").Should().Be("1");
    }

    [Fact]
    public void Cpus_of_the_first_list_are_set_before_the_cgroup_is_joined()
    {
        Machine.NeedsFile("/usr/bin/strace");
        Assert.SkipWhen(Environment.ProcessorCount < 2, "needs two CPUs");
        Container container = StartSleeping();
        string trace = Bundle.Directory + "/trace";
        Bundle.Lade.Wrapper = "strace -f -e trace=sched_setaffinity,write -o " + trace;
        container.Exec("--process", Document(["true"], """{ "env": ["PATH=/bin"], "execCPUAffinity": { "initial": "0", "final": "0-1" } }"""), "container").ExitCode.Should().Be(0);

        string[] calls = [.. File.ReadAllLines(trace).Where(l => l.Contains("sched_setaffinity") || l.Contains(", \"0\", 1)")).Select(l => l.Split(' ', 2)[1])];
        calls[0].Should().Contain("[0]");
        calls[1].Should().Contain("write");
        calls.Should().Contain(l => l.Contains("[0 1]"));
    }

    [Fact]
    public void A_list_of_cpus_that_is_none_is_an_error() =>
        ExecError(StartSleeping(), "--process", Document(["/bin/true"], """{ "execCPUAffinity": { "final": "1-x" } }"""), "container").Should().Contain("/execCPUAffinity/final: ");

    private static void Freeze(Container container)
    {
        File.WriteAllText(container.Cgroup("freezer") + "/freezer.state", "FROZEN");
        Machine.Eventually(() => container.CgroupValue("freezer", "freezer.state") == "FROZEN", "the container is frozen");
    }

    private static void Thaw(Container container) => File.WriteAllText(container.Cgroup("freezer") + "/freezer.state", "THAWED");
}
