using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;

namespace Lade.Scheduling;

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
    public static bool MustBeLast(ProcessSpec process)
    {
        if (process.Scheduler is not { } scheduler)
            return false;
        const uint SCHED_FLAG_RESET_ON_FORK = 1;
        return scheduler.Policy == "SCHED_DEADLINE" || (WordList.MaskOf(SpecNames.SchedulerFlags, scheduler.Flags) & SCHED_FLAG_RESET_ON_FORK) != 0;
    }

    /// <summary>
    /// Planned after RLIMIT_NICE and RLIMIT_RTPRIO, which permit what CAP_SYS_NICE would, and before that capability is dropped.
    /// </summary>
    /// <param name="at">Where the process object is.</param>
    public static IEnumerable<Operation> SetPolicy(ProcessSpec process, JsonPointer at)
    {
        if (process.Scheduler is { } scheduler)
        {
            yield return new SetScheduler(scheduler.Policy, (uint)WordList.IndexOf(SpecNames.SchedulerPolicies, scheduler.Policy))
            {
                Flags = WordList.MaskOf(SpecNames.SchedulerFlags, scheduler.Flags),
                Nice = scheduler.Nice,
                Priority = (uint)scheduler.Priority,
                Runtime = scheduler.Runtime,
                Deadline = scheduler.Deadline,
                Period = scheduler.Period,
                Origin = at.At("scheduler"),
            };
        }

        // IOPRIO_CLASS_NONE is 0, and not a value of config.json.
        if (process.IoPriority is { } io)
            yield return new SetIoPriority(io.Class, 1 + (uint)WordList.IndexOf(SpecNames.IoPriorityClasses, io.Class), (uint)io.Priority) { Origin = at.At("ioPriority") };
    }
}
