using System;
using System.Collections.Generic;
using Lade.Configuration;

namespace Lade.Cgroups.Controllers;

/// <summary>Collects what settings become in files: writes in order, warnings, and all problems for one error at the end.</summary>
internal abstract class CgroupFiles(CgroupChange change)
{
    private readonly List<CgroupWrite> _limits = [];
    private readonly List<CgroupWrite> _guards = [];
    private readonly List<ConfigProblem> _warnings = [];
    private readonly List<ConfigProblem> _problems = [];

    public CgroupChange Change => change;

    /// <summary>The device rules of cgroup v2, see <see cref="CgroupPlan.DeviceInstructions"/>.</summary>
    public IReadOnlyList<ulong>? DeviceInstructions { get; set; }

    /// <summary>See <see cref="CgroupPlan.Limits"/>, and <see cref="CgroupWrite"/> for the rest.</summary>
    /// <param name="file">Begins with its controller's name.</param>
    /// <param name="key">Goes before <paramref name="value"/>.</param>
    public void Limit(string file, string value, JsonPointer origin, bool retryLast = false, bool ifPresent = false, string? key = null, string? none = null) =>
        _limits.Add(Write(file, value, origin, key, none, retryLast, ifPresent));

    /// <summary>The same with another file for kernels that do not have the first.</summary>
    public void LimitEither(string file, string value, string otherFile, string otherValue, JsonPointer origin, string? key, string none)
    {
        CgroupWrite write = Write(file, value, origin, key, none);
        _limits.Add(write with { Otherwise = Write(otherFile, otherValue, origin, key, none) });
    }

    public void Limit(CgroupWrite write) => _limits.Add(write);

    /// <summary>See <see cref="CgroupPlan.Guards"/>.</summary>
    public void Guard(string file, string value, JsonPointer origin) => _guards.Add(Write(file, value, origin));

    public void Warn(JsonPointer pointer, string message) => _warnings.Add(new ConfigProblem(pointer, message));

    public void Problem(JsonPointer pointer, string message) => _problems.Add(new ConfigProblem(pointer, message));

    private static CgroupWrite Write(string file, string value, JsonPointer origin, string? key = null, string? none = null, bool retryLast = false, bool ifPresent = false) =>
        new(file[..file.IndexOf('.', StringComparison.Ordinal)], file, key is null ? value : key + " " + value, origin) { Key = key, None = none, RetryLast = retryLast, IfPresent = ifPresent };

    /// <exception cref="LadeException">Something asked for cannot be had; all such things are in <see cref="LadeException.Problems"/>.</exception>
    protected CgroupPlan Build() => _problems.Count switch
    {
        0 => new CgroupPlan { Limits = _limits, Guards = _guards, DeviceInstructions = DeviceInstructions, Warnings = _warnings },
        1 => throw new LadeException(_problems[0].Pointer, _problems[0].Message) { Problems = _problems },
        _ => throw LadeException.InvalidConfig("cgroup resources", _problems),
    };
}

/// <summary>Settings as files of cgroup v1. The order within a controller is the kernel's wish, with a reason beside each constraint.</summary>
internal sealed class V1Files(CgroupChange change) : CgroupFiles(change)
{
    /// <inheritdoc cref="IPlansLimits.Plan"/>
    public static CgroupPlan Plan(ResourcesSpec? resources, CgroupChange change, JsonPointer at)
    {
        var files = new V1Files(change);
        foreach (ISetting setting in Settings.Of(resources, change, at))
            setting.Write(files);
        return files.Build();
    }
}

/// <summary>Settings as files of cgroup v2. They are v1's: each is converted, or refused with its pointer (config-linux.md), never dropped.</summary>
internal sealed class V2Files(CgroupChange change) : CgroupFiles(change)
{
    /// <inheritdoc cref="IPlansLimits.Plan"/>
    public static CgroupPlan Plan(ResourcesSpec? resources, CgroupChange change, JsonPointer at)
    {
        var files = new V2Files(change);
        foreach (ISetting setting in Settings.Of(resources, change, at))
            setting.Write(files);
        return files.Build();
    }

    /// <summary>A problem if something <paramref name="given"/> exists on v1 only.</summary>
    public void Refuse(bool given, JsonPointer pointer)
    {
        if (given)
            Problem(pointer, "has no equivalent on cgroup v2");
    }
}
