using System.Collections.Generic;
using Lade.Configuration;
using Lade.Namespaces;
using Lade.Plan;

namespace Lade.Rootfs;

/// <summary>
/// What a short-lived `init` does to give a running container more mounts, or to take some away: it opens the sources where lade is, joins the container,
/// and goes on as in `create`. Its last word is <see cref="SyncPoint.Ready"/>.
/// </summary>
/// <param name="Join">The way into the container.</param>
internal sealed record MountChanges(JoinPlan Join)
{
    public IEnumerable<Operation> Add(Spec spec, HostFacts host)
    {
        // A source's copy must not stay a member of the host's peer group: the container's own mounts below it would show up there.
        var mounts = new Mounts(spec, host, ownCgroupNamespace: false, MountPropagation.MS_SLAVE) { HostIsInReach = false };
        // Who may not copy a mount of the host's may do so in a mount namespace that belongs to the container's user namespace: his copy of all he sees.
        bool fromWithin = !host.MayMount && Join.HasUser;
        if (fromWithin)
        {
            foreach (Operation operation in Join.OnlyUser.Enter())
                yield return operation;
            yield return new Unshare(CloneFlags.CLONE_NEWNS);
        }

        foreach (Operation operation in mounts.OpenSources())
            yield return operation;
        foreach (Operation operation in (fromWithin ? Way.WithoutUser : Way).Enter())
            yield return operation;
        // A new procfs shows the pid namespace of the process that makes it, which would be the host's.
        if (NeedsPidNamespace(spec.Mounts))
            yield return new SetProcNamespace(JoinPlan.SlotOf(CloneFlags.CLONE_NEWPID), "of process " + Join.Pid);
        foreach (Operation operation in mounts.Apply())
            yield return operation;
        foreach (Operation operation in mounts.MakeReadonly())
            yield return operation;
        yield return new Sync(SyncPoint.Ready);
    }

    /// <summary>The last of the list first, as they lie on top of each other.</summary>
    public IEnumerable<Operation> Remove(IReadOnlyList<string> destinations)
    {
        foreach (Operation operation in Way.Enter())
            yield return operation;
        for (int i = destinations.Count - 1; i >= 0; i--)
            yield return new Unmount(Mounts.Absolute(destinations[i])) { Origin = JsonPointer.Of("mounts", i).At("destination") };
        yield return new Sync(SyncPoint.Ready);
    }

    /// <summary>The open file of the container's pid namespace, <see cref="JoinPlan.SlotOf"/>, is asked for.</summary>
    public bool NeedsPidNamespace(IReadOnlyList<MountSpec> mounts)
    {
        if ((Join.Foreign & CloneFlags.CLONE_NEWPID) == 0)
            return false;
        for (int i = 0; i < mounts.Count; i++)
        {
            if (mounts[i].Type == "proc")
                return true;
        }

        return false;
    }

    /// <summary>The container sees no process of ours: with CAP_SYS_PTRACE it could look into that (CVE-2016-9962).</summary>
    private JoinPlan Way => Join with { Foreign = Join.Foreign & ~CloneFlags.CLONE_NEWPID };
}
