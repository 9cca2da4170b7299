using System.Collections.Generic;

namespace Lade.Configuration;

/// <summary>
/// Properties that are read and checked but that no planner applies yet. A property that is dropped in silence is worse than an error, so each is
/// refused when it is set. This list only shrinks: whoever applies a property removes its line.
/// </summary>
internal static class UnappliedProperties
{
    private const string Message = "is not applied by this version of lade; leave it out";

    public static void Check(Spec spec, List<ConfigProblem> problems)
    {
        if (spec.Linux is not { } linux)
            return;
        Refuse(linux.NetDevices.Count > 0, JsonPointer.Of("linux", "netDevices"), problems);
        Refuse(linux.IntelRdt is not null, JsonPointer.Of("linux", "intelRdt"), problems);
    }

    private static void Refuse(bool isSet, JsonPointer at, List<ConfigProblem> problems)
    {
        if (isSet)
            problems.Add(at, Message);
    }
}
