using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Lade.Planning;

/// <summary>A range of subordinate IDs: <c>Count</c> IDs starting at <c>First</c>.</summary>
internal readonly record struct IdRange(uint First, uint Count);

/// <summary>Parses subuid(5) and subgid(5): the additional IDs that a user may map into user namespaces.</summary>
internal static class SubordinateIds
{
    /// <summary>The user's ranges in file order. A line names its user by name or uid; malformed lines are ignored.</summary>
    public static IReadOnlyList<IdRange> Parse(ReadOnlySpan<byte> text, string user, uint uid)
    {
        var ranges = new List<IdRange>();
        string number = uid.ToString(CultureInfo.InvariantCulture);
        foreach (string line in Encoding.UTF8.GetString(text).Split('\n', StringSplitOptions.TrimEntries))
        {
            string[] fields = line.Split(':');
            if (fields.Length == 3 && (fields[0] == user || fields[0] == number) && Number(fields[1]) is { } first && Number(fields[2]) is { } count && count > 0 && first + (ulong)count <= uint.MaxValue)
                ranges.Add(new IdRange(first, count));
        }

        return ranges;
    }

    private static uint? Number(string text) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) ? number : null;
}
