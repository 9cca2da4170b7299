using System.Collections.Generic;
using Lade.Configuration;

namespace Lade.Cgroups.Controllers;

/// <summary>
/// What resources ask of one controller, and how each of the three drivers is told. null, and for most numbers 0 (which the command lines of engines write
/// for "not given"), leave the kernel's value alone; a negative limit is "no limit".
/// </summary>
internal interface ISetting
{
    void Write(V1Files files);

    void Write(V2Files files);

    /// <summary>Only numbers that a unit has properties for; the files are written in any case.</summary>
    void Write(UnitProperties unit);
}

/// <summary>All settings of a container, or of an update.</summary>
internal static class Settings
{
    /// <summary>In the order in which they are written: <c>unified</c> after what is converted, so that it can overrule it.</summary>
    /// <param name="at">Where <paramref name="resources"/> stands in its document.</param>
    public static List<ISetting> Of(ResourcesSpec? resources, CgroupChange change, JsonPointer at)
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
        // Other programs may have added to the rules of a container that runs.
        if (change == CgroupChange.Create)
            settings.Add(new DeviceSettings(DevicePolicy.Of(resources.Devices, at)));
        return settings;
    }
}
