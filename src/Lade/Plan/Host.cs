namespace Lade.Plan;

/// <summary>What lade is allowed to do on this host. Read once per command, so that planning is a pure function.</summary>
internal sealed record Host
{
    /// <summary>Host root: uid 0 of the initial user namespace.</summary>
    public required bool IsPrivileged { get; init; }

    /// <summary>Effective uid.</summary>
    public required uint Uid { get; init; }

    /// <summary>
    /// Capabilities that can be passed on, as a mask by capability number: one outside the bounding set is lost at the next execve(2), even by root.
    /// </summary>
    public required ulong Capabilities { get; init; }

    /// <summary>/proc/sys/kernel/cap_last_cap.</summary>
    public required int LastCapability { get; init; }

    /// <summary>Signals ignored by lade, inherited or by itself: bit N-1 is signal N.</summary>
    public required ulong IgnoredSignals { get; init; }

    /// <summary>CAP_SYS_ADMIN: mounts of our own mount namespace can be cloned.</summary>
    public bool CanMount => (Capabilities & (1UL << 21)) != 0;

    /// <summary>
    /// Host root with CAP_CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, KILL, SETGID, SETUID, SETPCAP, NET_ADMIN, SYS_CHROOT, SYS_PTRACE and SYS_ADMIN in the
    /// initial user namespace: these suffice for everything lade does in a user namespace that it does not own.
    /// </summary>
    public bool CanDisown => IsPrivileged && (Capabilities & HostRoot) == HostRoot;

    private const ulong HostRoot = 1 | (1 << 1) | (1 << 2) | (1 << 3) | (1 << 5) | (1 << 6) | (1 << 7) | (1 << 8) | (1 << 12) | (1 << 18) | (1 << 19) | (1 << 21);

    /// <summary>CAP_MKNOD in the initial user namespace.</summary>
    public bool CanMknod => IsPrivileged && (Capabilities & (1UL << 27)) != 0;
}

/// <summary>The kinds of label the kernel can apply. Detected only if config.json has one.</summary>
/// <param name="AppArmor">AppArmor is built in and enabled.</param>
/// <param name="Selinux">SELinux is enabled and a policy is loaded.</param>
internal readonly record struct LabelSupport(bool AppArmor, bool Selinux);
