using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;

namespace Lade.Planning;

/// <summary>Plans CPU affinity, scheduling policy and I/O priority of a program.</summary>
internal static class SchedulingPlan
{
    /// <summary>
    /// All CPUs: an affinity of lade itself (taskset, an engine's CPUAffinity=) is not meant for the container, whose limit is the cpuset. Planned after joining the cgroup,
    /// because v2 remembers the affinity that a process asked for.
    /// </summary>
    public static Operation ResetAffinity() => new SetAffinity(null);

    /// <summary>
    /// A policy that children do not inherit, or that forbids fork (SCHED_DEADLINE, sched(7)), is set last, after the process of `exec` was cloned and the hooks have run.
    /// </summary>
    public static bool MustBeLast(ProcessSpec process) =>
        process.Scheduler is { } scheduler && (scheduler.Policy == SchedulerPolicy.Deadline || (scheduler.Flags & SchedulerFlags.ResetOnFork) != 0);

    /// <summary>
    /// Planned after RLIMIT_NICE and RLIMIT_RTPRIO, which permit what CAP_SYS_NICE would, and before that capability is dropped.
    /// </summary>
    /// <param name="at">Where the process object is.</param>
    public static IEnumerable<Operation> SetPolicy(ProcessSpec process, JsonPointer at)
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
