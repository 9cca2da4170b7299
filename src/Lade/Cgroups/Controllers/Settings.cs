using System.Collections.Generic;
using Lade.Configuration;

namespace Lade.Cgroups.Controllers;

/// <summary>
/// What resources ask of one controller, in the terms of each of the three drivers. null, and for most numbers 0 (which the command lines of engines write for "not
/// given"), leave the kernel's value unchanged; a negative limit is "no limit".
/// </summary>
internal interface ISetting
{
    void Write(V1Files files);

    void Write(V2Files files);

    /// <summary>Only what units have properties for; the files are written in any case.</summary>
    void Write(UnitProperties unit)
    {
    }
}

/// <summary>All settings of a container, and how <c>update</c> changes them.</summary>
internal static class Settings
{
    /// <summary>In the order in which they are written: <c>unified</c> after the others, so that it overrides them.</summary>
    /// <param name="at">Where <paramref name="resources"/> is in its document.</param>
    public static List<ISetting> From(ResourcesSpec? resources, CgroupChange change, JsonPointer at)
    {
        resources ??= new ResourcesSpec();
        var settings = new List<ISetting>();
        if (resources.Cpu is { } cpu)
        {
            settings.Add(new CpusetSettings(cpu, at.At("cpu")));
            settings.Add(new CpuSettings(cpu, at.At("cpu")));
        }

        if (resources.Memory is { } memory)
            settings.Add(new MemorySettings(memory, at.At("memory")));
        if (resources.BlockIo is { } blockIo)
            settings.Add(new BlockIoSettings(blockIo, at.At("blockIO")));
        if (resources.HugepageLimits.Count > 0)
            settings.Add(new HugetlbSettings(resources.HugepageLimits, at.At("hugepageLimits")));
        if (resources.Network is { } network)
            settings.Add(new NetworkSettings(network, at.At("network")));
        if (resources.Rdma.Count > 0)
            settings.Add(new RdmaSettings(resources.Rdma, at.At("rdma")));
        if (resources.Unified.Count > 0)
            settings.Add(new UnifiedSettings(resources.Unified, at.At("unified")));
        if (resources.Pids?.Limit is { } tasks)
            settings.Add(new PidsSettings(tasks, at.At("pids").At("limit")));
        // Other programs may have changed the device rules of a running container.
        if (change == CgroupChange.Create)
            settings.Add(new DeviceSettings(DevicePolicy.From(resources.Devices, at)));
        return settings;
    }

    /// <summary>
    /// The resources in effect after an update: given values replace recorded ones. An empty list of CPUs is "not given", and so is 0 where it cannot be a limit. Device
    /// rules are not updated.
    /// </summary>
    public static ResourcesSpec Merge(ResourcesSpec recorded, ResourcesSpec given)
    {
        ResourcesSpec merged = SpecMerger.Merge(recorded, given);
        // Unlimited memory is written together with unlimited memory+swap.
        return recorded.Memory is not null && given.Memory is { Limit: < 0, Swap: null or 0 } && merged.Memory is { } memory
            ? merged with { Memory = memory with { Swap = -1 } }
            : merged;
    }

    /// <summary>The given values, and those that are written together with one of them (quota and period, memory and swap).</summary>
    /// <param name="effective">The result of <see cref="Merge"/>.</param>
    public static ResourcesSpec AddDependent(ResourcesSpec given, ResourcesSpec effective) =>
        given with { Cpu = CpuSettings.AddDependent(given.Cpu, effective.Cpu), Memory = MemorySettings.AddDependent(given.Memory, effective.Memory) };
}
