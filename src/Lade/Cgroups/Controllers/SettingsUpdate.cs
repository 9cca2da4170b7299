using System;
using System.Collections.Generic;
using Lade.Configuration;

namespace Lade.Cgroups.Controllers;

/// <summary>
/// What `update` makes of a container's resources: what is given replaces what was recorded, everything else stays. As engines write them, an empty
/// list of CPUs is "not given", and so is 0 where no limit of 0 makes sense. Device rules are not updated: other programs may have added to them.
/// </summary>
internal static class SettingsUpdate
{
    /// <summary>The resources that hold after the update.</summary>
    public static ResourcesSpec Over(ResourcesSpec recorded, ResourcesSpec given) => new()
    {
        Devices = recorded.Devices,
        Memory = MemorySettings.Over(recorded.Memory, given.Memory),
        Cpu = CpuSettings.Over(recorded.Cpu, given.Cpu),
        BlockIo = BlockIoSettings.Over(recorded.BlockIo, given.BlockIo),
        HugepageLimits = Lists(recorded.HugepageLimits, given.HugepageLimits, (a, b) => a.PageSize == b.PageSize),
        Network = NetworkSettings.Over(recorded.Network, given.Network),
        Pids = given.Pids?.Limit is null ? recorded.Pids : given.Pids,
        Rdma = Maps(recorded.Rdma, given.Rdma),
        Unified = Maps(recorded.Unified, given.Unified),
    };

    /// <summary>What has to be written: what is given, and its partner where two values make one.</summary>
    /// <param name="effective">The result of <see cref="Over"/>.</param>
    public static ResourcesSpec WithPartners(ResourcesSpec given, ResourcesSpec effective) =>
        given with { Cpu = CpuSettings.WithPartners(given.Cpu, effective.Cpu), Memory = MemorySettings.WithPartners(given.Memory, effective.Memory) };

    /// <summary>What was recorded, but for the entries that the given ones take the place of.</summary>
    public static List<T> Lists<T>(IReadOnlyList<T> recorded, IReadOnlyList<T> given, Func<T, T, bool> isSame)
    {
        var merged = new List<T>(recorded);
        foreach (T entry in given)
        {
            merged.RemoveAll(old => isSame(old, entry));
            merged.Add(entry);
        }

        return merged;
    }

    private static Dictionary<string, T> Maps<T>(IReadOnlyDictionary<string, T> recorded, IReadOnlyDictionary<string, T> given)
    {
        var merged = new Dictionary<string, T>(recorded);
        foreach ((string key, T value) in given)
            merged[key] = value;
        return merged;
    }
}
