using System;
using FluentAssertions;
using Lade.Configuration;
using Lade.Planning;
using Lade.Tests.Configuration;
using Lade.Tests.Plan;
using Xunit;

namespace Lade.Tests.Planning;

public sealed class SchedulingPlanTests
{
    private static readonly ProcessSpec s_process = new() { Cwd = "/", Args = ["a"] };

    [Theory]
    [InlineData("SCHED_OTHER", 0)]
    [InlineData("SCHED_FIFO", 1)]
    [InlineData("SCHED_RR", 2)]
    [InlineData("SCHED_BATCH", 3)]
    [InlineData("SCHED_IDLE", 5)]
    [InlineData("SCHED_DEADLINE", 6)]
    public void Policies(string policy, int number) =>
        Lines(s_process with { Scheduler = new SchedulerSpec { Policy = SpecName.Policy(policy) } }).Should().Equal($"SetScheduler({policy}, {number}) @/process/scheduler");

    [Fact]
    public void Every_property_of_a_scheduler() =>
        Lines(s_process with
        {
            Scheduler = new SchedulerSpec
            {
                Policy = SchedulerPolicy.Deadline, Nice = -3, Priority = 4, Flags = SchedulerFlags.Reclaim | SchedulerFlags.UtilClampMax, Runtime = 10, Deadline = 20, Period = 30,
            },
        }).Should().Equal("SetScheduler(SCHED_DEADLINE, 6) Flags=66 Nice=-3 Priority=4 Runtime=10 Deadline=20 Period=30 @/process/scheduler");

    [Theory]
    [InlineData("IOPRIO_CLASS_RT", 1)]
    [InlineData("IOPRIO_CLASS_BE", 2)]
    [InlineData("IOPRIO_CLASS_IDLE", 3)]
    public void IoPriorities(string name, int number) =>
        Lines(s_process with { IoPriority = new IoPrioritySpec(SpecName.IoPriorityClass(name), 7) }).Should().Equal($"SetIoPriority({name}, {number}, 7) @/process/ioPriority");

    [Theory]
    [InlineData("SCHED_DEADLINE", "", true)]
    [InlineData("SCHED_OTHER", "SCHED_FLAG_RESET_ON_FORK", true)]
    [InlineData("SCHED_RR", "SCHED_FLAG_KEEP_POLICY SCHED_FLAG_RESET_ON_FORK", true)]
    [InlineData("SCHED_RR", "SCHED_FLAG_KEEP_POLICY", false)]
    [InlineData("SCHED_FIFO", "", false)]
    [InlineData("SCHED_IDLE", "", false)]
    public void PolicyThatIsNotInheritedIsSetLast(string policy, string flags, bool last) =>
        SchedulingPlan.MustBeLast(s_process with { Scheduler = new SchedulerSpec { Policy = SpecName.Policy(policy), Flags = SpecName.SchedulerFlags(flags.Split(' ', StringSplitOptions.RemoveEmptyEntries)) } })
            .Should().Be(last);

    [Fact]
    public void NothingByDefault()
    {
        SchedulingPlan.MustBeLast(s_process with { IoPriority = new IoPrioritySpec(IoPriorityClass.Realtime, 1) }).Should().BeFalse();
        Lines(s_process).Should().BeEmpty();
        MemoryPolicy.Plan(new LinuxSpec()).Should().BeEmpty();
    }

    [Theory]
    [InlineData("MPOL_DEFAULT", null, 0)]
    [InlineData("MPOL_PREFERRED", null, 1)]
    [InlineData("MPOL_BIND", "0", 2)]
    [InlineData("MPOL_INTERLEAVE", "0-1", 3)]
    [InlineData("MPOL_LOCAL", null, 4)]
    [InlineData("MPOL_PREFERRED_MANY", "1", 5)]
    [InlineData("MPOL_WEIGHTED_INTERLEAVE", "1", 6)]
    public void MemoryPolicies(string mode, string? nodes, int number) =>
        OperationText.Lines(MemoryPolicy.Plan(new LinuxSpec { MemoryPolicy = new MemoryPolicySpec { Mode = SpecName.MemoryPolicyMode(mode), Nodes = nodes } }))
            .Should().Equal($"SetMemoryPolicy({mode}, {number}, {nodes ?? "null"}) @/linux/memoryPolicy");

    [Fact]
    public void FlagsOfAMemoryPolicyAreAddedToTheMode() =>
        OperationText.Bare(MemoryPolicy.Plan(new LinuxSpec
        {
            MemoryPolicy = new MemoryPolicySpec { Mode = MemoryPolicyMode.Bind, Nodes = "0", Flags = MemoryPolicyFlags.StaticNodes | MemoryPolicyFlags.NumaBalancing },
        })).Should().Equal($"SetMemoryPolicy(MPOL_BIND, {2 | (1 << 15) | (1 << 13)}, 0)");

    private static string[] Lines(ProcessSpec process) => OperationText.Lines(SchedulingPlan.Plan(process, JsonPointer.Of("process")));
}
