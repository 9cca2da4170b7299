using System.Collections.Generic;
using Lade.Cgroups.Controllers;
using Lade.Cgroups.DBus;
using Lade.Configuration;
using Lade.Linux;

namespace Lade.Cgroups.Systemd;

/// <summary>What a unit that is made and one that is changed do alike with limits.</summary>
internal static class UnitLimits
{
    private const int FirstWithIdleWeight = 252;

    /// <summary>The plan of <paramref name="files"/>, with the same settings as properties of the unit.</summary>
    /// <param name="deviceGroups">See <see cref="UnitProperties"/>.</param>
    public static CgroupPlan Plan(ICgroup files, SystemdManager manager, ResourcesSpec? resources, CgroupChange change, JsonPointer at, string? deviceGroups = null)
    {
        CgroupPlan plan = files.Plan(resources, change, at);
        List<UnitProperty> properties = UnitProperties.Of(resources, change, at, files.Directories is [{ IsUnified: true }], IsDisk, deviceGroups);
        if (properties.Exists(IsIdleWeight) && manager.Version() < FirstWithIdleWeight)
            properties.RemoveAll(IsIdleWeight);
        return plan with { Properties = properties };
    }

    private static bool IsIdleWeight(UnitProperty property) => property is { Name: CpuSettings.WeightProperty, Value.Value: CpuSettings.IdleWeight };

    private static bool IsDisk(string number)
    {
        string device = "/sys/dev/block/" + number;
        if (!Files.Exists(device) || Files.Exists(device + "/partition"))
            return false;
        using Fd? below = Files.TryOpen(device + "/slaves", Libc.O_RDONLY | Libc.O_DIRECTORY, out _);
        return below is null || Directories.Names(below, device).Count == 0;
    }
}
