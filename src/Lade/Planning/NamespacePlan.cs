using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;

namespace Lade.Planning;

/// <summary>
/// Which namespaces the container gets, and how its process comes into them. Owns the choice between the two ways that design knows:
/// direct (one clone3 with every flag) and staged (`init` starts outside, opens, joins and maps, then clones the real process).
/// Does not open or write anything.
/// </summary>
internal sealed class NamespacePlan
{
    private readonly LinuxSpec _linux;
    private readonly Host _host;
    private readonly bool _keepGroups;

    /// <param name="keepGroups">The process keeps the supplementary groups of lade's caller in a user namespace.</param>
    public NamespacePlan(LinuxSpec linux, Host host, bool keepGroups = false)
    {
        _keepGroups = keepGroups;
        _linux = linux;
        _host = host;
        foreach (NamespaceSpec ns in linux.Namespaces)
        {
            if (ns.Path is null)
                New |= NamespaceTable.FlagOf(ns.Type);
            else
                Joined |= NamespaceTable.FlagOf(ns.Type);
        }
    }

    /// <summary>Namespaces to make.</summary>
    public CloneFlags New { get; }

    /// <summary>Namespaces to join.</summary>
    public CloneFlags Joined { get; }

    /// <summary>
    /// A user namespace needs its maps before anything is executed in it (a program executed with an unmapped uid loses its capabilities), setns into a
    /// pid namespace and unshare of a time namespace count for children only: these go the long way.
    /// </summary>
    public bool IsStaged => Joined != CloneFlags.None || (New & (CloneFlags.CLONE_NEWUSER | CloneFlags.CLONE_NEWTIME)) != 0;

    public bool HasUser => Has(CloneFlags.CLONE_NEWUSER);

    /// <summary>
    /// The pid namespace is one that others are in. Its processes must not see one that has more rights than they have, so that the process is cloned into it when
    /// all is done: <see cref="Appear"/>.
    /// </summary>
    public bool JoinsPid => (Joined & CloneFlags.CLONE_NEWPID) != 0;

    public bool HasMount => Has(CloneFlags.CLONE_NEWNS);

    /// <summary>True for a new or joined namespace of that type; otherwise the container shares the host's.</summary>
    public bool Has(CloneFlags type) => ((New | Joined) & type) != 0;

    /// <summary>
    /// Flags of the clone3 that starts `init`. Never the cgroup namespace: its root would be the cgroup that lade is in, so it is unshared
    /// after joining the container's cgroup.
    /// </summary>
    public CloneFlags StartFlags => IsStaged ? CloneFlags.None : New & ~CloneFlags.CLONE_NEWCGROUP;

    /// <summary>
    /// From the first process to the real one. Privileged, everything but the user namespace is joined first, while we may do so in foreign user namespaces;
    /// unprivileged, entering the user namespace is what gives the right to join the rest.
    /// </summary>
    public IEnumerable<Operation> Enter()
    {
        if (!IsStaged)
            yield break;

        if (_host.IsPrivileged)
        {
            foreach (Operation operation in Join(user: false))
                yield return operation;
        }

        if ((New & CloneFlags.CLONE_NEWUSER) != 0)
        {
            yield return new Unshare(CloneFlags.CLONE_NEWUSER) { Disowned = _host.MayDisown, Origin = OriginOf(NamespaceType.User) };
            // Root of the host may write the maps of any process. For everyone else it has to be dumpable, and so it is open to them for that moment.
            yield return new Sync(SyncPoint.MapIds) { Dumpable = !_host.IsPrivileged, Origin = JsonPointer.Of("linux", "uidMappings") };
        }

        foreach (Operation operation in Join(user: true))
            yield return operation;
        if (HasUser)
            yield return new BecomeRoot { KeepGroups = _keepGroups, Origin = OriginOf(NamespaceType.User) };

        if (!_host.IsPrivileged)
        {
            foreach (Operation operation in Join(user: false))
                yield return operation;
        }

        if ((New & CloneFlags.CLONE_NEWTIME) != 0)
        {
            yield return new Unshare(CloneFlags.CLONE_NEWTIME) { Origin = OriginOf(NamespaceType.Time) };
            // The offsets can be written only as long as no process is in the namespace.
            yield return new Sync(SyncPoint.TimeOffsets) { Origin = JsonPointer.Of("linux", "timeOffsets") };
        }

        CloneFlags rest = New & ~(CloneFlags.CLONE_NEWUSER | CloneFlags.CLONE_NEWTIME | CloneFlags.CLONE_NEWCGROUP);
        JsonPointer origin = JsonPointer.Of("linux", "namespaces");
        if (!JoinsPid)
            yield return new Clone(rest) { Origin = origin };
        else if (rest != CloneFlags.None)
            yield return new Unshare(rest) { Origin = origin };
        if (JoinsPid)
            yield return new SetProcNamespace(NamespaceTable.SlotOf(NamespaceType.Pid), PathOf(NamespaceType.Pid)) { IsJoined = HasUser, Origin = OriginOf(NamespaceType.Pid).At("path") };
    }

    /// <summary>
    /// While its file is open and before the rights to do so are given up: the pid namespace for the process of <see cref="Appear"/>. With a user namespace it was joined with the others,
    /// while we had the rights in the namespace around it.
    /// </summary>
    public IEnumerable<Operation> Approach()
    {
        if (JoinsPid && !HasUser)
            yield return JoinPid();
    }

    /// <summary>Into a pid namespace that others are in, with the rights of the container's program and nothing of the host's open.</summary>
    public IEnumerable<Operation> Appear()
    {
        if (JoinsPid)
            yield return new Clone(CloneFlags.None) { Origin = OriginOf(NamespaceType.Pid) };
    }

    /// <summary>What a process does once it is inside.</summary>
    public IEnumerable<Operation> Inside()
    {
        if ((New & CloneFlags.CLONE_NEWCGROUP) != 0)
            yield return new Unshare(CloneFlags.CLONE_NEWCGROUP) { Origin = OriginOf(NamespaceType.Cgroup) };
        if ((New & CloneFlags.CLONE_NEWNET) != 0)
            yield return new LoopbackUp { Origin = OriginOf(NamespaceType.Network) };
    }

    private IEnumerable<Operation> Join(bool user)
    {
        for (int i = 0; i < _linux.Namespaces.Count; i++)
        {
            NamespaceSpec ns = _linux.Namespaces[i];
            if (ns.Path is null || (ns.Type == NamespaceType.User) != user || (ns.Type == NamespaceType.Pid && !HasUser))
                continue;
            yield return new JoinNamespace(NamespaceTable.SlotOf(ns.Type), NamespaceTable.FlagOf(ns.Type), ns.Path) { Origin = JsonPointer.Of("linux", "namespaces", i).At("path") };
        }
    }

    private JoinNamespace JoinPid() =>
        new(NamespaceTable.SlotOf(NamespaceType.Pid), CloneFlags.CLONE_NEWPID, PathOf(NamespaceType.Pid)) { Origin = OriginOf(NamespaceType.Pid).At("path") };

    private string PathOf(NamespaceType type) => _linux.PathOf(type) ?? "";

    private JsonPointer OriginOf(NamespaceType type) => _linux.IndexOf(type) is >= 0 and int i ? JsonPointer.Of("linux", "namespaces", i) : JsonPointer.None;
}
