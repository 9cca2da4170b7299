using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;
using Lade.Rootfs;

namespace Lade.Planning;

/// <summary>How `init` gets into the container's cgroup.</summary>
internal sealed record CgroupEntry
{
    /// <summary>Slots of the open <c>tasks</c> files of cgroup v1, in order; empty on v2, where clone3(2) puts `init` into its cgroup.</summary>
    public required IReadOnlyList<Slot> Tasks { get; init; }

    /// <summary>`init` is in the container's cgroup from its first instruction on.</summary>
    public required bool IsBornInside { get; init; }

    /// <summary>systemd moves `init` into the container's cgroup.</summary>
    public required bool WaitsForUnit { get; init; }

    /// <summary>No cgroup, or one that is not decided yet.</summary>
    public static CgroupEntry None { get; } = new() { Tasks = [], IsBornInside = false, WaitsForUnit = false };
}

/// <summary>Everything that the plan of a new container depends on.</summary>
internal sealed record CreateInputs
{
    public required Spec Spec { get; init; }

    public required Host Host { get; init; }

    /// <summary>Absolute path of the bundle.</summary>
    public required string Bundle { get; init; }

    /// <summary>Absolute path of the root file system on the host.</summary>
    public required string Rootfs { get; init; }

    /// <summary>The caller asked for --no-pivot.</summary>
    public required bool NoPivot { get; init; }

    /// <summary>The container waits for `lade start` on a listening socket; otherwise `lade run` starts it.</summary>
    public required bool WaitsOnSocket { get; init; }

    /// <summary>Name of the container's session keyring; null when it keeps its caller's.</summary>
    public required string? Keyring { get; init; }

    public required CgroupEntry Cgroup { get; init; }

    public required CgroupMountFacts CgroupMounts { get; init; }

    /// <inheritdoc cref="MountInputs.SourceLinks"/>
    public required IReadOnlyDictionary<string, string> SourceLinks { get; init; }

    /// <inheritdoc cref="ProcessInputs.Labels"/>
    public required LabelSupport Labels { get; init; }

    /// <inheritdoc cref="ProcessInputs.Filter"/>
    public required LoadSeccomp? Filter { get; init; }

    public required HookStates HookStates { get; init; }
}

/// <summary>Everything that the plan of a process in an existing container depends on.</summary>
internal sealed record ExecInputs
{
    /// <summary>The container's configuration, with the process to run.</summary>
    public required Spec Spec { get; init; }

    public required ProcessSpec Process { get; init; }

    /// <summary>The process comes from a document of its own: JSON pointers are relative to it.</summary>
    public required bool IsDocument { get; init; }

    public required Host Host { get; init; }

    /// <summary>Absolute path of the root file system on the host.</summary>
    public required string Rootfs { get; init; }

    public required JoinPlan Join { get; init; }

    /// <inheritdoc cref="CreateInputs.Keyring"/>
    public required string? Keyring { get; init; }

    public required CgroupEntry Cgroup { get; init; }

    /// <inheritdoc cref="ProcessInputs.Labels"/>
    public required LabelSupport Labels { get; init; }

    /// <inheritdoc cref="ProcessInputs.Filter"/>
    public required LoadSeccomp? Filter { get; init; }
}
