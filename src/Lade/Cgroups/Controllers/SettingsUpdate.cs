using Lade.Configuration;

namespace Lade.Cgroups.Controllers;

/// <summary>
/// What `update` makes of a container's resources: what is given replaces what was recorded, everything else stays. As engines write them, an empty
/// list of CPUs is "not given", and so is 0 where no limit of 0 makes sense. Device rules are not updated: other programs may have added to them.
/// </summary>
internal static class SettingsUpdate
{
    /// <summary>The resources that hold after the update.</summary>
    public static ResourcesSpec Over(ResourcesSpec recorded, ResourcesSpec given)
    {
        ResourcesSpec merged = SpecMerger.Merge(recorded, given);
        // Memory without a limit is written with memory and swap together without one.
        return recorded.Memory is not null && given.Memory is { Limit: < 0, Swap: null or 0 } ? merged with { Memory = merged.Memory! with { Swap = -1 } } : merged;
    }

    /// <summary>What has to be written: what is given, and its partner where two values make one.</summary>
    /// <param name="effective">The result of <see cref="Over"/>.</param>
    public static ResourcesSpec WithPartners(ResourcesSpec given, ResourcesSpec effective) =>
        given with { Cpu = CpuSettings.WithPartners(given.Cpu, effective.Cpu), Memory = MemorySettings.WithPartners(given.Memory, effective.Memory) };
}
