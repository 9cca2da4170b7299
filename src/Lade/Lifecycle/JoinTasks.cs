using System.Collections.Generic;
using Lade.Cgroups;
using Lade.Linux;
using Lade.Plan;

namespace Lade.Lifecycle;

/// <summary>The files by which `init` joins cgroups of version 1.</summary>
internal static class JoinTasks
{
    /// <summary>Adds the open files of <paramref name="join"/> to the slots of a plan.</summary>
    /// <returns>Their names there, in order; empty without cgroups of version 1.</returns>
    public static IReadOnlyList<Slot> Slots(CgroupJoin? join, Dictionary<Slot, Fd> slots)
    {
        if (join is null)
            return [];
        var names = new Slot[join.Tasks.Count];
        for (int i = 0; i < names.Length; i++)
        {
            names[i] = new Slot("cgroup/" + i);
            slots.Add(names[i], join.Tasks[i]);
        }

        return names;
    }
}
