using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;

namespace Lade.Planning;

/// <summary>Plans on which CPUs a program runs, with which policy, and how its input and output is queued. Where its memory comes from is <see cref="MemoryPolicy"/>.</summary>
internal static class SchedulingPlan
{
    /// <summary>
    /// Whoever restricts lade itself (taskset, an engine's CPUAffinity=) does not mean the container: its own limit is the cpuset, which the kernel goes on
    /// to apply. After joining the cgroup, since version 2 remembers what a process asked for.
    /// </summary>
    public static Operation AllowEveryCpu() => new SetAffinity(null);

    /// <summary>
    /// A policy that a fork does not hand on, or that forbids to fork (SCHED_DEADLINE, sched(7)), is set last of all: after the process of `exec` was cloned and
    /// the hooks have run.
    /// </summary>
    public static bool MustBeLast(ProcessSpec process) =>
        process.Scheduler is { } scheduler && (scheduler.Policy == SchedulerPolicy.Deadline || (scheduler.Flags & SchedulerFlags.ResetOnFork) != 0);

    /// <summary>
    /// After the limits RLIMIT_NICE and RLIMIT_RTPRIO, which grant what CAP_SYS_NICE would, and while there is that capability, which the program may lack.
    /// </summary>
    /// <param name="at">Where the process object is.</param>
    public static IEnumerable<Operation> Become(ProcessSpec process, JsonPointer at)
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
