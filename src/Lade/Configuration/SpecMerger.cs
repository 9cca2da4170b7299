using System;
using System.Collections.Generic;

namespace Lade.Configuration;

/// <summary>
/// What `update` makes of a container's resources: what is given replaces what was recorded, everything else stays. The generated half has a method for each object;
/// where 0 means "not given", or nothing is updated, the records say so.
/// </summary>
internal static partial class SpecMerger
{
    /// <summary>What was recorded, except for the entries that the given ones take the place of.</summary>
    private static List<T> Lists<T>(IReadOnlyList<T> recorded, IReadOnlyList<T> given, Func<T, T, bool> isSame)
    {
        var merged = new List<T>(recorded);
        foreach (T entry in given)
        {
            merged.RemoveAll(old => isSame(old, entry));
            merged.Add(entry);
        }

        return merged;
    }

    private static Dictionary<string, T> Maps<T>(IReadOnlyDictionary<string, T> recorded, IReadOnlyDictionary<string, T> given)
    {
        var merged = new Dictionary<string, T>(recorded);
        foreach ((string key, T value) in given)
            merged[key] = value;
        return merged;
    }
}
