using System;
using System.Collections.Generic;
using Lade.Configuration;
using Lade.DBus;

namespace Lade.Cgroups.Systemd;

/// <summary>Annotations for the systemd driver: <c>org.systemd.property.NAME</c> sets any property of the container's unit.</summary>
internal static class UnitAnnotations
{
    /// <summary>crun's annotation for a sub-cgroup of the unit in which the container lives. Empty is none.</summary>
    public const string Subgroup = "run.oci.systemd.subgroup";

    private const string Prefix = "org.systemd.property.";
    private const int MinNameLength = 3;
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
            if (name.Length < MinNameLength || !Array.TrueForAll(name.ToCharArray(), char.IsAsciiLetter))
                throw new LadeException(pointer, "'" + name + "' is not the name of a unit property");
            properties.Add(ToProperty(name, ParseValue(text, pointer), pointer));
        }

        return properties;
    }

    /// <summary>The sub-cgroup of the unit, with a leading slash; empty for none.</summary>
    public static string SubgroupPath(IReadOnlyDictionary<string, string> annotations)
    {
        string wanted = annotations.GetValueOrDefault(Subgroup) ?? "";
        string path = CgroupPath.Clean(wanted);
        if (path.LastIndexOf('/') > 0)
            throw new LadeException(JsonPointer.Of("annotations", Subgroup), "'" + wanted + "' contains a slash; only one level below the unit's cgroup is possible");
        return path;
    }

    private static BusValue ParseValue(string text, JsonPointer pointer)
    {
        try
        {
            return GVariantText.Parse(text);
        }
        catch (LadeException e)
        {
            throw new LadeException(pointer, e.Message);
        }
    }

    /// <summary>Unit files have times in seconds (<c>TimeoutStopSec</c>), D-Bus has them in microseconds (<c>TimeoutStopUSec</c>).</summary>
    private static UnitProperty ToProperty(string name, BusValue value, JsonPointer pointer)
    {
        if (!name.EndsWith("Sec", StringComparison.Ordinal) || !char.IsAsciiLetterLower(name[^4]))
            return new UnitProperty(name, value);
        double microseconds = MicrosecondsPerSecond * value.Value switch
        {
            double d => d,
            int i => i,
            uint u => u,
            long x => x,
            ulong t => t,
            short n => n,
            ushort q => q,
            _ => double.NaN,
        };
        return microseconds is >= 0 and < ulong.MaxValue
            ? new UnitProperty(name[..^3] + "USec", BusValue.From((ulong)microseconds))
            : throw new LadeException(pointer, value + " is not a number of seconds");
    }
}
