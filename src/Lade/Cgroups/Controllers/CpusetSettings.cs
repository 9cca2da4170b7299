using System.Collections.Generic;
using Lade.Configuration;

namespace Lade.Cgroups.Controllers;

/// <summary>The controller cpuset: on which CPUs and memory nodes the container runs. An empty list is "not given".</summary>
internal sealed class CpusetSettings(CpuResources cpu, JsonPointer at) : ISetting
{
    private const string CpusFile = "cpuset.cpus";
    private const string MemsFile = "cpuset.mems";

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

    /// <summary>A list such as <c>0-2,7</c> as a bit mask, least significant byte first; null when it is empty or malformed.</summary>
    public static byte[]? Mask(string list)
    {
        if (CgroupFile.ParseList(list) is not { Count: > 0 } members)
            return null;
        var mask = new List<byte>();
        foreach (ulong member in members)
        {
            while (mask.Count <= (int)member / 8)
                mask.Add(0);
            mask[(int)member / 8] |= (byte)(1 << (int)(member % 8));
        }

        return [.. mask];
    }

    private void WriteFiles(SettingFiles files)
    {
        if (!string.IsNullOrEmpty(cpu.Cpus))
            files.Limit(CpusFile, cpu.Cpus, at.At("cpus"));
        if (!string.IsNullOrEmpty(cpu.Mems))
            files.Limit(MemsFile, cpu.Mems, at.At("mems"));
    }
}
