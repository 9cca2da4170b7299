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
        if (request.CgroupManager == CgroupManager.Systemd)
            Unit = NewUnit.Locate(CgroupHost, spec, request.Id.ToString(), IsPrivileged);
        else if (request.CgroupManager != CgroupManager.Disabled)
            CgroupFiles = Cgroupfs.Locate(CgroupHost, spec.Linux?.CgroupsPath, request.Id.ToString(), Cgroupfs.DelegatedPath(spec));
    }

    /// <summary>Root of the initial user namespace.</summary>
    public bool IsPrivileged { get; }

    /// <summary>Whether this process is root of the initial user namespace, whose map is one line.</summary>
    public static bool FindPrivilege() => Libc.geteuid() == 0 && StateRootFacts.MapsEveryId(Files.ReadPiece("/proc/self/uid_map"));

    public CgroupHost CgroupHost { get; }

    /// <summary>null when the caller wants none.</summary>
    public INewCgroup? Cgroup => Unit ?? (INewCgroup?)CgroupFiles;

    /// <summary>The same, when lade makes it by itself: its limits are set before `init` starts.</summary>
    public ICgroup? CgroupFiles { get; }

    /// <summary>The same, when systemd makes it around the waiting `init`.</summary>
    public NewUnit? Unit { get; }
}
