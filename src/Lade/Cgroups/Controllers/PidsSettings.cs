using Lade.Configuration;
using static Lade.Cgroups.Controllers.ResourceNumbers;

namespace Lade.Cgroups.Controllers;

/// <summary>The controller pids: the number of tasks. 0 is a limit: no new task.</summary>
internal sealed class PidsSettings(long limit, JsonPointer origin) : ISetting
{
    public const string MaxFile = "pids.max";
    public const string MaxProperty = "TasksMax";

    public void Write(V1Files files) => files.DeferredLimit(MaxFile, LimitOrMax(limit), origin);

    public void Write(V2Files files) => files.DeferredLimit(MaxFile, LimitOrMax(limit), origin);

    public void Write(UnitProperties unit) => Write(unit, limit < 0 ? UnitProperties.Infinity : (ulong)limit);

    /// <inheritdoc cref="UnifiedSettings.Translate"/>
    public static void Translate(UnitProperties unit, string file, string value)
    {
        if (file == MaxFile)
            Write(unit, Amount(value));
    }

    /// <summary>The minimum of systemd is one.</summary>
    private static void Write(UnitProperties unit, ulong? tasks) => unit.Number(MaxProperty, tasks == 0 ? 1 : tasks);
}
