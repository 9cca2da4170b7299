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

/// <summary>Plans <c>linux.memoryPolicy</c>: the NUMA nodes of the program's memory (set_mempolicy(2)).</summary>
internal static class MemoryPolicy
{
    /// <summary>MPOL_F_NUMA_BALANCING, followed by the other two flags.</summary>
    private const int FirstFlag = 13;

    public static IEnumerable<Operation> Plan(LinuxSpec linux)
    {
        if (linux.MemoryPolicy is { } policy)
        {
            uint number = NumberOf(policy.Mode) | (uint)(WordList.MaskOf(SpecNames.MemoryPolicyFlags, policy.Flags) << FirstFlag);
            yield return new SetMemoryPolicy(policy.Mode, number, policy.Nodes) { Origin = JsonPointer.Of("linux", "memoryPolicy") };
        }
    }

    /// <summary>MPOL_* of linux/mempolicy.h.</summary>
    public static uint NumberOf(string mode) => mode switch
    {
        "MPOL_DEFAULT" => 0,
        "MPOL_PREFERRED" => 1,
        "MPOL_BIND" => 2,
        "MPOL_INTERLEAVE" => 3,
        "MPOL_LOCAL" => 4,
        "MPOL_PREFERRED_MANY" => 5,
        "MPOL_WEIGHTED_INTERLEAVE" => 6,
        _ => throw new LadeException("unknown memory policy " + mode),
    };
}
