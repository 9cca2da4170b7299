using System;
using System.Collections.Generic;
using System.Globalization;

namespace Lade.Configuration;

/// <summary>
/// The mount options that ask for an id-mapped mount: <c>idmap</c> and, for all mounts below too, <c>ridmap</c>. crun's longer form brings its own ranges,
/// each "first id on the file system - first id outside - count": <c>idmap=uids=0-1000-10#20-2000-1;gids=@0-0-10</c>. After @ the second number is an id
/// of the container's user namespace.
/// </summary>
internal sealed record IdMapOption(IReadOnlyList<IdMapping> Uids, IReadOnlyList<IdMapping> Gids)
{
    private const string Plain = "idmap";

    /// <summary>True for the words of this option, however their ranges look.</summary>
    public static bool IsOne(string option) => IsOne(option, out _);

    /// <inheritdoc cref="IsOne(string)"/>
    public static bool IsOne(string option, out bool recursive)
    {
        recursive = option.StartsWith('r');
        ReadOnlySpan<char> name = option.AsSpan(recursive ? 1 : 0);
        return name.StartsWith(Plain, StringComparison.Ordinal) && (name.Length == Plain.Length || name[Plain.Length] == '=');
    }

    /// <summary>The ranges behind <c>idmap=</c>; null for the plain word, and when <paramref name="problem"/> says what is wrong with them.</summary>
    /// <param name="linux">Whose mappings count for a side that is not given, and after @.</param>
    public static IdMapOption? Parse(string option, LinuxSpec? linux, out string? problem)
    {
        problem = null;
        int equals = option.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
            return null;
        IReadOnlyList<IdMapping> uids = linux?.UidMappings ?? [];
        IReadOnlyList<IdMapping> gids = linux?.GidMappings ?? [];
        IReadOnlyList<IdMapping> ownUids = uids;
        IReadOnlyList<IdMapping> ownGids = gids;
        foreach (string side in option[(equals + 1)..].Split(';'))
        {
            if (side.StartsWith("uids=", StringComparison.Ordinal))
                ownUids = Ranges(side, uids, ref problem);
            else if (side.StartsWith("gids=", StringComparison.Ordinal))
                ownGids = Ranges(side, gids, ref problem);
            else
                problem ??= "'" + side + "' is unknown; uids=RANGES and gids=RANGES are allowed";
        }

        if (problem is null && (ownUids.Count == 0 || ownGids.Count == 0))
            problem = (ownUids.Count == 0 ? "uids" : "gids") + " are missing; without a user namespace both are required";
        return problem is null ? new IdMapOption(ownUids, ownGids) : null;
    }

    private static List<IdMapping> Ranges(string side, IReadOnlyList<IdMapping> container, ref string? problem)
    {
        var ranges = new List<IdMapping>();
        foreach (string range in side["uids=".Length..].Split('#'))
        {
            bool relative = range.StartsWith('@');
            if (RangeOf(relative ? range[1..] : range) is not { } map)
                problem ??= "'" + range + "' is no range; three numbers with dashes between them are required";
            else if (!relative)
                ranges.Add(map);
            else if (LinuxSpec.ToHost(container, map.HostId) is { } outside)
                ranges.Add(map with { HostId = outside });
            else
                problem ??= "could not find a user namespace mapping for the relative mapping '" + range + "'";
        }

        return ranges;
    }

    private static IdMapping? RangeOf(string text)
    {
        string[] numbers = text.Split('-');
        return numbers.Length == 3 && Number(numbers[0]) is { } first && Number(numbers[1]) is { } outside && Number(numbers[2]) is { } size
            ? new IdMapping(first, outside, size)
            : null;
    }

    private static uint? Number(string text) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) ? number : null;
}
