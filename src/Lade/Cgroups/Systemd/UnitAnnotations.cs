using System;
using System.Collections.Generic;
using Lade.Cgroups.DBus;
using Lade.Configuration;

namespace Lade.Cgroups.Systemd;

/// <summary>Annotations that speak to systemd: <c>org.systemd.property.NAME</c> sets any property of the container's unit.</summary>
internal static class UnitAnnotations
{
    /// <summary>crun's: name of a cgroup below the unit's in which the container lives. Empty is none.</summary>
    public const string Subgroup = "run.oci.systemd.subgroup";

    private const string Prefix = "org.systemd.property.";
    private const int ShortestName = 3;
    private const double MicrosecondsPerSecond = 1_000_000;

    public static List<UnitProperty> Properties(IReadOnlyDictionary<string, string> annotations)
    {
        var properties = new List<UnitProperty>();
        foreach ((string key, string text) in annotations)
        {
            if (!key.StartsWith(Prefix, StringComparison.Ordinal))
                continue;
            JsonPointer pointer = JsonPointer.Of("annotations", key);
            string name = key[Prefix.Length..];
            if (name.Length < ShortestName || !IsWord(name))
                throw new LadeException(pointer, "'" + name + "' is no name of a unit's property");
            properties.Add(Property(name, Value(text, pointer), pointer));
        }

        return properties;
    }

    /// <summary>The cgroup below the unit's own, with a leading slash; empty for none.</summary>
    public static string SubgroupOf(IReadOnlyDictionary<string, string> annotations)
    {
        string wanted = annotations.GetValueOrDefault(Subgroup) ?? "";
        string path = CgroupPath.Clean(wanted);
        if (path.LastIndexOf('/') > 0)
            throw new LadeException(JsonPointer.Of("annotations", Subgroup), "'" + wanted + "' has a slash; one cgroup directly below the unit's is possible");
        return path;
    }

    private static BusValue Value(string text, JsonPointer pointer)
    {
        try
        {
            return VariantText.Parse(text);
        }
        catch (LadeException e)
        {
            throw new LadeException(pointer, e.Message);
        }
    }

    /// <summary>Unit files have times in seconds (<c>TimeoutStopSec</c>), D-Bus has them in microseconds (<c>TimeoutStopUSec</c>).</summary>
    private static UnitProperty Property(string name, BusValue value, JsonPointer pointer)
    {
        if (!name.EndsWith("Sec", StringComparison.Ordinal) || !char.IsAsciiLetterLower(name[^4]))
            return new UnitProperty(name, value);
        double seconds = value.Value switch
        {
            double d => d,
            int i => i,
            uint u => u,
            long x => x,
            ulong t => t,
            short n => n,
            ushort q => q,
            _ => throw new LadeException(pointer, value + " is no number of seconds"),
        };
        double microseconds = seconds * MicrosecondsPerSecond;
        if (!(microseconds >= 0 && microseconds < ulong.MaxValue))
            throw new LadeException(pointer, value + " is no number of seconds");
        return new UnitProperty(name[..^3] + "USec", BusValue.Of((ulong)microseconds));
    }

    private static bool IsWord(string name)
    {
        foreach (char c in name)
        {
            if (!char.IsAsciiLetter(c))
                return false;
        }

        return true;
    }
}
