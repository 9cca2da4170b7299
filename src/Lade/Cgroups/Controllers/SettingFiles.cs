using System;
using System.Collections.Generic;
using Lade.Configuration;

namespace Lade.Cgroups.Controllers;

/// <summary>Collects the files that settings are written to: writes in order, warnings, and all problems for one error.</summary>
internal abstract class SettingFiles(CgroupChange change)
{
    private readonly List<CgroupWrite> _limits = [];
    private readonly List<CgroupWrite> _deferred = [];
    private readonly List<CgroupWrite> _deviceRules = [];
    private readonly List<ConfigProblem> _warnings = [];
    private readonly List<ConfigProblem> _problems = [];

    public CgroupChange Change => change;

    /// <summary>See <see cref="CgroupPlan.DeviceInstructions"/>.</summary>
    public IReadOnlyList<ulong>? DeviceInstructions { get; set; }

    /// <inheritdoc cref="IPlansLimits.Plan"/>
    /// <exception cref="LadeException">Some settings are not possible; all of these are in <see cref="LadeException.Problems"/>.</exception>
    public CgroupPlan Plan(ResourcesSpec? resources, JsonPointer at)
    {
        foreach (ISetting setting in Settings.From(resources, change, at))
            Add(setting);
        return _problems.Count switch
        {
            0 => new CgroupPlan { Limits = _limits, DeferredLimits = _deferred, DeviceRules = _deviceRules, DeviceInstructions = DeviceInstructions, Warnings = _warnings },
            1 => throw new LadeException(_problems[0].Pointer, _problems[0].Message) { Problems = _problems },
            _ => throw LadeException.InvalidConfig("cgroup resources", _problems),
        };
    }

    /// <summary>Adds a write to <see cref="CgroupPlan.Limits"/>.</summary>
    /// <param name="file">Begins with the controller's name.</param>
    /// <param name="key">Precedes <paramref name="value"/>, see <see cref="CgroupWrite.Key"/>.</param>
    public void Limit(string file, string value, JsonPointer origin, bool retryLast = false, bool ifPresent = false, string? key = null, string? reset = null) =>
        _limits.Add(Write(file, value, origin, key, reset, retryLast, ifPresent));

    /// <summary>The same, with another file for kernels that lack the first.</summary>
    public void LimitEither(string file, string value, string otherFile, string otherValue, JsonPointer origin, string? key, string reset) =>
        _limits.Add(Write(file, value, origin, key, reset) with { Fallback = Write(otherFile, otherValue, origin, key, reset) });

    public void Limit(CgroupWrite write) => _limits.Add(write);

    /// <summary>Adds a write to <see cref="CgroupPlan.DeferredLimits"/>.</summary>
    public void DeferredLimit(string file, string value, JsonPointer origin) => _deferred.Add(Write(file, value, origin));

    /// <summary>Adds a write to <see cref="CgroupPlan.DeviceRules"/>.</summary>
    public void DeviceRule(string file, string value, JsonPointer origin) => _deviceRules.Add(Write(file, value, origin));

    public void Warn(JsonPointer pointer, string message) => _warnings.Add(new ConfigProblem(pointer, message));

    public void Problem(JsonPointer pointer, string message) => _problems.Add(new ConfigProblem(pointer, message));

    protected abstract void Add(ISetting setting);

    private static CgroupWrite Write(string file, string value, JsonPointer origin, string? key = null, string? reset = null, bool retryLast = false, bool ifPresent = false) =>
        new(file[..file.IndexOf('.', StringComparison.Ordinal)], file, key is null ? value : key + " " + value, origin) 
        {
            Key = key,
            ResetValue = reset,
            RetryLast = retryLast,
            IfPresent = ifPresent,
        };
}

/// <summary>Settings as files of cgroup v1. Within a controller the kernel demands some orders; each has its reason next to it.</summary>
internal sealed class V1Files(CgroupChange change) : SettingFiles(change)
{
    protected override void Add(ISetting setting) => setting.Write(this);
}

/// <summary>Settings as files of cgroup v2. The configuration is in terms of v1: each value is converted or refused with its pointer (config-linux.md), never dropped.</summary>
internal sealed class V2Files(CgroupChange change) : SettingFiles(change)
{
    /// <summary>Adds a problem if something <paramref name="given"/> exists on v1 only.</summary>
    public void Refuse(bool given, JsonPointer pointer)
    {
        if (given)
            Problem(pointer, "has no equivalent on cgroup v2");
    }

    protected override void Add(ISetting setting) => setting.Write(this);
}
