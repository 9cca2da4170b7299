using System.Collections.Generic;

namespace Lade.Rootfs;

/// <summary>How this machine's cgroup file systems are offered to a container that mounts <c>cgroup</c>.</summary>
internal sealed record CgroupMountFacts
{
    /// <summary>For a container that mounts no cgroup.</summary>
    public static CgroupMountFacts None { get; } = new();

    /// <summary>One cgroup2 file system, no v1 hierarchies.</summary>
    public bool IsUnified { get; init; }

    /// <summary>v1 hierarchies, and the v2 one of a hybrid machine.</summary>
    public IReadOnlyList<CgroupHierarchyFacts> Hierarchies { get; init; } = [];

    /// <summary>The container's own directory of the unified hierarchy, for a bind mount where the file system itself may not be mounted.</summary>
    public string? UnifiedDirectory { get; init; }

    /// <summary>Where the unified hierarchy is mounted, for the same.</summary>
    public string? UnifiedMount { get; init; }
}

/// <summary>One v1 hierarchy as a container sees it.</summary>
/// <param name="Name">Directory name below /sys/fs/cgroup: <c>cpu,cpuacct</c>, <c>systemd</c>.</param>
/// <param name="Options">Mount options: <c>cpu,cpuacct</c> or <c>name=systemd</c>; empty for cgroup2.</param>
/// <param name="IsUnified">The cgroup2 hierarchy of a hybrid machine.</param>
/// <param name="Links">Symbolic links beside it that lead to it: <c>cpu</c>, <c>cpuacct</c>.</param>
/// <param name="Directory">The container's cgroup directory in it, for the bind mount without a cgroup namespace.</param>
internal sealed record CgroupHierarchyFacts(string Name, IReadOnlyList<string> Options, bool IsUnified, IReadOnlyList<string> Links, string? Directory);
