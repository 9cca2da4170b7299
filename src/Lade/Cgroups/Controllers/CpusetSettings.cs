using System;
using System.Collections.Generic;
using System.Globalization;
using Lade.Configuration;

namespace Lade.Cgroups.Controllers;

/// <summary>The controller cpuset: on which CPUs and memory nodes the container runs. An empty list is "not given".</summary>
internal sealed class CpusetSettings(CpuResources cpu, JsonPointer at) : ISetting
{
    private const string CpusFile = "cpuset.cpus";
    private const string MemsFile = "cpuset.mems";

    /// <summary>No machine has as many; it bounds the mask that a list can ask for.</summary>
    private const int MostBits = 1 << 16;

    public void Write(V1Files files) => WriteFiles(files);

    public void Write(V2Files files) => WriteFiles(files);

    public void Write(UnitProperties unit)
    {
        Translate(unit, CpusFile, cpu.Cpus ?? "");
        Translate(unit, MemsFile, cpu.Mems ?? "");
    }

    /// <inheritdoc cref="UnifiedSettings.Translate"/>
    public static void Translate(UnitProperties unit, string file, string list)
    {
        string? property = file switch
        {
            CpusFile => "AllowedCPUs",
            MemsFile => "AllowedMemoryNodes",
            _ => null,
        };
        if (property is not null && Mask(list) is { } mask)
            unit.Mask(property, mask);
    }

    /// <summary>CPU or node numbers such as <c>0-2,7</c> as a bit mask, least byte first; null when they are none.</summary>
    public static byte[]? Mask(string list)
    {
        var mask = new List<byte>();
        foreach (string range in list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int dash = range.IndexOf('-', StringComparison.Ordinal);
            if (!TryNumber(dash < 0 ? range : range[..dash], out int first) || !TryNumber(dash < 0 ? range : range[(dash + 1)..], out int last) || last < first)
                return null;
            while (mask.Count <= last / 8)
                mask.Add(0);
            for (int bit = first; bit <= last; bit++)
                mask[bit / 8] |= (byte)(1 << (bit % 8));
        }

        return mask.Count == 0 ? null : [.. mask];
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < MostBits;

    private void WriteFiles(CgroupFiles files)
    {
        if (!string.IsNullOrEmpty(cpu.Cpus))
            files.Limit(CpusFile, cpu.Cpus, at.At("cpus"));
        if (!string.IsNullOrEmpty(cpu.Mems))
            files.Limit(MemsFile, cpu.Mems, at.At("mems"));
    }
}
