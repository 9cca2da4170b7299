using System;
using System.Globalization;
using Lade.Linux;

namespace Lade.Cgroups;

/// <summary>Files of lines <c>key number</c>, which v1 and v2 have both ("flat keyed" in cgroup-v2.rst).</summary>
internal static class KeyedFile
{
    /// <summary>The number of <paramref name="key"/>; null without such a file or line.</summary>
    public static long? Number(string path, string key) => Files.TryReadText(path) is { } text ? NumberIn(text, key) : null;

    /// <summary>The same from a file's content.</summary>
    public static long? NumberIn(string text, string key)
    {
        foreach (Range range in text.AsSpan().Split('\n'))
        {
            ReadOnlySpan<char> line = text.AsSpan()[range];
            if (line.Length > key.Length && line[key.Length] == ' ' && line.StartsWith(key, StringComparison.Ordinal))
                return long.TryParse(line[(key.Length + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;
        }

        return null;
    }
}
