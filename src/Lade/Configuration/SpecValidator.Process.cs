using System.Collections.Generic;

namespace Lade.Configuration;

internal static partial class SpecValidator
{
    /// <param name="at">Where the process object stands: <c>/process</c>, or the whole document for exec.</param>
    public static void ValidateProcess(ProcessSpec process, JsonPointer at, List<ConfigProblem> problems)
    {
        ValidateAbsolute(process.Cwd, at.At("cwd"), problems);
        if (process.Args.Count == 0)
            problems.Add(at.At("args"), "is missing or empty; the program's name and its arguments are required");
        ValidateEnvironment(process.Env, at.At("env"), problems);
        ValidateUser(process.User, at.At("user"), problems);
        ValidateRlimits(process.Rlimits, at.At("rlimits"), problems);
        // Without a terminal the size has no meaning and is to be ignored.
        if (process.Terminal && process.ConsoleSize is { } size && (size.Height > ushort.MaxValue || size.Width > ushort.MaxValue))
            problems.Add(at.At("consoleSize"), "is larger than a terminal can be; 0 to 65535 rows and columns are allowed");
        if (process.OomScoreAdj is < -1000 or > 1000)
            problems.Add(at.At("oomScoreAdj"), process.OomScoreAdj + " is out of range; an integer from -1000 to 1000 is allowed");
        if (process.Scheduler is { } scheduler)
            ValidateScheduler(scheduler, at.At("scheduler"), problems);
        if (process.IoPriority is { Priority: < 0 or > 7 } priority)
            problems.Add(at.At("ioPriority").At("priority"), priority.Priority + " is out of range; an integer from 0 to 7 is allowed");
        if (process.ExecCpuAffinity is { } affinity)
        {
            ValidateNumberList(affinity.Initial, at.At("execCPUAffinity").At("initial"), problems);
            ValidateNumberList(affinity.Final, at.At("execCPUAffinity").At("final"), problems);
        }
    }

    /// <summary>setresuid(2) takes 2^32-1 for "leave alone", so a process with that id would keep the runtime's.</summary>
    private static void ValidateUser(UserSpec user, JsonPointer at, List<ConfigProblem> problems)
    {
        const string Message = "4294967295 is no id; an integer from 0 to 4294967294 is allowed";
        if (user.Uid == uint.MaxValue)
            problems.Add(at.At("uid"), Message);
        if (user.Gid == uint.MaxValue)
            problems.Add(at.At("gid"), Message);
        for (int i = 0; i < user.AdditionalGids.Count; i++)
        {
            if (user.AdditionalGids[i] == uint.MaxValue)
                problems.Add(at.At("additionalGids").At(i), Message);
        }
    }

    private static void ValidateRlimits(IReadOnlyList<RlimitSpec> rlimits, JsonPointer at, List<ConfigProblem> problems)
    {
        for (int i = 0; i < rlimits.Count; i++)
        {
            RlimitSpec rlimit = rlimits[i];
            if (rlimit.Soft > rlimit.Hard)
                problems.Add(at.At(i).At("soft"), rlimit.Soft + " is above the hard limit; at most " + rlimit.Hard + " is allowed");
            for (int j = 0; j < i; j++)
            {
                if (rlimit.Type.Length > 0 && rlimits[j].Type == rlimit.Type)
                {
                    problems.Add(at.At(i).At("type"), rlimit.Type + " is listed twice; each type is allowed once");
                    break;
                }
            }
        }
    }

    /// <summary>sched_setattr(2), which clamps or passes over what it does not like; a property that has no effect is a mistake.</summary>
    private static void ValidateScheduler(SchedulerSpec scheduler, JsonPointer at, List<ConfigProblem> problems)
    {
        if (scheduler.Policy == "SCHED_ISO")
            problems.Add(at.At("policy"), "SCHED_ISO is a name that Linux reserves; it has no such scheduler");
        if (scheduler.Nice is < -20 or > 19)
            problems.Add(at.At("nice"), scheduler.Nice + " is out of range; an integer from -20 to 19 is allowed");
        if (scheduler.Policy is "SCHED_FIFO" or "SCHED_RR")
        {
            if (scheduler.Priority is < 1 or > 99)
                problems.Add(at.At("priority"), scheduler.Priority + " is out of range; " + scheduler.Policy + " allows an integer from 1 to 99");
        }
        else if (scheduler.Priority != 0)
        {
            problems.Add(at.At("priority"), "is given; only SCHED_FIFO and SCHED_RR have one");
        }

        if (scheduler.Policy != "SCHED_DEADLINE" && (scheduler.Runtime | scheduler.Deadline | scheduler.Period) != 0)
            problems.Add(at, "has runtime, deadline or period, which only SCHED_DEADLINE has");
    }

    private static void ValidateNumberList(string? list, JsonPointer at, List<ConfigProblem> problems)
    {
        if (list is not null && !NumberList.IsValid(list))
            problems.Add(at, JsonObjectReader.Quote(list) + " is no list of numbers; " + NumberList.Allowed);
    }
}
