using System;
using System.Collections.Generic;
using System.Globalization;

namespace Lade.Cgroups.Systemd;

/// <summary>
/// Limits of single block devices as properties of a unit: lists of a device's path and a number, in which a device that is there already gets a new number.
/// systemd sets a limit of a partition, or of a device on top of another one, on the disk below. That is not what was asked for, so only disks themselves
/// have properties; the files have all.
/// </summary>
internal static class UnitBlockIo
{
    private const string Type = "a(st)";

    /// <summary>False when the write is none of a single device.</summary>
    /// <param name="isDisk">Of a device's number, <c>8:16</c>.</param>
    public static bool TryAdd(List<UnitProperty> properties, CgroupWrite write, Predicate<string> isDisk)
    {
        string[] words = write.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 2 || !words[0].Contains(':', StringComparison.Ordinal))
            return false;
        if (!isDisk(words[0]))
            return true;
        for (int i = 1; i < words.Length; i++)
        {
            int equals = words[i].IndexOf('=', StringComparison.Ordinal);
            string key = equals < 0 ? "" : words[i][..equals];
            if (Property(write.File, key) is { } name && Number(words[i][(equals + 1)..], isVersion1: write.Controller == "blkio") is { } number)
                Put(properties, name, "/dev/block/" + words[0], number);
        }

        return true;
    }

    /// <summary>The values that a property must be set to, one after the other, to become <paramref name="old"/> again: these lists are added to, until an empty one.</summary>
    public static IEnumerable<UnitProperty> Again(UnitProperty old)
    {
        if (old.Value.Signature == Type)
            yield return old with { Value = new BusValue(Type, Array.Empty<object>()) };
        if (old.Value is not { Signature: Type, Value: object[] { Length: 0 } })
            yield return old;
    }

    private static string? Property(string file, string key) => (file, key) switch
    {
        ("io.max", "rbps") => "IOReadBandwidthMax",
        ("io.max", "wbps") => "IOWriteBandwidthMax",
        ("io.max", "riops") => "IOReadIOPSMax",
        ("io.max", "wiops") => "IOWriteIOPSMax",
        ("io.weight", "") => "IODeviceWeight",
        ("blkio.throttle.read_bps_device", "") => "BlockIOReadBandwidth",
        ("blkio.throttle.write_bps_device", "") => "BlockIOWriteBandwidth",
        ("blkio.weight_device" or "blkio.bfq.weight_device", "") => "BlockIODeviceWeight",
        _ => null,
    };

    /// <summary>0 takes a limit away on v1.</summary>
    private static ulong? Number(string text, bool isVersion1) =>
        text == "max" || (isVersion1 && text == "0") ? UnitProperties.Infinity
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number : null;

    private static void Put(List<UnitProperty> properties, string name, string device, ulong number)
    {
        var entries = new List<object>();
        if (properties.Find(p => p.Name == name) is { Value.Value: object[] before })
        {
            foreach (object entry in before)
            {
                if (entry is not object[] pair || (string)pair[0] != device)
                    entries.Add(entry);
            }
        }

        entries.Add(new object[] { device, number });
        UnitProperties.Set(properties, name, new BusValue(Type, entries.ToArray()));
    }
}
