using System.Collections.Generic;
using Lade.Cgroups;
using Lade.Cgroups.Systemd;
using Lade.Configuration;
using Lade.Linux;
using Lade.Plan;
using Lade.Planning;

namespace Lade.Lifecycle;

/// <summary>Where the cgroup of a new container will be, and who creates it.</summary>
/// <param name="Files">Set when lade creates it; then its limits are set before `init` starts.</param>
/// <param name="Unit">Set when systemd creates it around the waiting `init`.</param>
internal sealed record CgroupTarget(CgroupHost Host, ICgroup? Files, NewUnit? Unit)
{
    /// <summary>null when cgroups are disabled.</summary>
    public INewCgroup? Cgroup => Unit ?? (INewCgroup?)Files;

    /// <summary>Read-only.</summary>
    public static CgroupTarget Find(CreateRequest request, Spec spec, bool isPrivileged)
    {
        CgroupHost host = CgroupHost.Detect();
        return request.CgroupManager switch
        {
            CgroupManager.Systemd => new CgroupTarget(host, null, NewUnit.Locate(host, spec, request.Id.ToString(), isPrivileged)),
            CgroupManager.Cgroupfs => new CgroupTarget(host, Cgroupfs.Locate(host, spec.Linux?.CgroupsPath, request.Id.ToString(), Cgroupfs.DelegatedPath(spec)), null),
            _ => new CgroupTarget(host, null, null),
        };
    }

    /// <summary>Adds the files through which `init` joins the cgroup to the slots of its plan.</summary>
    public static CgroupEntry CreateEntry(CgroupJoin? join, bool waitsForUnit, Dictionary<Slot, Fd> slots)
    {
        var names = new Slot[join?.Tasks.Count ?? 0];
        for (int i = 0; join is not null && i < names.Length; i++)
        {
            names[i] = new Slot("cgroup/" + i);
            slots.Add(names[i], join.Tasks[i]);
        }

        return new CgroupEntry { Tasks = names, StartsInside = join is { CloneInto: not null, Tasks: [] }, WaitsForUnit = waitsForUnit };
    }
}
