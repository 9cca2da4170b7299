using Lade.Cgroups;
using Lade.Cgroups.Systemd;
using Lade.Configuration;
using Lade.Linux;
using Lade.State;

namespace Lade.Lifecycle;

/// <summary>What a command finds out once about where it runs: who it is, and where the container's cgroup will be.</summary>
internal sealed class Machine
{
    public Machine(CreateRequest request, Spec spec)
    {
        IsPrivileged = FindPrivilege();
        CgroupHost = CgroupHost.Detect();
        Cgroup = request.CgroupManager switch
        {
            CgroupManager.Disabled => null,
            CgroupManager.Systemd => SystemdCgroup.For(CgroupHost, spec, request.Id.ToString(), IsPrivileged),
            _ => Cgroups.Cgroup.For(CgroupHost, spec.Linux?.CgroupsPath, request.Id.ToString(), Cgroups.Cgroup.PartOf(spec)),
        };
    }

    /// <summary>Root of the initial user namespace.</summary>
    public bool IsPrivileged { get; }

    /// <summary>Whether this process is root of the initial user namespace, whose map is one line.</summary>
    public static bool FindPrivilege() => Libc.geteuid() == 0 && StateRootFacts.MapsEveryId(Files.ReadPiece("/proc/self/uid_map"));

    public CgroupHost CgroupHost { get; }

    /// <summary>null when the caller wants none.</summary>
    public ICgroup? Cgroup { get; }

    /// <summary>The same, when systemd makes it around the waiting `init`.</summary>
    public SystemdCgroup? Unit => Cgroup as SystemdCgroup;
}
