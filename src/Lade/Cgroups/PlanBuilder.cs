using System.Collections.Generic;
using Lade.Configuration;

namespace Lade.Cgroups;

/// <summary>Collects what a planner finds: writes in order, warnings, and all problems for one error at the end.</summary>
internal sealed class PlanBuilder(CgroupChange change, JsonPointer at)
{
    private readonly List<CgroupWrite> _limits = [];
    private readonly List<CgroupWrite> _guards = [];
    private readonly List<ConfigProblem> _warnings = [];
    private readonly List<ConfigProblem> _problems = [];

    public CgroupChange Change => change;

    /// <summary>Where the resources stand in their document.</summary>
    public JsonPointer At => at;

    public IReadOnlyList<ulong>? DeviceProgram { get; set; }

    public void Limit(string controller, string file, string value, JsonPointer origin) =>
        _limits.Add(new CgroupWrite(controller, file, value, origin));

    public void Limit(CgroupWrite write) => _limits.Add(write);

    public void Guard(CgroupWrite write) => _guards.Add(write);

    public void Warn(JsonPointer pointer, string message) => _warnings.Add(new ConfigProblem(pointer, message));

    public void Problem(JsonPointer pointer, string message) => _problems.Add(new ConfigProblem(pointer, message));

    /// <exception cref="LadeException">Something asked for cannot be had; all such things are in <see cref="LadeException.Problems"/>.</exception>
    public CgroupPlan Build() => _problems.Count switch
    {
        0 => new CgroupPlan { Limits = _limits, Guards = _guards, DeviceProgram = DeviceProgram, Warnings = _warnings },
        1 => throw new LadeException(_problems[0].Pointer, _problems[0].Message) { Problems = _problems },
        _ => throw LadeException.InvalidConfig("cgroup resources", _problems),
    };
}
