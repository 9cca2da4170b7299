using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;

namespace Lade.Rootfs;

/// <summary>
/// What a short-lived `init` does to give a running container more mounts, or to take some away: it opens the sources where lade is, joins the container,
/// and goes on as in `create`. Its last word is <see cref="SyncPoint.Ready"/>.
/// </summary>
/// <param name="Pid">The container's first process, for messages.</param>
/// <param name="Foreign">The namespaces that the container does not share with us.</param>
internal sealed record MountChanges(int Pid, CloneFlags Foreign)
{
    /// <summary>The slot of a pidfd of the container's first process.</summary>
    public static Slot Process => new("container");

    public IEnumerable<Operation> Add(Spec spec, HostFacts host)
    {
        // A source's copy must not stay a member of the host's peer group: the container's own mounts below it would show up there.
        var mounts = new Mounts(spec, host, ownCgroupNamespace: false, MountPropagation.MS_SLAVE);
        foreach (Operation operation in mounts.OpenSources())
            yield return operation;
        foreach (Operation operation in Enter())
            yield return operation;
        foreach (Operation operation in mounts.Apply())
            yield return operation;
        foreach (Operation operation in mounts.MakeReadonly())
            yield return operation;
        yield return new Sync(SyncPoint.Ready);
    }

    /// <summary>The last of the list first, as they lie on top of each other.</summary>
    public IEnumerable<Operation> Remove(IReadOnlyList<string> destinations)
    {
        foreach (Operation operation in Enter())
            yield return operation;
        for (int i = destinations.Count - 1; i >= 0; i--)
            yield return new Unmount(Mounts.Absolute(destinations[i])) { Origin = JsonPointer.Of("mounts", i).At("destination") };
        yield return new Sync(SyncPoint.Ready);
    }

    /// <summary>All at once through a pidfd: no other process that got the container's number can take its place half way.</summary>
    private IEnumerable<Operation> Enter()
    {
        yield return new JoinNamespace(Process, Foreign, "/proc/" + Pid + "/ns (" + Foreign + ")");
        if ((Foreign & CloneFlags.CLONE_NEWUSER) != 0)
            yield return new BecomeRoot();
        // A new procfs shows the pid namespace of the process that makes it, which setns(2) changes for children only.
        if ((Foreign & CloneFlags.CLONE_NEWPID) != 0)
            yield return new Clone(CloneFlags.None);
    }
}
