using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using Lade.Configuration;
using Lade.InitSystem;
using Lade.Planning;
using Lade.State;

namespace Lade.Lifecycle;

/// <summary>Who creates the container's cgroup.</summary>
internal enum CgroupManager
{
    /// <summary>lade itself, with mkdir(2).</summary>
    Cgroupfs,

    /// <summary>systemd, over D-Bus; cgroupsPath is then <c>slice:prefix:name</c>.</summary>
    Systemd,

    /// <summary>Nobody: the container stays in the caller's cgroup.</summary>
    Disabled,
}

/// <summary>Whether missing permissions on cgroups are an error.</summary>
internal enum RootlessCgroups
{
    /// <summary>An error for host root, ignored for anybody else.</summary>
    Auto,
    Ignore,
    Fail,
}

internal static class RootlessRule
{
    /// <param name="isPrivileged">Whether the caller is host root.</param>
    public static bool IgnoresErrors(this RootlessCgroups rule, bool isPrivileged) =>
        rule == RootlessCgroups.Ignore || (rule == RootlessCgroups.Auto && !isPrivileged);
}

internal enum PlanOutput
{
    Text,
    Json,
}

/// <summary>The request of <c>create</c>. All paths are absolute, so changing the working directory does not affect them.</summary>
internal record CreateRequest
{
    public required ContainerId Id { get; init; }
    public required string StateRoot { get; init; }
    public required string Bundle { get; init; }

    /// <summary>null for config.json in the bundle.</summary>
    public string? ConfigFile { get; init; }

    /// <summary>Socket to send the master of the container's terminal to.</summary>
    public string? ConsoleSocket { get; init; }

    /// <summary>Socket to send a pidfd of the container's first process to.</summary>
    public string? PidfdSocket { get; init; }
    public string? PidFile { get; init; }
    public bool NoPivot { get; init; }
    public bool NoNewKeyring { get; init; }

    /// <summary>What a service manager passed for the container.</summary>
    public ServiceEnvironment Service { get; init; } = ServiceEnvironment.None;

    /// <summary>How many descriptors, counted from 3 plus <c>$LISTEN_FDS</c>, the container inherits.</summary>
    public int PreserveFds { get; init; }
    public CgroupManager CgroupManager { get; init; }
    public RootlessCgroups Rootless { get; init; }
    public required Log Log { get; init; }
}

/// <summary>The request of <c>run</c>: create, start and, unless detached, wait.</summary>
internal sealed record RunRequest : CreateRequest
{
    [SetsRequiredMembers]
    public RunRequest(CreateRequest create)
        : base(create)
    {
    }

    public bool Detach { get; init; }

    /// <summary>Keep the stopped container for <c>state</c> and <c>delete</c>.</summary>
    public bool Keep { get; init; }

    /// <summary>Do not become a child subreaper.</summary>
    public bool NoSubreaper { get; init; }
}

/// <summary>The request of <c>exec</c>. All paths are absolute.</summary>
internal sealed record ExecRequest
{
    public required ContainerId Id { get; init; }
    public required string StateRoot { get; init; }

    /// <summary>A process document, in place of <see cref="Options"/>.</summary>
    public string? ProcessFile { get; init; }

    public required ProcessOptions Options { get; init; }

    /// <summary>Return as soon as the program is running.</summary>
    public bool Detach { get; init; }

    public string? PidFile { get; init; }

    /// <summary>Socket to send the master of the process's terminal to.</summary>
    public string? ConsoleSocket { get; init; }

    /// <summary>Socket to send a pidfd of the process to.</summary>
    public string? PidfdSocket { get; init; }

    /// <summary>How many descriptors, counted from 3, the process inherits.</summary>
    public int PreserveFds { get; init; }

    /// <summary>Cgroups below the container's, by controller, with "" for all; null for the container's own.</summary>
    public IReadOnlyDictionary<string, string>? Cgroups { get; init; }

    public bool IgnorePaused { get; init; }
    public RootlessCgroups Rootless { get; init; }
    public required Log Log { get; init; }
}

/// <summary>The request of <c>plan</c>: the plan of a hypothetical create.</summary>
internal sealed record PlanRequest
{
    public required CreateRequest Create { get; init; }
    public PlanOutput Format { get; init; }
}

/// <summary>The request of <c>update</c>.</summary>
internal sealed record UpdateRequest
{
    public required ContainerId Id { get; init; }
    public required string StateRoot { get; init; }

    /// <summary>What to change; everything else stays as it is.</summary>
    public required ResourcesSpec Resources { get; init; }

    /// <summary>Intel RDT schemata; null to leave unchanged.</summary>
    public string? L3CacheSchema { get; init; }

    /// <inheritdoc cref="L3CacheSchema"/>
    public string? MemBwSchema { get; init; }
    public required Log Log { get; init; }
}
