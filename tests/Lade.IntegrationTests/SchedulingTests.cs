using System.Globalization;
using System.IO;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests;

/// <summary><c>process.scheduler</c>, <c>process.ioPriority</c>, <c>linux.memoryPolicy</c>, and the CPUs that a program may use.</summary>
public sealed class SchedulingTests : ContainerTest
{
    [Theory]
    [InlineData("""{ "policy": "SCHED_OTHER", "nice": 5 }""", 0, 0, 5)]
    [InlineData("""{ "policy": "SCHED_OTHER", "nice": -7 }""", 0, 0, -7)]
    [InlineData("""{ "policy": "SCHED_BATCH" }""", 3, 0, 0)]
    [InlineData("""{ "policy": "SCHED_IDLE" }""", 5, 0, 0)]
    [InlineData("""{ "policy": "SCHED_FIFO", "priority": 10 }""", 1, 10, 0)]
    [InlineData("""{ "policy": "SCHED_RR", "priority": 99 }""", 2, 99, 0)]
    public void The_scheduler_is_that_of_the_config_whatever_the_user(string scheduler, int policy, int priority, int nice)
    {
        if (priority > 0)
            StayInTheCallersCgroup();
        Bundle.SetJson("/process/scheduler", scheduler).User(1000, 1000).Capabilities([]);
        string[] stat = Stat(StartSleeping().Pid);

        (Field(stat, 41), Field(stat, 40), Field(stat, 19)).Should().Be((policy, priority, nice));
    }

    [Fact]
    public void A_deadline_with_its_three_times()
    {
        Machine.NeedsFile("/usr/bin/chrt");
        Bundle.SetJson("/process/scheduler", """{ "policy": "SCHED_DEADLINE", "runtime": 1000000, "deadline": 5000000, "period": 10000000, "flags": [ "SCHED_FLAG_RECLAIM" ] }""");
        Bundle.HookScript("startContainer", "true");
        // A caller that is bound to one CPU could not be given a deadline.
        Bundle.Lade.Wrapper = "taskset -c 0";

        Machine.Sh("chrt -p " + StartSleeping().Pid).Should().Contain("SCHED_DEADLINE").And.Contain("1000000/5000000/10000000");
    }

    [Fact]
    public void A_scheduler_that_children_do_not_inherit()
    {
        StayInTheCallersCgroup();
        Machine.NeedsFile("/usr/bin/chrt");
        Bundle.SetJson("/process/scheduler", """{ "policy": "SCHED_FIFO", "priority": 5, "flags": [ "SCHED_FLAG_RESET_ON_FORK" ] }""");

        Machine.Sh("chrt -p " + StartSleeping().Pid).Should().Contain("SCHED_FIFO|SCHED_RESET_ON_FORK");
    }

    [Fact]
    public void A_scheduler_that_the_kernel_refuses_is_an_error_of_start()
    {
        Bundle.SetJson("/process/scheduler", """{ "policy": "SCHED_DEADLINE", "runtime": 10000000, "deadline": 5000000, "period": 1000000 }""");
        Container container = NewContainer();
        CommandResult result = container.Run();

        result.ExitCode.Should().Be(1);
        result.Error().Should().Contain("/process/scheduler: set scheduler SCHED_DEADLINE: EINVAL");
        container.Leftovers().Should().BeEmpty();
    }

    [Theory]
    [InlineData("IOPRIO_CLASS_RT", 0, "realtime: prio 0")]
    [InlineData("IOPRIO_CLASS_BE", 6, "best-effort: prio 6")]
    [InlineData("IOPRIO_CLASS_IDLE", 7, "idle")]
    public void The_io_priority(string name, int priority, string shown)
    {
        Machine.NeedsFile("/usr/bin/ionice");
        Bundle.SetJson("/process/ioPriority", $$"""{ "class": "{{name}}", "priority": {{priority}} }""").User(1000, 1000).Capabilities([]);

        Machine.Sh("ionice -p " + StartSleeping().Pid).Should().Be(shown);
    }

    [Theory]
    [InlineData("""{ "mode": "MPOL_DEFAULT", "nodes": "" }""", "default")]
    [InlineData("""{ "mode": "MPOL_BIND", "nodes": "0" }""", "bind:0")]
    [InlineData("""{ "mode": "MPOL_BIND", "nodes": "0", "flags": [ "MPOL_F_STATIC_NODES", "MPOL_F_NUMA_BALANCING" ] }""", "bind=static")]
    [InlineData("""{ "mode": "MPOL_INTERLEAVE", "nodes": "0", "flags": [ "MPOL_F_RELATIVE_NODES" ] }""", "interleave=relative:0")]
    [InlineData("""{ "mode": "MPOL_PREFERRED", "nodes": "0" }""", "prefer:0")]
    [InlineData("""{ "mode": "MPOL_LOCAL" }""", "local")]
    public void The_memory_policy(string policy, string shown)
    {
        Machine.NeedsFile("/proc/self/numa_maps");
        Bundle.SetJson("/linux/memoryPolicy", policy);

        File.ReadAllLines("/proc/" + StartSleeping().Pid + "/numa_maps").Should().Contain(line => line.Contains(" " + shown));
    }

    [Fact]
    public void A_memory_node_that_is_not_there_is_an_error()
    {
        Machine.NeedsFile("/proc/self/numa_maps");
        Bundle.SetJson("/linux/memoryPolicy", """{ "mode": "MPOL_BIND", "nodes": "700" }""").Sleeps();

        CreationError().Should().Contain("/linux/memoryPolicy: set memory policy MPOL_BIND on nodes 700: EINVAL");
    }

    [Fact]
    public void A_restriction_of_the_callers_cpus_does_not_reach_the_program()
    {
        string all = NeedsTwoCpus();
        Bundle.Lade.Wrapper = "taskset -c 0";

        StartSleeping().Status("Cpus_allowed_list").Should().Be(all);
    }

    [Fact]
    public void The_cpuset_of_the_container_does()
    {
        NeedsTwoCpus();
        Bundle.SetJson("/linux/resources/cpu", """{ "cpus": "1", "mems": "0" }""");
        Bundle.Lade.Wrapper = "taskset -c 0";

        StartSleeping().Status("Cpus_allowed_list").Should().Be("1");
    }

    private static string NeedsTwoCpus()
    {
        Machine.NeedsFile("/usr/bin/taskset");
        string all = File.ReadAllText("/sys/devices/system/cpu/online").TrimEnd();
        Assert.SkipWhen(all == "0", "needs two CPUs");
        return all;
    }

    /// <summary>Where cgroups share out real time (CONFIG_RT_GROUP_SCHED), a new one has none.</summary>
    private void StayInTheCallersCgroup() => Bundle.Lade.GlobalOptions = ["--cgroup-manager", "disabled"];

    /// <summary>Fields of proc_pid_stat(5) after the name, which is the second.</summary>
    private static string[] Stat(int pid)
    {
        string line = File.ReadAllText("/proc/" + pid + "/stat");
        return line[(line.LastIndexOf(')') + 2)..].Split(' ');
    }

    private static int Field(string[] stat, int number) => int.Parse(stat[number - 3], CultureInfo.InvariantCulture);
}
