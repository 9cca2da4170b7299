using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Lade.Configuration;

namespace Lade.Planning;

/// <summary>
/// A user namespace for containers of an unprivileged user, who could not create any without one: the user is root in it, and the subordinate IDs from
/// /etc/subuid and /etc/subgid are mapped from ID 1 on.
/// </summary>
internal static class AutomaticUserNamespace
{
    /// <summary>Adds the user namespace, unless the configuration already has one.</summary>
    /// <param name="subordinateUids">Ranges that newuidmap(1) would let us map; empty if it is not installed.</param>
    public static Spec Add(Spec spec, uint uid, uint gid, IReadOnlyList<IdRange> subordinateUids, IReadOnlyList<IdRange> subordinateGids)
    {
        LinuxSpec linux = spec.Linux ?? new LinuxSpec();
        if (linux.Has(NamespaceType.User))
            return spec;
        return spec with
        {
            Linux = linux with
            {
                Namespaces = [.. linux.Namespaces, new NamespaceSpec(NamespaceType.User, null)],
                UidMappings = Map(uid, subordinateUids),
                GidMappings = Map(gid, subordinateGids),
            },
        };
    }

    private static List<IdMapping> Map(uint own, IReadOnlyList<IdRange> further)
    {
        List<IdMapping> mappings = [new IdMapping(0, own, 1)];
        uint next = 1;
        foreach (IdRange range in further)
        {
            mappings.Add(new IdMapping(next, range.First, range.Count));
            next += range.Count;
        }

        return mappings;
    }
}

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
