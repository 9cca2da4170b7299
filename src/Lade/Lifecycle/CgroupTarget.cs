using System.Collections.Generic;
using Lade.Cgroups;
using Lade.Cgroups.Systemd;
using Lade.Configuration;
using Lade.Linux;
using Lade.Plan;
using Lade.Planning;

namespace Lade.Lifecycle;

/// <summary>Where the cgroup of a new container will be, and who makes it.</summary>
internal sealed class CgroupTarget
{
    private CgroupTarget(CgroupHost host, ICgroup? files, NewUnit? unit)
    {
        Host = host;
        Files = files;
        Unit = unit;
    }

    public CgroupHost Host { get; }

    /// <summary>null when the caller wants none.</summary>
    public INewCgroup? Cgroup => Unit ?? (INewCgroup?)Files;

    /// <summary>The same, when lade makes it: its limits are set before `init` starts.</summary>
    public ICgroup? Files { get; }

    /// <summary>The same, when systemd makes it around the waiting `init`.</summary>
    public NewUnit? Unit { get; }

    /// <summary>Only looks; nothing is made.</summary>
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

    /// <summary>Adds the files by which `init` joins to the slots of its plan.</summary>
    public static CgroupEntry EntryBy(CgroupJoin? join, bool waitsForUnit, Dictionary<Slot, Fd> slots)
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
