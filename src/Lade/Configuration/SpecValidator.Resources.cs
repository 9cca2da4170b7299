using System;
using System.Collections.Generic;

namespace Lade.Configuration;

/// <content>config-linux.md "Control groups".</content>
internal static partial class SpecValidator
{
    /// <param name="at">Where the resources stand: <c>/linux/resources</c>, or the whole document for update.</param>
    public static void ValidateResources(ResourcesSpec resources, JsonPointer at, List<ConfigProblem> problems)
    {
        JsonPointer devices = at.At("devices");
        for (int i = 0; i < resources.Devices.Count; i++)
            ValidateAccess(resources.Devices[i].Access, devices.At(i), problems);
        if (resources.Memory is not null)
            ValidateSwap(resources.Memory, at.At("memory"), problems);
        if (resources.Cpu is not null)
            ValidateCpu(resources.Cpu, at.At("cpu"), problems);
        if (resources.BlockIo is not null)
            ValidateBlockIo(resources.BlockIo, at.At("blockIO"), problems);
        for (int i = 0; i < resources.HugepageLimits.Count; i++)
            ValidatePageSize(resources.HugepageLimits[i].PageSize, at.At("hugepageLimits").At(i), problems);
        ValidatePids(resources.Pids, at, problems);
        foreach (KeyValuePair<string, RdmaLimit> entry in resources.Rdma)
            ValidateRdma(entry.Value, at.At("rdma").At(entry.Key), problems);
        foreach (string name in resources.Unified.Keys)
            ValidateUnifiedName(name, at, problems);
    }

    /// <summary>config-linux.md "Allowed Device list", access.</summary>
    private static void ValidateAccess(string access, JsonPointer at, List<ConfigProblem> problems)
    {
        if (access.Length == 0 || access.AsSpan().ContainsAnyExcept('r', 'w', 'm'))
            problems.Add(at.At("access"), JsonObjectReader.Quote(access) + " is no kind of access; some of the letters r, w and m are allowed");
    }

    /// <summary>config-linux.md "Memory", swap: with the memory. 0 stands for "not set" in what engines write; -1 is no limit.</summary>
    private static void ValidateSwap(MemoryResources memory, JsonPointer at, List<ConfigProblem> problems)
    {
        if (memory is { Swap: > 0, Limit: > 0 } && memory.Swap < memory.Limit)
            problems.Add(at.At("swap"), memory.Swap + " is below the memory limit, which it includes; at least " + memory.Limit + " is required");
    }

    /// <summary>config-linux.md "CPU".</summary>
    private static void ValidateCpu(CpuResources cpu, JsonPointer at, List<ConfigProblem> problems)
    {
        if (cpu.Quota > 0 && cpu.Burst > (ulong)cpu.Quota)
            problems.Add(at.At("burst"), cpu.Burst + " is above the quota; at most " + cpu.Quota + " is allowed");
        // The options of `update` come here without having been read as JSON.
        if (cpu.Idle is not (null or 0 or 1))
            problems.Add(at.At("idle"), cpu.Idle + " is out of range; 0 or 1 is allowed");
        ValidateNumberList(cpu.Cpus, at, "cpus", problems);
        ValidateNumberList(cpu.Mems, at, "mems", problems);
    }

    private static void ValidateBlockIo(BlockIoResources blockIo, JsonPointer at, List<ConfigProblem> problems)
    {
        ValidateWeight(blockIo.Weight, at, "weight", problems);
        ValidateWeight(blockIo.LeafWeight, at, "leafWeight", problems);
        for (int i = 0; i < blockIo.WeightDevice.Count; i++)
            ValidateWeightDevice(blockIo.WeightDevice[i], at.At("weightDevice").At(i), problems);
    }

    /// <summary>config-linux.md "Block IO", weightDevice: one of the weights or both.</summary>
    private static void ValidateWeightDevice(WeightDevice device, JsonPointer at, List<ConfigProblem> problems)
    {
        if (device is { Weight: null, LeafWeight: null })
            problems.Add(at, "has no weight; weight, leafWeight or both are required");
        ValidateWeight(device.Weight, at, "weight", problems);
        ValidateWeight(device.LeafWeight, at, "leafWeight", problems);
    }

    /// <summary>config-linux.md "Block IO". 0 stands for "not set" in what engines write.</summary>
    private static void ValidateWeight(ushort? weight, JsonPointer at, string name, List<ConfigProblem> problems)
    {
        if (weight is not (null or 0) and (< 10 or > 1000))
            problems.Add(at.At(name), weight + " is out of range; an integer from 10 to 1000 is allowed");
    }

    /// <summary>config-linux.md "Huge page limits": <c>[1-9][0-9]*[KMG]B</c>. It becomes part of a file name.</summary>
    private static void ValidatePageSize(string size, JsonPointer at, List<ConfigProblem> problems)
    {
        bool isSize = size.Length > 2
            && size[^1] == 'B'
            && size[^2] is 'K' or 'M' or 'G'
            && size[0] is >= '1' and <= '9'
            && !size.AsSpan(0, size.Length - 2).ContainsAnyExceptInRange('0', '9');
        if (!isSize)
            problems.Add(at.At("pageSize"), JsonObjectReader.Quote(size) + " is no page size; a number and KB, MB or GB, such as 2MB, is required");
    }

    /// <summary>config-linux.md "PIDs". The options of `update` come here without having been read as JSON.</summary>
    private static void ValidatePids(PidsResources? pids, JsonPointer at, List<ConfigProblem> problems)
    {
        if (pids?.Limit < PidsResources.NoLimit)
            problems.Add(at.At("pids").At("limit"), pids.Limit + " is out of range; 0 and above, or -1 for no limit, is allowed");
    }

    /// <summary>config-linux.md "RDMA": one of the limits or both.</summary>
    private static void ValidateRdma(RdmaLimit limit, JsonPointer at, List<ConfigProblem> problems)
    {
        if (limit is { HcaHandles: null, HcaObjects: null })
            problems.Add(at, "has no limit; hcaHandles, hcaObjects or both are required");
    }

    /// <summary>config-linux.md "Unified". The name is joined to the cgroup's directory.</summary>
    private static void ValidateUnifiedName(string name, JsonPointer at, List<ConfigProblem> problems)
    {
        if (name is "" or "." or ".." || name.Contains('/'))
            problems.Add(at.At("unified").At(name), JsonObjectReader.Quote(name) + " is no name of a cgroup file; one without a slash is required");
    }
}
