using System.Diagnostics.CodeAnalysis;
using Lade.Configuration;
using Lade.InitSystem;
using Lade.State;

namespace Lade.Lifecycle;

/// <summary>Who places the container in the cgroup tree.</summary>
internal enum CgroupManager
{
    /// <summary>lade itself, by making directories.</summary>
    Cgroupfs,

    /// <summary>systemd, asked over D-Bus; cgroupsPath is then <c>slice:prefix:name</c>.</summary>
    Systemd,

    /// <summary>Nobody: the container stays in the caller's cgroup.</summary>
    Disabled,
}

/// <summary>Whether a cgroup that lade may not write to is an error.</summary>
internal enum RootlessCgroups
{
    /// <summary>An error for root of the machine, ignored for anybody else.</summary>
    Auto,
    Ignore,
    Fail,
}

internal static class RootlessRule
{
    /// <param name="rule">What the caller of lade asked for.</param>
    /// <param name="isPrivileged">Whether lade is root of the machine.</param>
    public static bool IgnoresErrors(this RootlessCgroups rule, bool isPrivileged) =>
        rule == RootlessCgroups.Ignore || (rule == RootlessCgroups.Auto && !isPrivileged);
}

internal enum PlanOutput
{
    Text,
    Json,
}

/// <summary>What <c>create</c> is asked for. Every path is absolute already: later a change of directory cannot change its meaning.</summary>
internal record CreateRequest
{
    public required ContainerId Id { get; init; }
    public required string StateRoot { get; init; }
    public required string Bundle { get; init; }

    /// <summary>null is config.json in the bundle.</summary>
    public string? ConfigFile { get; init; }

    /// <summary>Socket that gets the master of the container's terminal.</summary>
    public string? ConsoleSocket { get; init; }

    /// <summary>Socket that gets a pidfd of the container's first process.</summary>
    public string? PidfdSocket { get; init; }
    public string? PidFile { get; init; }
    public bool NoPivot { get; init; }
    public bool NoNewKeyring { get; init; }

    /// <summary>What a service manager gave us for the container.</summary>
    public ServiceEnvironment Service { get; init; } = ServiceEnvironment.None;

    /// <summary>How many descriptors, counted from 3 plus <c>$LISTEN_FDS</c>, the container inherits.</summary>
    public int PreserveFds { get; init; }
    public CgroupManager CgroupManager { get; init; }
    public bool SystemdCgroup => CgroupManager == CgroupManager.Systemd;
    public RootlessCgroups Rootless { get; init; }
    public required Log Log { get; init; }
}

/// <summary>What <c>run</c> is asked for: create, start and, unless detached, wait.</summary>
internal sealed record RunRequest : CreateRequest
{
    [SetsRequiredMembers]
    public RunRequest(CreateRequest create)
        : base(create)
    {
    }

    public bool Detach { get; init; }

    /// <summary>Leave the stopped container for <c>state</c> and <c>delete</c>.</summary>
    public bool Keep { get; init; }

    /// <summary>Do not become the parent of the container's orphans.</summary>
    public bool NoSubreaper { get; init; }
}

/// <summary>What <c>plan</c> is asked for: the plan of a create that does not happen.</summary>
internal sealed record PlanRequest
{
    public required CreateRequest Create { get; init; }
    public PlanOutput Format { get; init; }
}

/// <summary>What <c>update</c> is asked for.</summary>
internal sealed record UpdateRequest
{
    public required ContainerId Id { get; init; }
    public required string StateRoot { get; init; }

    /// <summary>What shall change; the rest stays.</summary>
    public required ResourcesSpec Resources { get; init; }

    /// <summary>Schemas of Intel RDT; null leaves one as it is.</summary>
    public string? L3CacheSchema { get; init; }

    /// <inheritdoc cref="L3CacheSchema"/>
    public string? MemBwSchema { get; init; }
    public required Log Log { get; init; }
}
