using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text.Json;

namespace Lade.Configuration;

/// <summary>Resources as the JSON that <see cref="SpecReader.ReadAcceptedResources"/> reads: how `update` keeps what it wrote.</summary>
internal static class ResourcesWriter
{
    public static ReadOnlyMemory<byte> Write(ResourcesSpec resources)
    {
        var output = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(output, JsonEscaping.Compact))
        {
            json.WriteStartObject();
            Array(json, "devices", resources.Devices, Device);
            if (resources.Memory is { } memory)
                Memory(json, memory);
            if (resources.Cpu is { } cpu)
                Cpu(json, cpu);
            if (resources.BlockIo is { } blockIo)
                BlockIo(json, blockIo);
            Array(json, "hugepageLimits", resources.HugepageLimits, Hugepages);
            if (resources.Network is { } network)
                Network(json, network);
            if (resources.Pids?.Limit is { } pids)
            {
                json.WriteStartObject("pids");
                json.WriteNumber("limit", pids);
                json.WriteEndObject();
            }

            Maps(json, resources);
            json.WriteEndObject();
        }

        return output.WrittenMemory;
    }

    private static void Memory(Utf8JsonWriter json, MemoryResources memory)
    {
        json.WriteStartObject("memory");
        Number(json, "limit", memory.Limit);
        Number(json, "reservation", memory.Reservation);
        Number(json, "swap", memory.Swap);
        Number(json, "kernel", memory.Kernel);
        Number(json, "kernelTCP", memory.KernelTcp);
        Number(json, "swappiness", memory.Swappiness);
        Truth(json, "disableOOMKiller", memory.DisableOomKiller);
        Truth(json, "useHierarchy", memory.UseHierarchy);
        Truth(json, "checkBeforeUpdate", memory.CheckBeforeUpdate);
        json.WriteEndObject();
    }

    private static void Cpu(Utf8JsonWriter json, CpuResources cpu)
    {
        json.WriteStartObject("cpu");
        Number(json, "shares", cpu.Shares);
        Number(json, "quota", cpu.Quota);
        Number(json, "burst", cpu.Burst);
        Number(json, "period", cpu.Period);
        Number(json, "realtimeRuntime", cpu.RealtimeRuntime);
        Number(json, "realtimePeriod", cpu.RealtimePeriod);
        if (cpu.Cpus is not null)
            json.WriteString("cpus", cpu.Cpus);
        if (cpu.Mems is not null)
            json.WriteString("mems", cpu.Mems);
        Number(json, "idle", cpu.Idle);
        json.WriteEndObject();
    }

    private static void BlockIo(Utf8JsonWriter json, BlockIoResources blockIo)
    {
        json.WriteStartObject("blockIO");
        Number(json, "weight", (long?)blockIo.Weight);
        Number(json, "leafWeight", (long?)blockIo.LeafWeight);
        Array(json, "weightDevice", blockIo.WeightDevice, static (json, device) =>
        {
            json.WriteNumber("major", device.Major);
            json.WriteNumber("minor", device.Minor);
            Number(json, "weight", (long?)device.Weight);
            Number(json, "leafWeight", (long?)device.LeafWeight);
        });
        Array(json, "throttleReadBpsDevice", blockIo.ThrottleReadBpsDevice, Throttle);
        Array(json, "throttleWriteBpsDevice", blockIo.ThrottleWriteBpsDevice, Throttle);
        Array(json, "throttleReadIOPSDevice", blockIo.ThrottleReadIopsDevice, Throttle);
        Array(json, "throttleWriteIOPSDevice", blockIo.ThrottleWriteIopsDevice, Throttle);
        json.WriteEndObject();
    }

    private static void Throttle(Utf8JsonWriter json, ThrottleDevice device)
    {
        json.WriteNumber("major", device.Major);
        json.WriteNumber("minor", device.Minor);
        json.WriteNumber("rate", device.Rate);
    }

    private static void Hugepages(Utf8JsonWriter json, HugepageLimit limit)
    {
        json.WriteString("pageSize", limit.PageSize);
        json.WriteNumber("limit", limit.Limit);
    }

    private static void Network(Utf8JsonWriter json, NetworkResources network)
    {
        json.WriteStartObject("network");
        Number(json, "classID", (long?)network.ClassId);
        Array(json, "priorities", network.Priorities, static (json, priority) =>
        {
            json.WriteString("name", priority.Name);
            json.WriteNumber("priority", priority.Priority);
        });
        json.WriteEndObject();
    }

    private static void Device(Utf8JsonWriter json, DeviceRule rule)
    {
        json.WriteBoolean("allow", rule.Allow);
        json.WriteString("type", rule.Type.ToString());
        Number(json, "major", rule.Major);
        Number(json, "minor", rule.Minor);
        json.WriteString("access", rule.Access);
    }

    private static void Maps(Utf8JsonWriter json, ResourcesSpec resources)
    {
        json.WriteStartObject("rdma");
        foreach ((string device, RdmaLimit limit) in resources.Rdma)
        {
            json.WriteStartObject(device);
            Number(json, "hcaHandles", (long?)limit.HcaHandles);
            Number(json, "hcaObjects", (long?)limit.HcaObjects);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteStartObject("unified");
        foreach ((string file, string value) in resources.Unified)
            json.WriteString(file, value);
        json.WriteEndObject();
    }

    private static void Array<T>(Utf8JsonWriter json, string name, IReadOnlyList<T> entries, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartArray(name);
        foreach (T entry in entries)
        {
            json.WriteStartObject();
            write(json, entry);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Number(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
    }

    private static void Number(Utf8JsonWriter json, string name, ulong? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
    }

    private static void Truth(Utf8JsonWriter json, string name, bool? value)
    {
        if (value is { } truth)
            json.WriteBoolean(name, truth);
    }
}
