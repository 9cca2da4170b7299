using System.Collections.Generic;

namespace Lade.Configuration;

/// <summary>config.md "Process": the program to run and what it may do.</summary>
internal sealed record ProcessSpec
{
    public bool Terminal { get; init; }
    public ConsoleSize? ConsoleSize { get; init; }
    public required string Cwd { get; init; }
    public IReadOnlyList<string> Env { get; init; } = [];
    public IReadOnlyList<string> Args { get; init; } = [];
    public UserSpec User { get; init; } = new();
    public IReadOnlyList<RlimitSpec> Rlimits { get; init; } = [];
    public string? ApparmorProfile { get; init; }

    /// <summary>null drops every capability, as runc does.</summary>
    public CapabilitiesSpec? Capabilities { get; init; }
    public bool NoNewPrivileges { get; init; }

    /// <summary>null leaves the inherited value alone; 0 is a value.</summary>
    public int? OomScoreAdj { get; init; }
    public SchedulerSpec? Scheduler { get; init; }
    public string? SelinuxLabel { get; init; }
    public IoPrioritySpec? IoPriority { get; init; }
    public ExecCpuAffinitySpec? ExecCpuAffinity { get; init; }
}

/// <summary>Size of the terminal in characters.</summary>
internal sealed record ConsoleSize(uint Height, uint Width);

/// <summary>config.md "User" of a POSIX platform; ids are those of the container's user namespace.</summary>
internal sealed record UserSpec
{
    public uint Uid { get; init; }
    public uint Gid { get; init; }
    public uint? Umask { get; init; }
    public IReadOnlyList<uint> AdditionalGids { get; init; } = [];
}

/// <summary>A resource limit (getrlimit(2)); <c>Type</c> keeps its name, <c>RLIMIT_NOFILE</c>. 2^64-1 is RLIM_INFINITY.</summary>
internal sealed record RlimitSpec(string Type, ulong Soft, ulong Hard);

/// <summary>The five sets of capabilities(7), by name. Names that the kernel or lade does not know are a warning, not an error.</summary>
internal sealed record CapabilitiesSpec
{
    public IReadOnlyList<string> Bounding { get; init; } = [];
    public IReadOnlyList<string> Effective { get; init; } = [];
    public IReadOnlyList<string> Inheritable { get; init; } = [];
    public IReadOnlyList<string> Permitted { get; init; } = [];
    public IReadOnlyList<string> Ambient { get; init; } = [];
}

/// <summary>sched_setattr(2); times in nanoseconds. Names keep the spec's spelling (<c>SCHED_FIFO</c>, <c>SCHED_FLAG_RECLAIM</c>).</summary>
internal sealed record SchedulerSpec
{
    public required string Policy { get; init; }
    public int Nice { get; init; }
    public int Priority { get; init; }
    public IReadOnlyList<string> Flags { get; init; } = [];
    public ulong Runtime { get; init; }
    public ulong Deadline { get; init; }
    public ulong Period { get; init; }
}

/// <summary>ioprio_set(2): class <c>IOPRIO_CLASS_RT|BE|IDLE</c>, priority 0 (highest) to 7.</summary>
internal sealed record IoPrioritySpec(string Class, int Priority);

/// <summary>CPU lists for processes started by <c>exec</c>, before and after they join the container's cgroup.</summary>
internal sealed record ExecCpuAffinitySpec(string? Initial, string? Final);
