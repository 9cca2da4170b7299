using System;
using System.Collections.Generic;

namespace Lade.Configuration;

internal static partial class SpecValidator
{
    /// <param name="at">Where the resources stand: <c>/linux/resources</c>, or the whole document for update.</param>
    public static void ValidateResources(ResourcesSpec resources, JsonPointer at, List<ConfigProblem> problems)
    {
        for (int i = 0; i < resources.Devices.Count; i++)
            ValidateDeviceRule(resources.Devices[i], at.At("devices").At(i), problems);
        if (resources.Memory is not null)
            ValidateMemory(resources.Memory, at.At("memory"), problems);
        if (resources.Cpu is not null)
            ValidateCpu(resources.Cpu, at.At("cpu"), problems);
        if (resources.BlockIo is not null)
            ValidateBlockIo(resources.BlockIo, at.At("blockIO"), problems);
        for (int i = 0; i < resources.HugepageLimits.Count; i++)
        {
            if (!IsPageSize(resources.HugepageLimits[i].PageSize))
                problems.Add(at.At("hugepageLimits").At(i).At("pageSize"), JsonObjectReader.Quote(resources.HugepageLimits[i].PageSize) + " is no page size; a number and KB, MB or GB, such as 2MB, is required");
        }

        if (resources.Pids?.Limit < -1)
            problems.Add(at.At("pids").At("limit"), resources.Pids.Limit + " is out of range; 0 and above, or -1 for no limit, is allowed");
        foreach (KeyValuePair<string, RdmaLimit> entry in resources.Rdma)
        {
            if (entry.Value is { HcaHandles: null, HcaObjects: null })
                problems.Add(at.At("rdma").At(entry.Key), "has no limit; hcaHandles, hcaObjects or both are required");
        }

        foreach (string name in resources.Unified.Keys)
        {
            // The name is joined to the cgroup's directory.
            if (name is "" or "." or ".." || name.Contains('/'))
                problems.Add(at.At("unified").At(name), JsonObjectReader.Quote(name) + " is no name of a cgroup file; one without a slash is required");
        }
    }

    private static void ValidateDeviceRule(DeviceRule rule, JsonPointer at, List<ConfigProblem> problems)
    {
        if (!WordList.Contains(SpecNames.DeviceRuleTypes, rule.Type.ToString()))
            problems.Add(at.At("type"), "is unknown; allowed are " + WordList.Describe(SpecNames.DeviceRuleTypes));
        if (rule.Access.Length == 0 || rule.Access.AsSpan().ContainsAnyExcept('r', 'w', 'm'))
            problems.Add(at.At("access"), JsonObjectReader.Quote(rule.Access) + " is no kind of access; some of the letters r, w and m are allowed");
    }

    private static void ValidateMemory(MemoryResources memory, JsonPointer at, List<ConfigProblem> problems)
    {
        if (memory.Swappiness > 100)
            problems.Add(at.At("swappiness"), memory.Swappiness + " is out of range; an integer from 0 to 100 is allowed");
        // 0 stands for "not set" in what engines write; -1 is no limit.
        if (memory is { Swap: > 0, Limit: > 0 } && memory.Swap < memory.Limit)
            problems.Add(at.At("swap"), memory.Swap + " is below the memory limit, which it includes; at least " + memory.Limit + " is required");
    }

    private static void ValidateCpu(CpuResources cpu, JsonPointer at, List<ConfigProblem> problems)
    {
        if (cpu.Quota > 0 && cpu.Burst > (ulong)cpu.Quota)
            problems.Add(at.At("burst"), cpu.Burst + " is above the quota; at most " + cpu.Quota + " is allowed");
        if (cpu.Idle is not (null or 0 or 1))
            problems.Add(at.At("idle"), cpu.Idle + " is out of range; 0 or 1 is allowed");
        ValidateNumberList(cpu.Cpus, at.At("cpus"), problems);
        ValidateNumberList(cpu.Mems, at.At("mems"), problems);
    }

    private static void ValidateBlockIo(BlockIoResources blockIo, JsonPointer at, List<ConfigProblem> problems)
    {
        ValidateWeight(blockIo.Weight, at.At("weight"), problems);
        ValidateWeight(blockIo.LeafWeight, at.At("leafWeight"), problems);
        for (int i = 0; i < blockIo.WeightDevice.Count; i++)
        {
            WeightDevice device = blockIo.WeightDevice[i];
            JsonPointer place = at.At("weightDevice").At(i);
            if (device is { Weight: null, LeafWeight: null })
                problems.Add(place, "has no weight; weight, leafWeight or both are required");
            ValidateWeight(device.Weight, place.At("weight"), problems);
            ValidateWeight(device.LeafWeight, place.At("leafWeight"), problems);
        }
    }

    /// <summary>0 stands for "not set" in what engines write.</summary>
    private static void ValidateWeight(ushort? weight, JsonPointer at, List<ConfigProblem> problems)
    {
        if (weight is not (null or 0) and (< 10 or > 1000))
            problems.Add(at, weight + " is out of range; an integer from 10 to 1000 is allowed");
    }

    /// <summary><c>[1-9][0-9]*[KMG]B</c>: it becomes part of a file name.</summary>
    private static bool IsPageSize(ReadOnlySpan<char> size) =>
        size.Length > 2
        && size[^1] == 'B'
        && size[^2] is 'K' or 'M' or 'G'
        && size[0] is >= '1' and <= '9'
        && !size[..^2].ContainsAnyExceptInRange('0', '9');
}
