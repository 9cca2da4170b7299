using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text.Json;
using Lade.Linux;

namespace Lade.Resctrl;

/// <summary>What `events` shows of a container's resctrl group: the capabilities of the processor, the limits, and the usage.</summary>
internal sealed record ResctrlStatistics
{
    /// <summary>Of the default group.</summary>
    public required IReadOnlyList<string> RootSchemata { get; init; }

    /// <summary>Of the container's group.</summary>
    public required IReadOnlyList<string> Schemata { get; init; }

    /// <summary>Contents of the files in info/L3 (cbm_mask ...) and info/MB (bandwidth_gran ...) by name; empty where the processor lacks the feature.</summary>
    public required IReadOnlyDictionary<string, string> CacheInfo { get; init; }
    public required IReadOnlyDictionary<string, string> BandwidthInfo { get; init; }

    /// <summary>For each L3 cache: bytes over the memory bus in total and to the local node, and occupied bytes of the cache.</summary>
    public required IReadOnlyList<(ulong? Total, ulong? Local, ulong? Occupancy)> Caches { get; init; }

    public static ResctrlStatistics Read(ResctrlGroup group)
    {
        string monitored = (group.MonitoringDirectory ?? group.Directory) + "/mon_data";
        var caches = new List<(ulong?, ulong?, ulong?)>();
        using Fd? directory = Files.TryOpen(monitored, Libc.O_RDONLY | Libc.O_DIRECTORY, out _);
        foreach (string domain in directory is null ? [] : Directories.Names(directory, monitored))
        {
            if (domain.StartsWith("mon_L3_", StringComparison.Ordinal))
            {
                string files = monitored + "/" + domain;
                caches.Add((Number(files + "/mbm_total_bytes"), Number(files + "/mbm_local_bytes"), Number(files + "/llc_occupancy")));
            }
        }

        return new ResctrlStatistics
        {
            RootSchemata = ResctrlFileSystem.ReadSchemata(group.Root),
            Schemata = ResctrlFileSystem.ReadSchemata(group.Directory),
            CacheInfo = Info(group.Root + "/info/L3", "cbm_mask", "min_cbm_bits", "num_closids"),
            BandwidthInfo = Info(group.Root + "/info/MB", "bandwidth_gran", "delay_linear", "min_bandwidth", "num_closids"),
            Caches = caches,
        };
    }

    /// <summary>Writes the members of <c>intel_rdt</c>; unknown ones are left out.</summary>
    public void WriteMembers(Utf8JsonWriter json)
    {
        WriteInfo(json, "l3_cache_info", CacheInfo);
        WriteLine(json, "l3_cache_schema_root", RootSchemata, "L3");
        WriteLine(json, "l3_cache_schema", Schemata, "L3");
        WriteInfo(json, "mem_bw_info", BandwidthInfo);
        WriteLine(json, "mem_bw_schema_root", RootSchemata, "MB");
        WriteLine(json, "mem_bw_schema", Schemata, "MB");
        json.WriteStartArray("schemata");
        foreach (string line in Schemata)
            json.WriteStringValue(line);
        json.WriteEndArray();
        WriteCaches(json, "mbm_stats", cache => [("mbm_total_bytes", cache.Total), ("mbm_local_bytes", cache.Local)]);
        WriteCaches(json, "cmt_stats", cache => [("llc_occupancy", cache.Occupancy)]);
    }

    private void WriteCaches(Utf8JsonWriter json, string name, Func<(ulong? Total, ulong? Local, ulong? Occupancy), (string Name, ulong? Value)[]> members)
    {
        bool any = false;
        foreach ((ulong? Total, ulong? Local, ulong? Occupancy) cache in Caches)
        {
            (string Name, ulong? Value)[] values = members(cache);
            if (!Array.Exists(values, v => v.Value is not null))
                continue;
            if (!any)
                json.WriteStartArray(name);
            any = true;
            json.WriteStartObject();
            foreach ((string member, ulong? value) in values)
            {
                if (value is not null)
                    json.WriteNumber(member, value.Value);
            }

            json.WriteEndObject();
        }

        if (any)
            json.WriteEndArray();
    }

    /// <summary>cbm_mask is a string, everything else a number.</summary>
    private static void WriteInfo(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, string> info)
    {
        if (info.Count == 0)
            return;
        json.WriteStartObject(name);
        foreach ((string member, string value) in info)
        {
            if (member != "cbm_mask" && ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number))
                json.WriteNumber(member, number);
            else
                json.WriteString(member, value);
        }

        json.WriteEndObject();
    }

    private static void WriteLine(Utf8JsonWriter json, string name, IReadOnlyList<string> schemata, string resource)
    {
        foreach (string line in schemata)
        {
            if (line.StartsWith(resource, StringComparison.Ordinal))
            {
                json.WriteString(name, line);
                return;
            }
        }
    }

    private static Dictionary<string, string> Info(string directory, params ReadOnlySpan<string> names)
    {
        var info = new Dictionary<string, string>();
        foreach (string name in names)
        {
            if (Files.TryReadText(directory + "/" + name) is { } value)
                info.Add(name, value);
        }

        return info;
    }

    /// <summary>null without such a counter, or while the processor cannot read it ("Unavailable").</summary>
    private static ulong? Number(string path) =>
        ulong.TryParse(Files.TryReadText(path), NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) ? value : null;
}
