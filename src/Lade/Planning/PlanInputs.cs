using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;
using Lade.Rootfs;

namespace Lade.Planning;

/// <summary>How `init` gets into the container's cgroup.</summary>
internal sealed record CgroupEntry
{
    /// <summary>Slots of the open <c>tasks</c> files of cgroup v1, in order; empty on v2, where clone3(2) places `init` in its cgroup.</summary>
    public required IReadOnlyList<Slot> Tasks { get; init; }

    /// <summary>clone3(2) starts `init` in the container's cgroup.</summary>
    public required bool StartsInside { get; init; }

    /// <summary>systemd moves `init` into the container's cgroup.</summary>
    public required bool WaitsForUnit { get; init; }

    /// <summary>No cgroup, or one that has not been determined yet.</summary>
    public static CgroupEntry None { get; } = new() { Tasks = [], StartsInside = false, WaitsForUnit = false };
}

/// <summary>The inputs of every plan that starts a process.</summary>
internal abstract record PlanInputs
{
    /// <summary>The container's configuration.</summary>
    public required Spec Spec { get; init; }

    public required Host Host { get; init; }

    /// <summary>Absolute path on the host.</summary>
    public required string Rootfs { get; init; }

    /// <summary>Name of the container's session keyring; null to keep the caller's.</summary>
    public required string? Keyring { get; init; }

    public required CgroupEntry Cgroup { get; init; }

    public required LabelSupport Labels { get; init; }

    /// <inheritdoc cref="ProcessInputs.Filter"/>
    public required LoadSeccomp? Filter { get; init; }
}

/// <summary>The inputs of a new container's plan.</summary>
internal sealed record CreateInputs : PlanInputs
{
    /// <summary>Absolute path.</summary>
    public required string Bundle { get; init; }

    /// <summary>--no-pivot was given.</summary>
    public required bool NoPivot { get; init; }

    /// <summary>The container waits for `lade start` on a listening socket; otherwise `lade run` starts it.</summary>
    public required bool WaitsOnSocket { get; init; }

    public required CgroupMountFacts CgroupMounts { get; init; }

    /// <inheritdoc cref="MountInputs.SourceLinks"/>
    public required IReadOnlyDictionary<string, string> SourceLinks { get; init; }

    public required HookStates HookStates { get; init; }
}

/// <summary>The inputs of a plan that starts a process in an existing container.</summary>
internal sealed record ExecInputs : PlanInputs
{
    public required ProcessSpec Process { get; init; }

    /// <summary>The process comes from a document of its own, so JSON pointers are relative to it.</summary>
    public required bool IsDocument { get; init; }

    public required JoinPlan Join { get; init; }
}
