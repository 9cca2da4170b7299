using System;
using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;
using Lade.Rootfs;

namespace Lade.Planning;

/// <summary>
/// What a short-lived `init` does to add mounts to a running container or remove them: it opens the sources outside, joins the container and continues as for
/// `create`, up to <see cref="SyncPoint.Ready"/>.
/// </summary>
/// <param name="Join">How to join the container.</param>
internal sealed record MountChanges(JoinPlan Join)
{
    /// <param name="canMount">CAP_SYS_ADMIN: mounts of our own mount namespace can be cloned.</param>
    /// <param name="added">Mounts made by earlier calls.</param>
    public IEnumerable<Operation> Add(Spec spec, Mounts mounts, bool canMount, IReadOnlyList<AddedMount> added)
    {
        // Without the right to clone the host's mounts, clone them in a mount namespace that belongs to the container's user namespace.
        bool fromWithin = !canMount && Join.HasUser;
        if (fromWithin)
        {
            foreach (Operation operation in Join.OnlyUser.Enter())
                yield return operation;
            yield return new Unshare(CloneFlags.CLONE_NEWNS);
        }

        foreach (Operation operation in mounts.OpenSources())
            yield return operation;
        if (NeedsPidNamespace(spec.Mounts))
            yield return new SetProcNamespace(JoinPlan.SlotOf(CloneFlags.CLONE_NEWPID), "of process " + Join.Pid);
        JoinPlan join = WithoutPid;
        foreach (Operation operation in (fromWithin ? join.WithoutUser : join).Enter())
            yield return operation;
        foreach (Operation operation in Hold(spec, mounts, added))
            yield return operation;
        yield return new ReportMounts();
        foreach (Operation operation in mounts.Apply())
            yield return operation;
        foreach (Operation operation in mounts.MakeReadonly())
            yield return operation;
        yield return new Sync(SyncPoint.Ready);
    }

    /// <summary>
    /// Unmounts in reverse order of the list, as mounts are stacked. Only mounts made by <see cref="Add"/> are unmounted, wherever their paths lead now.
    /// </summary>
    public IEnumerable<Operation> Remove(IReadOnlyList<string> destinations, IReadOnlyList<AddedMount> added)
    {
        var operations = new List<Operation>();
        List<AddedMount> left = [.. added];
        for (int i = destinations.Count - 1; i >= 0; i--)
        {
            JsonPointer origin = JsonPointer.Of("mounts", i).At("destination");
            AddedMount mount = Last(left, destinations[i])
                ?? throw new LadeException(origin, "'" + destinations[i] + "' is not a mount that \"mounts add\" made; mounts from config.json last as long as the container");
            left.Remove(mount);
            operations.Add(new Unmount(mount.Destination, mount.Id) { Origin = origin });
        }

        return [.. WithoutPid.Enter(), .. operations, new Sync(SyncPoint.Ready)];
    }

    /// <summary>
    /// An entry that only changes a mount may change one made by this list or an earlier one. A path alone does not identify it: the container may have
    /// redirected the path to a mount that protects it or the host.
    /// </summary>
    private static IEnumerable<Operation> Hold(Spec spec, Mounts mounts, IReadOnlyList<AddedMount> added)
    {
        for (int i = 0; i < spec.Mounts.Count; i++)
        {
            string destination = Mounts.Normalize(spec.Mounts[i].Destination);
            if (!mounts.OnlyChanges(i) || (IsMadeBefore(spec, mounts, i) && Array.IndexOf(destination.Split('/'), "..") < 0))
                continue;
            JsonPointer origin = JsonPointer.Of("mounts", i);
            AddedMount? known = Array.IndexOf(destination.Split('/'), "..") < 0 ? Last(added, destination) : null;
            AddedMount mount = known
                ?? throw new LadeException(origin, "changes '" + destination + "', which is not a mount that \"mounts add\" made; mounts from config.json cannot be changed");
            yield return new HoldMount(destination, mount.Id) { Origin = origin };
        }
    }

    private static bool IsMadeBefore(Spec spec, Mounts mounts, int index)
    {
        for (int i = 0; i < index; i++)
        {
            if (!mounts.OnlyChanges(i) && Mounts.Normalize(spec.Mounts[i].Destination) == Mounts.Normalize(spec.Mounts[index].Destination))
                return true;
        }

        return false;
    }

    private static AddedMount? Last(IReadOnlyList<AddedMount> added, string destination)
    {
        for (int i = added.Count - 1; i >= 0; i--)
        {
            if (added[i].Destination == Mounts.Normalize(destination))
                return added[i];
        }

        return null;
    }

    /// <summary>
    /// Whether a new procfs has to show a pid namespace that is not ours: the container's, whose file is then in <see cref="JoinPlan.SlotOf"/>.
    /// </summary>
    public bool NeedsPidNamespace(IReadOnlyList<MountSpec> mounts)
    {
        for (int i = 0; i < mounts.Count; i++)
        {
            if (mounts[i].Type == "proc")
                return (Join.Namespaces & CloneFlags.CLONE_NEWPID) != 0;
        }

        return false;
    }

    /// <summary>Does not join the pid namespace: with CAP_SYS_PTRACE the container could trace any process of ours that it can see (CVE-2016-9962).</summary>
    private JoinPlan WithoutPid => Join with { Namespaces = Join.Namespaces & ~CloneFlags.CLONE_NEWPID };
}
