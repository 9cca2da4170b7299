using System;
using System.Collections.Generic;
using Lade.Configuration;

namespace Lade.Resctrl;

/// <summary>The lines of <c>linux.intelRdt</c> for a schemata file, such as <c>L3:0=ff;1=f</c>.</summary>
internal static class Schemata
{
    /// <summary>In the order in which they are written: cache, memory bandwidth, the others.</summary>
    public static List<(string Line, JsonPointer Origin)> From(IntelRdtSpec spec)
    {
        JsonPointer at = JsonPointer.Of("linux", "intelRdt");
        var lines = new List<(string, JsonPointer)>();
        foreach (string line in (spec.L3CacheSchema ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
            lines.Add((line, at.At("l3CacheSchema")));
        if (spec.MemBwSchema is not null)
            lines.Add((spec.MemBwSchema, at.At("memBwSchema")));
        for (int i = 0; i < spec.Schemata.Count; i++)
            lines.Add((spec.Schemata[i], at.At("schemata").At(i)));
        return lines;
    }

    /// <summary>
    /// Whether a group has the values of a line, which may name only some of the domains. The kernel pads numbers with blanks and zeros.
    /// </summary>
    /// <param name="current">The lines of the group's <c>schemata</c>.</param>
    public static bool Has(IReadOnlyList<string> current, string line)
    {
        (string resource, string domains) = Split(line, ':');
        foreach (string present in current)
        {
            (string name, string values) = Split(present, ':');
            if (name == resource)
                return HasDomains(values, domains);
        }

        return false;
    }

    private static bool HasDomains(string present, string wanted)
    {
        foreach (string domain in wanted.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (ValueOf(present, Split(domain, '=').Left) != Number(Split(domain, '=').Right))
                return false;
        }

        return true;
    }

    private static string? ValueOf(string domains, string id)
    {
        foreach (string domain in domains.Split(';'))
        {
            (string present, string value) = Split(domain, '=');
            if (Number(present) == Number(id))
                return Number(value);
        }

        return null;
    }

    /// <summary>A cache mask (hexadecimal) or bandwidth (decimal) in comparable form: without leading zeros.</summary>
    private static string Number(string text) => text.TrimStart('0').ToLowerInvariant();

    private static (string Left, string Right) Split(string text, char at)
    {
        int index = text.IndexOf(at, StringComparison.Ordinal);
        return index < 0 ? (text.Trim(), "") : (text[..index].Trim(), text[(index + 1)..].Trim());
    }
}
