using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;

namespace Lade.Planning;

/// <summary>
/// The container's namespaces and how its process enters them, in one of two ways: direct (a single clone3(2) with all flags) or staged (`init` starts outside,
/// opens, joins and maps, then clones the container process). Opens and writes nothing itself.
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

    /// <summary>Namespaces to create.</summary>
    public CloneFlags New { get; }

    /// <summary>Namespaces to join.</summary>
    public CloneFlags Joined { get; }

    /// <summary>
    /// Whether the staged way is needed: a user namespace needs its mappings before anything is executed in it (execve(2) by an unmapped uid drops its
    /// capabilities), and joining a pid namespace or unsharing a time namespace affects only children.
    /// </summary>
    public bool IsStaged => Joined != CloneFlags.None || (New & (CloneFlags.CLONE_NEWUSER | CloneFlags.CLONE_NEWTIME)) != 0;

    public bool HasUser => Has(CloneFlags.CLONE_NEWUSER);

    /// <summary>
    /// Joins an existing pid namespace, whose processes must not see a process with more privileges than their own: the container process is cloned into it at
    /// the end, by <see cref="BecomeVisible"/>.
    /// </summary>
    public bool JoinsPid => (Joined & CloneFlags.CLONE_NEWPID) != 0;

    public bool HasMount => Has(CloneFlags.CLONE_NEWNS);

    /// <summary>Whether the container has a new or joined namespace of this type; otherwise it shares the host's.</summary>
    public bool Has(CloneFlags type) => ((New | Joined) & type) != 0;

    /// <summary>
    /// Flags of the clone3(2) that starts `init`. Never the cgroup namespace: it is unshared after joining the container's cgroup, otherwise its root would be
    /// lade's cgroup.
    /// </summary>
    public CloneFlags StartFlags => IsStaged ? CloneFlags.None : New & ~CloneFlags.CLONE_NEWCGROUP;

    /// <summary>
    /// From the first process to the container process. If privileged, joins everything but the user namespace first, while we may join namespaces owned by
    /// other user namespaces; otherwise entering the user namespace is what grants the right to join the others.
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
            yield return new Unshare(CloneFlags.CLONE_NEWUSER) { Disowned = _host.CanDisown, Origin = OriginOf(NamespaceType.User) };
            // The host's root may write the mappings of any process. Others need it to be dumpable, which makes it accessible to them for that moment.
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
            // The offsets can be written only until a process enters the namespace.
            yield return new Sync(SyncPoint.TimeOffsets) { Origin = JsonPointer.Of("linux", "timeOffsets") };
        }

        CloneFlags rest = New & ~(CloneFlags.CLONE_NEWUSER | CloneFlags.CLONE_NEWTIME | CloneFlags.CLONE_NEWCGROUP);
        JsonPointer origin = JsonPointer.Of("linux", "namespaces");
        if (!JoinsPid)
            yield return new Clone(rest) { Origin = origin };
        else if (rest != CloneFlags.None)
            yield return new Unshare(rest) { Origin = origin };
        if (JoinsPid)
            yield return new SetProcNamespace(NamespaceTable.SlotOf(NamespaceType.Pid), PathOf(NamespaceType.Pid))
            {
                IsJoined = HasUser,
                Origin = OriginOf(NamespaceType.Pid).At("path"),
            };
    }

    /// <summary>
    /// Joins the pid namespace for the process of <see cref="BecomeVisible"/>, while its file is open and we have the privileges for it. With a user namespace
    /// it was joined along with the others, while we were privileged in the namespace that owns it.
    /// </summary>
    public IEnumerable<Operation> PrepareJoin()
    {
        if (JoinsPid && !HasUser)
            yield return JoinPid();
    }

    /// <summary>Enters an existing pid namespace with the program's privileges and nothing of the host open.</summary>
    public IEnumerable<Operation> BecomeVisible()
    {
        if (JoinsPid)
            yield return new Clone(CloneFlags.None) { Origin = OriginOf(NamespaceType.Pid) };
    }

    /// <summary>Setup done inside the new namespaces.</summary>
    public IEnumerable<Operation> SetUp()
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
            yield return new JoinNamespace(NamespaceTable.SlotOf(ns.Type), NamespaceTable.FlagOf(ns.Type), ns.Path)
            {
                Origin = JsonPointer.Of("linux", "namespaces", i).At("path"),
            };
        }
    }

    private JoinNamespace JoinPid() =>
        new(NamespaceTable.SlotOf(NamespaceType.Pid), CloneFlags.CLONE_NEWPID, PathOf(NamespaceType.Pid)) { Origin = OriginOf(NamespaceType.Pid).At("path") };

    private string PathOf(NamespaceType type) => _linux.PathOf(type) ?? "";

    private JsonPointer OriginOf(NamespaceType type) => _linux.IndexOf(type) is >= 0 and int i ? JsonPointer.Of("linux", "namespaces", i) : JsonPointer.None;
}
