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
    public static Operation AllowEveryCpu() => new SetAffinity(null);

    /// <summary>
    /// A policy that is reset on fork, or prevents it (SCHED_DEADLINE, sched(7)), is set last: after the process of `exec` was cloned and the hooks have run.
    /// </summary>
    public static bool MustBeLast(ProcessSpec process)
    {
        if (process.Scheduler is not { } scheduler)
            return false;
        const uint SCHED_FLAG_RESET_ON_FORK = 1;
        return scheduler.Policy == "SCHED_DEADLINE" || (WordList.MaskOf(SpecNames.SchedulerFlags, scheduler.Flags) & SCHED_FLAG_RESET_ON_FORK) != 0;
    }

    /// <summary>After RLIMIT_NICE and RLIMIT_RTPRIO, which replace CAP_SYS_NICE, and while we still have that capability, which the program may lack.</summary>
    /// <param name="at">Pointer to the process object.</param>
    public static IEnumerable<Operation> Plan(ProcessSpec process, JsonPointer at)
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

        // IOPRIO_CLASS_NONE is 0 and not a config.json value.
        if (process.IoPriority is { } io)
            yield return new SetIoPriority(io.Class, 1 + (uint)WordList.IndexOf(SpecNames.IoPriorityClasses, io.Class), (uint)io.Priority) { Origin = at.At("ioPriority") };
    }
}
