using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text.Json;
using Lade.Configuration;

namespace Lade.Cgroups.Statistics;

/// <summary>Lines of <c>events</c>, in the form of runc's: what is 0 is left out, but for the values that its readers expect always.</summary>
internal static class StatisticsJson
{
    /// <summary><c>{"type":"stats","id":ID,"data":{...}}</c> and a newline.</summary>
    /// <param name="intelRdt">Writes the members of <c>intel_rdt</c>, which are no cgroup's; null for none.</param>
    public static ReadOnlyMemory<byte> Line(string id, CgroupStatistics statistics, Action<Utf8JsonWriter>? intelRdt = null) => Line("stats", id, json =>
    {
        json.WriteStartObject("data");
        Cpu(json, statistics.Cpu);
        Cpuset(json, statistics.Cpuset);
        Memory(json, statistics.Memory);
        json.WriteStartObject("pids");
        NotZero(json, "current", statistics.Pids.Current);
        NotZero(json, "limit", statistics.Pids.Limit);
        json.WriteEndObject();
        BlockIo(json, statistics.BlockIo);
        Hugepages(json, statistics.Hugepages);
        json.WriteStartObject("intel_rdt");
        intelRdt?.Invoke(json);
        json.WriteEndObject();
        json.WriteNull("network_interfaces");
        json.WriteEndObject();
    });

    /// <summary><c>{"type":"oom","id":ID}</c> and a newline.</summary>
    public static ReadOnlyMemory<byte> OomLine(string id) => Line("oom", id, _ => { });

    private static ReadOnlyMemory<byte> Line(string type, string id, Action<Utf8JsonWriter> data)
    {
        var output = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(output, JsonEscaping.Compact))
        {
            json.WriteStartObject();
            json.WriteString("type", type);
            json.WriteString("id", id);
            data(json);
            json.WriteEndObject();
        }

        output.Write("\n"u8);
        return output.WrittenMemory;
    }

    private static void Cpu(Utf8JsonWriter json, CpuStatistics cpu)
    {
        json.WriteStartObject("cpu");
        json.WriteStartObject("usage");
        NotZero(json, "total", cpu.Total);
        NotEmpty(json, "percpu", cpu.PerCpu);
        NotEmpty(json, "percpu_kernel", cpu.PerCpuKernel);
        NotEmpty(json, "percpu_user", cpu.PerCpuUser);
        json.WriteNumber("kernel", cpu.Kernel);
        json.WriteNumber("user", cpu.User);
        json.WriteEndObject();
        json.WriteStartObject("throttling");
        NotZero(json, "periods", cpu.Periods);
        NotZero(json, "throttledPeriods", cpu.ThrottledPeriods);
        NotZero(json, "throttledTime", cpu.ThrottledTime);
        json.WriteEndObject();
        Psi(json, cpu.Pressure);
        json.WriteEndObject();
    }

    private static void Cpuset(Utf8JsonWriter json, CpusetStatistics cpuset)
    {
        json.WriteStartObject("cpuset");
        NotEmpty(json, "cpus", cpuset.Cpus);
        json.WriteNumber("cpu_exclusive", cpuset.CpuExclusive);
        NotEmpty(json, "mems", cpuset.Mems);
        json.WriteNumber("mem_hardwall", cpuset.MemHardwall);
        json.WriteNumber("mem_exclusive", cpuset.MemExclusive);
        json.WriteNumber("memory_migrate", cpuset.MemoryMigrate);
        json.WriteNumber("memory_spread_page", cpuset.MemorySpreadPage);
        json.WriteNumber("memory_spread_slab", cpuset.MemorySpreadSlab);
        json.WriteNumber("memory_pressure", cpuset.MemoryPressure);
        json.WriteNumber("sched_load_balance", cpuset.SchedLoadBalance);
        json.WriteNumber("sched_relax_domain_level", cpuset.SchedRelaxDomainLevel);
        json.WriteEndObject();
    }

    private static void Memory(Utf8JsonWriter json, MemoryStatistics memory)
    {
        json.WriteStartObject("memory");
        NotZero(json, "cache", memory.Cache);
        Usage(json, "usage", memory.Usage);
        Usage(json, "swap", memory.Swap);
        Usage(json, "kernel", memory.Kernel);
        Usage(json, "kernelTCP", memory.KernelTcp);
        if (memory.Raw.Count > 0)
        {
            json.WriteStartObject("raw");
            var names = new List<string>(memory.Raw.Keys);
            names.Sort(string.CompareOrdinal);
            foreach (string name in names)
                json.WriteNumber(name, memory.Raw[name]);
            json.WriteEndObject();
        }

        Psi(json, memory.Pressure);
        json.WriteEndObject();
    }

    private static void Usage(Utf8JsonWriter json, string name, MemoryUsage usage)
    {
        json.WriteStartObject(name);
        json.WriteNumber("limit", usage.Limit);
        NotZero(json, "usage", usage.Usage);
        NotZero(json, "max", usage.Max);
        json.WriteNumber("failcnt", usage.Failures);
        json.WriteEndObject();
    }

    private static void BlockIo(Utf8JsonWriter json, BlockIoStatistics blockIo)
    {
        json.WriteStartObject("blkio");
        Table(json, "ioServiceBytesRecursive", blockIo.ServiceBytes);
        Table(json, "ioServicedRecursive", blockIo.Serviced);
        Table(json, "ioQueueRecursive", blockIo.Queued);
        Table(json, "ioServiceTimeRecursive", blockIo.ServiceTime);
        Table(json, "ioWaitTimeRecursive", blockIo.WaitTime);
        Table(json, "ioMergedRecursive", blockIo.Merged);
        Table(json, "ioTimeRecursive", blockIo.Time);
        Table(json, "sectorsRecursive", blockIo.Sectors);
        Psi(json, blockIo.Pressure);
        json.WriteEndObject();
    }

    private static void Table(Utf8JsonWriter json, string name, IReadOnlyList<BlockIoEntry> entries)
    {
        if (entries.Count == 0)
            return;
        json.WriteStartArray(name);
        foreach (BlockIoEntry entry in entries)
        {
            json.WriteStartObject();
            NotZero(json, "major", entry.Major);
            NotZero(json, "minor", entry.Minor);
            if (entry.Operation.Length > 0)
                json.WriteString("op", entry.Operation);
            NotZero(json, "value", entry.Value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Hugepages(Utf8JsonWriter json, IReadOnlyList<HugepageStatistics> pages)
    {
        json.WriteStartObject("hugetlb");
        foreach (HugepageStatistics page in pages)
        {
            json.WriteStartObject(page.PageSize);
            NotZero(json, "usage", page.Usage);
            NotZero(json, "max", page.Max);
            json.WriteNumber("failcnt", page.Failures);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void Psi(Utf8JsonWriter json, Pressure? pressure)
    {
        if (pressure is null)
            return;
        json.WriteStartObject("psi");
        PsiLine(json, "some", pressure.Some);
        PsiLine(json, "full", pressure.Full);
        json.WriteEndObject();
    }

    private static void PsiLine(Utf8JsonWriter json, string name, PressureLine line)
    {
        json.WriteStartObject(name);
        json.WriteNumber("avg10", line.Average10);
        json.WriteNumber("avg60", line.Average60);
        json.WriteNumber("avg300", line.Average300);
        json.WriteNumber("total", line.Total);
        json.WriteEndObject();
    }

    private static void NotZero(Utf8JsonWriter json, string name, ulong value)
    {
        if (value != 0)
            json.WriteNumber(name, value);
    }

    private static void NotEmpty(Utf8JsonWriter json, string name, IReadOnlyList<ulong> values)
    {
        if (values.Count == 0)
            return;
        json.WriteStartArray(name);
        foreach (ulong value in values)
            json.WriteNumberValue(value);
        json.WriteEndArray();
    }
}
