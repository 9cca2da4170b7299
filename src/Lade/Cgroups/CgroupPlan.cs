using System.Collections.Generic;
using Lade.Cgroups.DBus;
using Lade.Configuration;

namespace Lade.Cgroups;

/// <summary>What resources become: files to write, in order.</summary>
internal sealed record CgroupPlan
{
    /// <summary>May be written at any time before the user's program runs.</summary>
    public IReadOnlyList<CgroupWrite> Limits { get; init; } = [];

    /// <summary>
    /// Process count and device rules. They would hinder the set-up itself (init may need a second process for a moment, and mounts from block
    /// devices that the container may not open), so they come when init is ready.
    /// </summary>
    public IReadOnlyList<CgroupWrite> Guards { get; init; } = [];

    /// <summary>cgroup v2: the device rules as eBPF instructions; null when they stay as they are.</summary>
    public IReadOnlyList<ulong>? DeviceInstructions { get; init; }

    /// <summary>systemd driver: the same settings as properties of the container's unit, as far as there are properties.</summary>
    public IReadOnlyList<UnitProperty> Properties { get; init; } = [];

    /// <summary>Settings that have no effect on this kernel.</summary>
    public IReadOnlyList<ConfigProblem> Warnings { get; init; } = [];
}

/// <summary>One value for one file of the container's cgroup.</summary>
/// <param name="Controller">Finds the directory on v1 and names what is missing in errors: <c>memory</c>.</param>
/// <param name="Origin">None for a device rule that every container gets.</param>
internal sealed record CgroupWrite(string Controller, string File, string Value, JsonPointer Origin)
{
    public override string ToString() => File + "=" + Value;

    /// <summary>What the value is about, in a file that has a line for each: <c>8:16</c>, <c>eth0</c>. The value begins with it.</summary>
    public string? Key { get; init; }

    /// <summary>What is to be written behind <see cref="Key"/> for a line that the file does not have: <c>default</c>. null where it has all.</summary>
    public string? None { get; init; }

    /// <summary>Name of the value in a file that shows others beside it; it is written without.</summary>
    public string? ShownAs { get; init; }

    /// <summary>The kernel may lack the file: then nothing is written.</summary>
    public bool IfPresent { get; init; }

    /// <summary>Written instead when the file does not exist.</summary>
    public CgroupWrite? Otherwise { get; init; }

    /// <summary>
    /// The kernel checks this value against another one that comes later (memory and memory+swap, quota and period), so which of the two has to be
    /// first depends on the old values. EINVAL puts the write off until all others are done.
    /// </summary>
    public bool RetryLast { get; init; }

    /// <summary>File with the present usage of what is limited; it is quoted when the kernel refuses the value as too low.</summary>
    public string? UsageFile { get; init; }

    /// <summary>File with a limit that this value must not exceed; it is quoted when the kernel calls the value invalid.</summary>
    public string? CeilingFile { get; init; }

    /// <summary><c>checkBeforeUpdate</c>: refuse a value below the present usage.</summary>
    public bool RefuseBelowUsage { get; init; }
}
