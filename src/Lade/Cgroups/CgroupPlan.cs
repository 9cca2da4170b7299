using System.Collections.Generic;
using Lade.Configuration;
using Lade.DBus;

namespace Lade.Cgroups;

/// <summary>What <c>linux.resources</c> becomes.</summary>
internal sealed record CgroupPlan
{
    /// <summary>Writes, in order, that are possible at any time before the container's program runs.</summary>
    public IReadOnlyList<CgroupWrite> Limits { get; init; } = [];

    /// <summary>The limit of processes: init may need a second process for a moment, so it is written when init is ready.</summary>
    public IReadOnlyList<CgroupWrite> DeferredLimits { get; init; } = [];

    /// <summary>The device rules of v1. They are written when everything is mounted, because init mounts block devices that the container may not open.</summary>
    public IReadOnlyList<CgroupWrite> DeviceRules { get; init; } = [];

    /// <summary>The device rules of v2 as eBPF instructions; null leaves them unchanged.</summary>
    public IReadOnlyList<ulong>? DeviceInstructions { get; init; }

    /// <summary>systemd driver: the settings that a unit has properties for.</summary>
    public IReadOnlyList<UnitProperty> Properties { get; init; } = [];

    /// <summary>Settings without effect on this kernel.</summary>
    public IReadOnlyList<ConfigProblem> Warnings { get; init; } = [];
}

/// <summary>One value for one file of the container's cgroup.</summary>
/// <param name="Controller">Selects the directory on v1 and is named in errors: <c>memory</c>.</param>
/// <param name="Origin">None for device rules that every container gets.</param>
internal sealed record CgroupWrite(string Controller, string File, string Value, JsonPointer Origin)
{
    public override string ToString() => File + "=" + Value;

    /// <summary>The first word of the value in a file that has a line per device or interface: <c>8:16</c>, <c>eth0</c>.</summary>
    public string? Key { get; init; }

    /// <summary>Written after <see cref="Key"/> to remove its line: <c>default</c>. null where every key has a line.</summary>
    public string? ResetValue { get; init; }

    /// <summary>The name of the value where the file shows several but takes this one without its name: <c>oom_kill_disable</c>.</summary>
    public string? ShownAs { get; init; }

    /// <summary>Skips the write where the kernel lacks the file.</summary>
    public bool IfPresent { get; init; }

    /// <summary>Written instead where the file does not exist.</summary>
    public CgroupWrite? Fallback { get; init; }

    /// <summary>
    /// The kernel checks this value against another one that is written later (memory and memory+swap, quota and period); which one has to be first depends on the
    /// old values. After EINVAL the write is tried again when all others are done.
    /// </summary>
    public bool RetryLast { get; init; }

    /// <summary>The file with the current usage, quoted when the kernel refuses the limit as too low.</summary>
    public string? UsageFile { get; init; }

    /// <summary>The file with a limit that this value must not exceed, quoted when the kernel refuses it as invalid.</summary>
    public string? CeilingFile { get; init; }

    /// <summary><c>checkBeforeUpdate</c>: refuse a value below the current usage.</summary>
    public bool RefuseBelowUsage { get; init; }
}

/// <summary>A property of a systemd unit (org.freedesktop.systemd1(5)).</summary>
internal sealed record UnitProperty(string Name, BusValue Value)
{
    public override string ToString() => Name + "=" + Value;
}
