using System.Collections.Generic;

namespace Lade.Plan;

/// <summary>
/// What planners need to know of the machine and of the command, gathered before planning so that planning itself is a pure function.
/// </summary>
internal sealed record HostFacts
{
    public required string ContainerId { get; init; }

    /// <summary>Absolute path of the bundle; relative bind sources start here.</summary>
    public required string Bundle { get; init; }

    /// <summary>Absolute path of the root file system.</summary>
    public required string Rootfs { get; init; }

    /// <summary>Root of the initial user namespace.</summary>
    public bool IsPrivileged { get; init; } = true;

    /// <summary>Capabilities that we may hand on: our permitted set, as a mask of capability numbers.</summary>
    public ulong Capabilities { get; init; } = ulong.MaxValue;

    /// <summary>We may copy mounts of our own mount namespace (CAP_SYS_ADMIN).</summary>
    public bool MayMount => (Capabilities & (1UL << 21)) != 0;

    /// <summary>We may make device nodes (CAP_MKNOD of the initial user namespace).</summary>
    public bool MayMakeNodes => IsPrivileged && (Capabilities & (1UL << 27)) != 0;

    /// <summary>Signals that lade was started with or made ignored: bit N-1 is signal N.</summary>
    public ulong IgnoredSignals { get; init; }

    /// <summary>/proc/sys/kernel/cap_last_cap.</summary>
    public int LastCapability { get; init; } = 40;

    /// <summary>Program of <c>linux.seccomp</c>, compiled; null without one.</summary>
    public LoadSeccomp? Seccomp { get; init; }

    /// <summary>The filter allows all that `init` does between loading it and execve(2), so that it can be loaded before the rights for that are given up.</summary>
    public bool FilterMayBeEarly { get; init; }

    /// <summary>Slots of the container's open <c>tasks</c> files; empty on cgroup v2, where clone3 puts `init` into its cgroup.</summary>
    public IReadOnlyList<Slot> CgroupTasks { get; init; } = [];

    /// <summary>`init` is in the container's cgroup from its first instruction on.</summary>
    public bool BornInCgroup { get; init; }

    /// <summary>systemd puts `init` into the container's cgroup.</summary>
    public bool WaitsForUnit { get; init; }

    /// <summary>How <c>cgroup</c> mounts look on this machine, below the container's mount point.</summary>
    public CgroupMountFacts CgroupMounts { get; init; } = CgroupMountFacts.None;

    /// <summary>The container waits for `lade start` on a listening socket; otherwise `lade run` says go.</summary>
    public bool WaitsOnSocket { get; init; }

    /// <summary>AppArmor is there and on. Asked only when the config names a profile.</summary>
    public bool HasAppArmor { get; init; }

    /// <summary>SELinux is there and has a policy. Asked only when the config names a label.</summary>
    public bool HasSelinux { get; init; }

    /// <summary>Where bind sources with the option <c>copy-symlink</c> lead, by their path; those that are no links are absent.</summary>
    public IReadOnlyDictionary<string, string> SourceLinks { get; init; } = new Dictionary<string, string>();

    public bool NoPivot { get; init; }

    /// <summary>Name of the container's session keyring; null when it keeps its caller's.</summary>
    public string? Keyring { get; init; }

    /// <summary>State JSON for hooks inside the container: what stands before the pid, by status, and after it. `init` alone knows the pid as the hook sees it.</summary>
    public (string Creating, string Created, string Tail) HookState { get; init; } = ("", "", "");
}

/// <summary>How this machine's cgroup file systems are offered to a container that mounts <c>cgroup</c>.</summary>
internal sealed record CgroupMountFacts
{
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
