using System;
using System.Collections.Generic;

namespace Lade.Configuration;

/// <summary>The program to run and what it may do (config.md "Process"); also the document of `exec --process`.</summary>
[ConfigObject(OtherPlatforms = "commandLine")]
internal sealed partial record ProcessSpec
{
    /// <summary>Whether the program gets a pseudoterminal.</summary>
    [ConfigProperty("terminal")]
    public bool Terminal { get; init; }

    /// <summary>Initial size of the terminal; ignored without one.</summary>
    [ConfigProperty("consoleSize")]
    public ConsoleSize? ConsoleSize { get; init; }

    /// <summary>Working directory, an absolute path in the container.</summary>
    [ConfigProperty("cwd")]
    public required string Cwd { get; init; }

    /// <summary>The whole environment, as NAME=VALUE.</summary>
    [ConfigProperty("env")]
    public IReadOnlyList<string> Env { get; init; } = [];

    /// <summary>The program, looked up in PATH as by execvp(3), and its arguments.</summary>
    [ConfigProperty("args", IsDemanded = true)]
    public IReadOnlyList<string> Args { get; init; } = [];

    /// <summary>User and groups.</summary>
    [ConfigProperty("user")]
    public UserSpec User { get; init; } = new();

    /// <summary>Resource limits, each type at most once.</summary>
    [ConfigProperty("rlimits")]
    public IReadOnlyList<RlimitSpec> Rlimits { get; init; } = [];

    /// <summary>AppArmor profile that the program runs under.</summary>
    [ConfigProperty("apparmorProfile")]
    public string? ApparmorProfile { get; init; }

    /// <summary>Capability sets. When absent, the program has none, as with runc.</summary>
    [ConfigProperty("capabilities")]
    public CapabilitiesSpec? Capabilities { get; init; }

    /// <summary>Whether execve(2) grants no privileges (PR_SET_NO_NEW_PRIVS of prctl(2)).</summary>
    [ConfigProperty("noNewPrivileges")]
    public bool NoNewPrivileges { get; init; }

    /// <summary>Score of the OOM killer (/proc/PID/oom_score_adj). When absent, the inherited one stays; 0 is a value.</summary>
    [ConfigProperty("oomScoreAdj", Min = -1000, Max = 1000)]
    public int? OomScoreAdj { get; init; }

    /// <summary>Scheduling policy and attributes.</summary>
    [ConfigProperty("scheduler")]
    public SchedulerSpec? Scheduler { get; init; }

    /// <summary>SELinux label that the program runs under.</summary>
    [ConfigProperty("selinuxLabel")]
    public string? SelinuxLabel { get; init; }

    /// <summary>I/O scheduling class and priority.</summary>
    [ConfigProperty("ioPriority")]
    public IoPrioritySpec? IoPriority { get; init; }

    /// <summary>CPUs of processes that `exec` starts.</summary>
    [ConfigProperty("execCPUAffinity")]
    public ExecCpuAffinitySpec? ExecCpuAffinity { get; init; }
}

/// <summary>Size of the terminal in characters, each at most 65535.</summary>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
[ConfigObject]
internal sealed partial record ConsoleSize([ConfigProperty("height")] uint Height, [ConfigProperty("width")] uint Width);

/// <summary>User and groups of the program (config.md "POSIX-platform User"), as ids of the container's user namespace.</summary>
[ConfigObject(OtherPlatforms = "username")]
internal sealed partial record UserSpec
{
    // The specification requires uid and gid; documents without them are common and mean 0, as every runtime takes them.

    /// <summary>User id.</summary>
    [ConfigProperty("uid")]
    public uint Uid { get; init; }

    /// <summary>Group id.</summary>
    [ConfigProperty("gid")]
    public uint Gid { get; init; }

    /// <summary>File mode creation mask (umask(2)), in decimal; 18 (octal 022) when absent.</summary>
    [ConfigProperty("umask", Max = 0x1ff)]
    public uint? Umask { get; init; }

    /// <summary>All supplementary groups.</summary>
    [ConfigProperty("additionalGids")]
    public IReadOnlyList<uint> AdditionalGids { get; init; } = [];
}

/// <summary>A resource limit (getrlimit(2)). 18446744073709551615 is RLIM_INFINITY.</summary>
/// <param name="Type">The resource.</param>
/// <param name="Soft">The limit that holds, at most the hard one.</param>
/// <param name="Hard">The ceiling of the soft limit.</param>
[ConfigObject]
internal sealed partial record RlimitSpec(
    [ConfigProperty("type")] Rlimit Type, [ConfigProperty("soft")] ulong Soft, [ConfigProperty("hard", Placeholder = ulong.MaxValue)] ulong Hard);

/// <summary>Resources of getrlimit(2), with their numbers (asm-generic/resource.h; the same on every architecture that lade runs on).</summary>
[Vocabulary("Rlimits")]
internal enum Rlimit
{
    [SpecName("RLIMIT_AS")] As = 9,
    [SpecName("RLIMIT_CORE")] Core = 4,
    [SpecName("RLIMIT_CPU")] Cpu = 0,
    [SpecName("RLIMIT_DATA")] Data = 2,
    [SpecName("RLIMIT_FSIZE")] Fsize = 1,
    [SpecName("RLIMIT_LOCKS")] Locks = 10,
    [SpecName("RLIMIT_MEMLOCK")] Memlock = 8,
    [SpecName("RLIMIT_MSGQUEUE")] Msgqueue = 12,
    [SpecName("RLIMIT_NICE")] Nice = 13,
    [SpecName("RLIMIT_NOFILE")] Nofile = 7,
    [SpecName("RLIMIT_NPROC")] Nproc = 6,
    [SpecName("RLIMIT_RSS")] Rss = 5,
    [SpecName("RLIMIT_RTPRIO")] Rtprio = 14,
    [SpecName("RLIMIT_RTTIME")] Rttime = 15,
    [SpecName("RLIMIT_SIGPENDING")] Sigpending = 11,
    [SpecName("RLIMIT_STACK")] Stack = 3,
}

/// <summary>Capability sets (capabilities(7)), by name. Unknown names, and those that cannot be granted, are a warning and not an error.</summary>
[ConfigObject]
internal sealed partial record CapabilitiesSpec
{
    /// <summary>What the program can ever gain.</summary>
    [ConfigProperty("bounding")]
    public IReadOnlyList<string> Bounding { get; init; } = [];

    /// <summary>What the kernel checks.</summary>
    [ConfigProperty("effective")]
    public IReadOnlyList<string> Effective { get; init; } = [];

    /// <summary>What programs with inheritable file capabilities keep.</summary>
    [ConfigProperty("inheritable")]
    public IReadOnlyList<string> Inheritable { get; init; } = [];

    /// <summary>What the program may make effective.</summary>
    [ConfigProperty("permitted")]
    public IReadOnlyList<string> Permitted { get; init; } = [];

    /// <summary>What programs without file capabilities keep across execve(2).</summary>
    [ConfigProperty("ambient")]
    public IReadOnlyList<string> Ambient { get; init; } = [];
}

/// <summary>Scheduling policy and attributes (sched_setattr(2)).</summary>
[ConfigObject]
internal sealed partial record SchedulerSpec
{
    /// <summary>The policy. Linux reserves the name SCHED_ISO but has no such scheduler.</summary>
    [ConfigProperty("policy")]
    public required SchedulerPolicy Policy { get; init; }

    /// <summary>Nice value of SCHED_OTHER and SCHED_BATCH, -20 to 19.</summary>
    [ConfigProperty("nice")]
    public int Nice { get; init; }

    /// <summary>Priority of SCHED_FIFO and SCHED_RR, 1 to 99.</summary>
    [ConfigProperty("priority")]
    public int Priority { get; init; }

    /// <summary>Flags of the attributes.</summary>
    [ConfigProperty("flags")]
    public SchedulerFlags Flags { get; init; }

    /// <summary>Runtime of SCHED_DEADLINE, in nanoseconds.</summary>
    [ConfigProperty("runtime")]
    public ulong Runtime { get; init; }

    /// <summary>Relative deadline of SCHED_DEADLINE, in nanoseconds.</summary>
    [ConfigProperty("deadline")]
    public ulong Deadline { get; init; }

    /// <summary>Period of SCHED_DEADLINE, in nanoseconds.</summary>
    [ConfigProperty("period")]
    public ulong Period { get; init; }
}

/// <summary>SCHED_* (linux/sched.h).</summary>
[Vocabulary("SchedulerPolicies")]
internal enum SchedulerPolicy
{
    [SpecName("SCHED_OTHER")] Other = 0,
    [SpecName("SCHED_FIFO")] Fifo = 1,
    [SpecName("SCHED_RR")] RoundRobin = 2,
    [SpecName("SCHED_BATCH")] Batch = 3,
    [SpecName("SCHED_ISO")] Iso = 4,
    [SpecName("SCHED_IDLE")] Idle = 5,
    [SpecName("SCHED_DEADLINE")] Deadline = 6,
}

/// <summary>SCHED_FLAG_* (linux/sched.h).</summary>
[Flags]
[Vocabulary("SchedulerFlags")]
internal enum SchedulerFlags
{
    None = 0,
    [SpecName("SCHED_FLAG_RESET_ON_FORK")] ResetOnFork = 0x01,
    [SpecName("SCHED_FLAG_RECLAIM")] Reclaim = 0x02,
    [SpecName("SCHED_FLAG_DL_OVERRUN")] DeadlineOverrun = 0x04,
    [SpecName("SCHED_FLAG_KEEP_POLICY")] KeepPolicy = 0x08,
    [SpecName("SCHED_FLAG_KEEP_PARAMS")] KeepParams = 0x10,
    [SpecName("SCHED_FLAG_UTIL_CLAMP_MIN")] UtilClampMin = 0x20,
    [SpecName("SCHED_FLAG_UTIL_CLAMP_MAX")] UtilClampMax = 0x40,
}

/// <summary>I/O scheduling class and priority (ioprio_set(2)).</summary>
/// <param name="Class">The class.</param>
/// <param name="Priority">0 (highest) to 7.</param>
[ConfigObject]
internal sealed partial record IoPrioritySpec([ConfigProperty("class")] IoPriorityClass Class, [ConfigProperty("priority", Min = 0, Max = 7)] int Priority);

/// <summary>IOPRIO_CLASS_* (linux/ioprio.h). IOPRIO_CLASS_NONE, 0, is not a value of config.json.</summary>
[Vocabulary("IoPriorityClasses")]
internal enum IoPriorityClass
{
    [SpecName("IOPRIO_CLASS_RT")] Realtime = 1,
    [SpecName("IOPRIO_CLASS_BE")] BestEffort = 2,
    [SpecName("IOPRIO_CLASS_IDLE")] Idle = 3,
}

/// <summary>CPUs of processes that `exec` starts, as lists such as 0-3,7 (cpuset(7) "List format").</summary>
/// <param name="Initial">Before the process joins the container's cgroup.</param>
/// <param name="Final">After it has joined.</param>
[ConfigObject]
internal sealed partial record ExecCpuAffinitySpec([ConfigProperty("initial")] string? Initial, [ConfigProperty("final")] string? Final);
