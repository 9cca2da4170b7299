using System.Collections.Generic;

namespace Lade.Configuration;

/// <content>config.md "Process".</content>
internal static partial class SpecValidator
{
    /// <param name="at">Where the process object stands: <c>/process</c>, or the whole document for exec.</param>
    public static void ValidateProcess(ProcessSpec process, JsonPointer at, List<ConfigProblem> problems)
    {
        ValidateAbsolute(process.Cwd, at, "cwd", problems);
        ValidateArgs(process.Args, at, problems);
        ValidateEnvironment(process.Env, at, problems);
        ValidateUser(process.User, at.At("user"), problems);
        ValidateRlimits(process.Rlimits, at.At("rlimits"), problems);
        ValidateConsoleSize(process, at, problems);
        if (process.Scheduler is { } scheduler)
            ValidateScheduler(scheduler, at.At("scheduler"), problems);
        if (process.ExecCpuAffinity is { } affinity)
        {
            ValidateNumberList(affinity.Initial, at.At("execCPUAffinity"), "initial", problems);
            ValidateNumberList(affinity.Final, at.At("execCPUAffinity"), "final", problems);
        }
    }

    /// <summary>config.md "POSIX process": args has at least one entry.</summary>
    private static void ValidateArgs(IReadOnlyList<string> args, JsonPointer at, List<ConfigProblem> problems)
    {
        if (args.Count == 0)
            problems.Add(at.At("args"), "is missing or empty; the program's name and its arguments are required");
    }

    /// <summary>config.md "Process": without a terminal the size has no meaning and is ignored. The kernel has 16 bits for each (ioctl_tty(2)).</summary>
    private static void ValidateConsoleSize(ProcessSpec process, JsonPointer at, List<ConfigProblem> problems)
    {
        if (process is { Terminal: true, ConsoleSize: { } size } && (size.Height > ushort.MaxValue || size.Width > ushort.MaxValue))
            problems.Add(at.At("consoleSize"), "is larger than a terminal can be; 0 to 65535 rows and columns are allowed");
    }

    /// <summary>config.md "POSIX-platform User". setresuid(2) takes 2^32-1 for "leave alone", so a process with that id would keep the runtime's.</summary>
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
            JsonPointer place = at.At(i);
            ValidateSoftLimit(rlimits[i], place, problems);
            ValidateFirstOfType(rlimits, i, place, problems);
        }
    }

    /// <summary>setrlimit(2): EINVAL.</summary>
    private static void ValidateSoftLimit(RlimitSpec rlimit, JsonPointer at, List<ConfigProblem> problems)
    {
        if (rlimit.Soft > rlimit.Hard)
            problems.Add(at.At("soft"), rlimit.Soft + " is above the hard limit; at most " + rlimit.Hard + " is allowed");
    }

    /// <summary>config.md "POSIX process", rlimits: no two entries with the same type.</summary>
    private static void ValidateFirstOfType(IReadOnlyList<RlimitSpec> rlimits, int i, JsonPointer at, List<ConfigProblem> problems)
    {
        for (int j = 0; j < i; j++)
        {
            if (rlimits[i].Type >= 0 && rlimits[j].Type == rlimits[i].Type)
            {
                problems.Add(at.At("type"), SpecNames.NameOf(rlimits[i].Type) + " is listed twice; each type is allowed once");
                return;
            }
        }
    }

    /// <summary>config.md "Linux Process", scheduler. sched_setattr(2) clamps or ignores what it does not like; a property that has no effect is a mistake.</summary>
    private static void ValidateScheduler(SchedulerSpec scheduler, JsonPointer at, List<ConfigProblem> problems)
    {
        if (scheduler.Policy == SchedulerPolicy.Iso)
            problems.Add(at.At("policy"), "SCHED_ISO is a name that Linux reserves; it has no such scheduler");
        if (scheduler.Nice is < -20 or > 19)
            problems.Add(at.At("nice"), scheduler.Nice + " is out of range; an integer from -20 to 19 is allowed");
        ValidatePriority(scheduler, at, problems);
        ValidateDeadline(scheduler, at, problems);
    }

    /// <summary>sched(7): the priorities of the real-time policies, and of no other.</summary>
    private static void ValidatePriority(SchedulerSpec scheduler, JsonPointer at, List<ConfigProblem> problems)
    {
        bool hasPriority = scheduler.Policy is SchedulerPolicy.Fifo or SchedulerPolicy.RoundRobin;
        if (hasPriority && scheduler.Priority is (< 1 or > 99))
            problems.Add(at.At("priority"), scheduler.Priority + " is out of range; " + SpecNames.NameOf(scheduler.Policy) + " allows an integer from 1 to 99");
        else if (!hasPriority && scheduler.Priority != 0)
            problems.Add(at.At("priority"), "is given; only SCHED_FIFO and SCHED_RR have one");
    }

    /// <summary>sched(7): runtime, deadline and period are SCHED_DEADLINE's.</summary>
    private static void ValidateDeadline(SchedulerSpec scheduler, JsonPointer at, List<ConfigProblem> problems)
    {
        if (scheduler.Policy != SchedulerPolicy.Deadline && (scheduler.Runtime | scheduler.Deadline | scheduler.Period) != 0)
            problems.Add(at, "has runtime, deadline or period, which only SCHED_DEADLINE has");
    }

    /// <summary>cpuset(7) "List format".</summary>
    private static void ValidateNumberList(string? list, JsonPointer at, string name, List<ConfigProblem> problems)
    {
        if (list is not null && !NumberList.IsValid(list))
            problems.Add(at.At(name), JsonObjectReader.Quote(list) + " is no list of numbers; " + NumberList.Allowed);
    }
}
