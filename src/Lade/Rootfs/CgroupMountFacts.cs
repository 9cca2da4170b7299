using System.Collections.Generic;

namespace Lade.Rootfs;

/// <summary>How this host's cgroup file systems are presented to a container that mounts <c>cgroup</c>.</summary>
internal sealed record CgroupMountFacts
{
    /// <summary>For a container that mounts no cgroup.</summary>
    public static CgroupMountFacts None { get; } = new();

    /// <summary>Pure cgroup v2.</summary>
    public bool IsUnified { get; init; }

    /// <summary>v1 hierarchies, and the v2 one on a hybrid host.</summary>
    public IReadOnlyList<CgroupHierarchyFacts> Hierarchies { get; init; } = [];

    /// <summary>The container's own directory in the unified hierarchy, to bind-mount where the file system itself cannot be mounted.</summary>
    public string? UnifiedDirectory { get; init; }

    /// <summary>Mount point of the unified hierarchy, for the same purpose.</summary>
    public string? UnifiedMount { get; init; }
}

/// <summary>A hierarchy as seen by a container.</summary>
/// <param name="Name">Directory name below /sys/fs/cgroup: <c>cpu,cpuacct</c>, <c>systemd</c>.</param>
/// <param name="Options">Mount options: <c>cpu,cpuacct</c> or <c>name=systemd</c>; empty for cgroup2.</param>
/// <param name="IsUnified">The cgroup2 hierarchy of a hybrid host.</param>
/// <param name="Links">Symbolic links next to it that point to it: <c>cpu</c>, <c>cpuacct</c>.</param>
/// <param name="Directory">The container's cgroup directory, to bind-mount without a cgroup namespace.</param>
internal sealed record CgroupHierarchyFacts(string Name, IReadOnlyList<string> Options, bool IsUnified, IReadOnlyList<string> Links, string? Directory);
