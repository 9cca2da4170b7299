using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text.Json;
using Lade.Configuration;

namespace Lade.Cgroups.Statistics;

/// <summary>Lines of <c>events</c> in runc's form: zeros are left out, except for values that its readers always expect.</summary>
internal static class StatisticsJson
{
    /// <summary><c>{"type":"stats","id":ID,"data":{...}}</c> and a newline.</summary>
    /// <param name="intelRdt">Writes the members of <c>intel_rdt</c>; null for none.</param>
    public static ReadOnlyMemory<byte> Line(string id, CgroupStatistics statistics, Action<Utf8JsonWriter>? intelRdt = null) => Line("stats", id, json =>
    {
        json.WriteStartObject("data");
        WriteCpu(json, statistics.Cpu);
        WriteCpuset(json, statistics.Cpuset);
        WriteMemory(json, statistics.Memory);
        json.WriteStartObject("pids");
        WriteUnlessZero(json, "current", statistics.Pids.Current);
        WriteUnlessZero(json, "limit", statistics.Pids.Limit);
        json.WriteEndObject();
        WriteBlockIo(json, statistics.BlockIo, statistics.BlockIoPressure);
        json.WriteStartObject("hugetlb");
        foreach (HugepageStatistics pages in statistics.Hugepages)
            WriteUsage(json, pages.PageSize, pages.Usage, withLimit: false);
        json.WriteEndObject();
        json.WriteStartObject("intel_rdt");
        intelRdt?.Invoke(json);
        json.WriteEndObject();
        json.WriteNull("network_interfaces");
        json.WriteEndObject();
    });

    /// <summary><c>{"type":"oom","id":ID}</c> and a newline.</summary>
    public static ReadOnlyMemory<byte> OomLine(string id) => Line("oom", id, _ => { });

    private static ReadOnlyMemory<byte> Line(string type, string id, Action<Utf8JsonWriter> writeData)
    {
        var output = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(output, JsonEscaping.Compact))
        {
            json.WriteStartObject();
            json.WriteString("type", type);
            json.WriteString("id", id);
            writeData(json);
            json.WriteEndObject();
        }

        output.Write("\n"u8);
        return output.WrittenMemory;
    }

    private static void WriteCpu(Utf8JsonWriter json, CpuStatistics cpu)
    {
        json.WriteStartObject("cpu");
        json.WriteStartObject("usage");
        WriteUnlessZero(json, "total", cpu.Total);
        WriteUnlessEmpty(json, "percpu", cpu.PerCpu);
        WriteUnlessEmpty(json, "percpu_kernel", cpu.PerCpuKernel);
        WriteUnlessEmpty(json, "percpu_user", cpu.PerCpuUser);
        json.WriteNumber("kernel", cpu.Kernel);
        json.WriteNumber("user", cpu.User);
        json.WriteEndObject();
        json.WriteStartObject("throttling");
        WriteUnlessZero(json, "periods", cpu.Periods);
        WriteUnlessZero(json, "throttledPeriods", cpu.ThrottledPeriods);
        WriteUnlessZero(json, "throttledTime", cpu.ThrottledTime);
        json.WriteEndObject();
        WritePressure(json, cpu.Pressure);
        json.WriteEndObject();
    }

    private static void WriteCpuset(Utf8JsonWriter json, CpusetStatistics cpuset)
    {
        json.WriteStartObject("cpuset");
        WriteUnlessEmpty(json, "cpus", cpuset.Cpus);
        for (int i = 0; i < cpuset.Flags.Length; i++)
        {
            json.WriteNumber(CpusetStatistics.FlagNames[i], cpuset.Flags[i]);
            if (i == 0)
                WriteUnlessEmpty(json, "mems", cpuset.Mems);
        }

        json.WriteEndObject();
    }

    private static void WriteMemory(Utf8JsonWriter json, MemoryStatistics memory)
    {
        json.WriteStartObject("memory");
        WriteUnlessZero(json, "cache", memory.Cache);
        WriteUsage(json, "usage", memory.Usage);
        WriteUsage(json, "swap", memory.Swap);
        WriteUsage(json, "kernel", memory.Kernel);
        WriteUsage(json, "kernelTCP", memory.KernelTcp);
        if (memory.Raw.Count > 0)
        {
            json.WriteStartObject("raw");
            var names = new List<string>(memory.Raw.Keys);
            names.Sort(string.CompareOrdinal);
            foreach (string name in names)
                json.WriteNumber(name, memory.Raw[name]);
            json.WriteEndObject();
        }

        WritePressure(json, memory.Pressure);
        json.WriteEndObject();
    }

    private static void WriteUsage(Utf8JsonWriter json, string name, ResourceUsage usage, bool withLimit = true)
    {
        json.WriteStartObject(name);
        if (withLimit)
            json.WriteNumber("limit", usage.Limit);
        WriteUnlessZero(json, "usage", usage.Usage);
        WriteUnlessZero(json, "max", usage.Max);
        json.WriteNumber("failcnt", usage.Failures);
        json.WriteEndObject();
    }

    private static void WriteBlockIo(Utf8JsonWriter json, IReadOnlyList<BlockIoTable> tables, Pressure? pressure)
    {
        json.WriteStartObject("blkio");
        foreach (BlockIoTable table in tables)
        {
            if (table.Entries.Count == 0)
                continue;
            json.WriteStartArray(table.Name);
            foreach (BlockIoEntry entry in table.Entries)
            {
                json.WriteStartObject();
                WriteUnlessZero(json, "major", entry.Major);
                WriteUnlessZero(json, "minor", entry.Minor);
                if (entry.Operation.Length > 0)
                    json.WriteString("op", entry.Operation);
                WriteUnlessZero(json, "value", entry.Value);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        WritePressure(json, pressure);
        json.WriteEndObject();
    }

    private static void WritePressure(Utf8JsonWriter json, Pressure? pressure)
    {
        if (pressure is null)
            return;
        json.WriteStartObject("psi");
        WritePressureLine(json, "some", pressure.Some);
        WritePressureLine(json, "full", pressure.Full);
        json.WriteEndObject();
    }

    private static void WritePressureLine(Utf8JsonWriter json, string name, PressureLine line)
    {
        json.WriteStartObject(name);
        json.WriteNumber("avg10", line.Average10);
        json.WriteNumber("avg60", line.Average60);
        json.WriteNumber("avg300", line.Average300);
        json.WriteNumber("total", line.Total);
        json.WriteEndObject();
    }

    private static void WriteUnlessZero(Utf8JsonWriter json, string name, ulong value)
    {
        if (value != 0)
            json.WriteNumber(name, value);
    }

    private static void WriteUnlessEmpty(Utf8JsonWriter json, string name, IReadOnlyList<ulong> values)
    {
        if (values.Count == 0)
            return;
        json.WriteStartArray(name);
        foreach (ulong value in values)
            json.WriteNumberValue(value);
        json.WriteEndArray();
    }
}
