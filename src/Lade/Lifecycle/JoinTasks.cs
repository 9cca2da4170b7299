using System.Collections.Generic;
using Lade.Cgroups;
using Lade.Linux;
using Lade.Plan;

namespace Lade.Lifecycle;

/// <summary>The files by which `init` joins cgroups of version 1.</summary>
internal static class JoinTasks
{
    /// <summary>Adds the open files of <paramref name="entrance"/> to the slots of a plan.</summary>
    /// <returns>Their names there, in order; empty without cgroups of version 1.</returns>
    public static IReadOnlyList<Slot> Slots(CgroupEntrance? entrance, Dictionary<Slot, Fd> slots)
    {
        if (entrance is null)
            return [];
        var names = new Slot[entrance.Tasks.Count];
        for (int i = 0; i < names.Length; i++)
        {
            names[i] = new Slot("cgroup/" + i);
            slots.Add(names[i], entrance.Tasks[i]);
        }

        return names;
    }
}
