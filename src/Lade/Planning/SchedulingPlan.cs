using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;

namespace Lade.Planning;

/// <summary>Plans CPU affinity, scheduling policy and I/O priority. <see cref="MemoryPolicy"/> plans NUMA placement.</summary>
internal static class SchedulingPlan
{
    /// <summary>
    /// A restriction on lade itself (taskset, an engine's CPUAffinity=) is not meant for the container: its own limit is the cpuset, which the kernel still
    /// applies. After joining the cgroup, since cgroup v2 remembers the affinity that a process requested.
    /// </summary>
    public static Operation ResetAffinity() => new SetAffinity(null);

    /// <summary>
    /// A policy that is reset on fork, or prevents it (SCHED_DEADLINE, sched(7)), is set last: after the process of `exec` was cloned and the hooks have run.
    /// </summary>
    public static bool MustBeLast(ProcessSpec process) =>
        process.Scheduler is { } scheduler && (scheduler.Policy == SchedulerPolicy.Deadline || (scheduler.Flags & SchedulerFlags.ResetOnFork) != 0);

    /// <summary>After RLIMIT_NICE and RLIMIT_RTPRIO, which replace CAP_SYS_NICE, and while we still have that capability, which the program may lack.</summary>
    /// <param name="at">Pointer to the process object.</param>
    public static IEnumerable<Operation> Plan(ProcessSpec process, JsonPointer at)
    {
        if (process.Scheduler is { } scheduler)
        {
            yield return new SetScheduler(SpecNames.NameOf(scheduler.Policy), (uint)scheduler.Policy)
            {
                Flags = (ulong)scheduler.Flags,
                Nice = scheduler.Nice,
                Priority = (uint)scheduler.Priority,
                Runtime = scheduler.Runtime,
                Deadline = scheduler.Deadline,
                Period = scheduler.Period,
                Origin = at.At("scheduler"),
            };
        }

        if (process.IoPriority is { } io)
            yield return new SetIoPriority(SpecNames.NameOf(io.Class), (uint)io.Class, (uint)io.Priority) { Origin = at.At("ioPriority") };
    }
}

/// <summary>Plans <c>linux.memoryPolicy</c>: the NUMA nodes of the program's memory (set_mempolicy(2)).</summary>
internal static class MemoryPolicy
{
    public static IEnumerable<Operation> Plan(LinuxSpec linux)
    {
        if (linux.MemoryPolicy is { } policy)
        {
            uint number = (uint)policy.Mode | (uint)policy.Flags;
            yield return new SetMemoryPolicy(SpecNames.NameOf(policy.Mode), number, policy.Nodes) { Origin = JsonPointer.Of("linux", "memoryPolicy") };
        }
    }
}
