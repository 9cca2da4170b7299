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
        for (int i = 0; i < spec.Mounts.Count; i++)
            CheckMount(spec.Mounts[i], JsonPointer.Of("mounts", i), problems);
    }

    private static void CheckMount(MountSpec mount, JsonPointer at, List<ConfigProblem> problems)
    {
        Refuse(mount.UidMappings.Count > 0, at.At("uidMappings"), problems);
        Refuse(mount.GidMappings.Count > 0, at.At("gidMappings"), problems);
        for (int i = 0; i < mount.Options.Count; i++)
        {
            if (mount.Options[i] is "idmap" or "ridmap")
                problems.Add(at.At("options").At(i), Message);
        }
    }

    private static void Refuse(bool isSet, JsonPointer at, List<ConfigProblem> problems)
    {
        if (isSet)
            problems.Add(at, Message);
    }
}
