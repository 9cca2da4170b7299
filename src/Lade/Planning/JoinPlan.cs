using System.Collections.Generic;
using Lade.Plan;

namespace Lade.Planning;

/// <summary>
/// How a helper process of `exec` or `mounts` joins the namespaces of a running container: all at once through a pidfd of its first process, so that a reused
/// pid cannot redirect it half way, and the kernel checks permissions before anything changes. An unprivileged user has no access to an `init` that waits for
/// start; it joins through namespace files that `init` hands out.
/// </summary>
/// <param name="Pid">First process of the container, for messages.</param>
/// <param name="Namespaces">Namespaces that the container does not share with us.</param>
internal sealed record JoinPlan(int Pid, CloneFlags Namespaces)
{
    private static readonly CloneFlags[] s_all =
    [
        CloneFlags.CLONE_NEWUSER, CloneFlags.CLONE_NEWPID, CloneFlags.CLONE_NEWNS, CloneFlags.CLONE_NEWNET, CloneFlags.CLONE_NEWIPC, CloneFlags.CLONE_NEWUTS,
        CloneFlags.CLONE_NEWCGROUP, CloneFlags.CLONE_NEWTIME,
    ];

    /// <summary>Keeps the supplementary groups of lade's caller.</summary>
    public bool KeepGroups { get; init; }

    /// <summary>The user namespace of that process, as readlink(2) of its file returns it; null if it could not be read.</summary>
    public required string? UserNamespace { get; init; }

    /// <summary>Joins through one open file per namespace, in <see cref="SlotOf"/>.</summary>
    public bool ByFile { get; init; }

    /// <summary>Joins only the user namespace.</summary>
    public JoinPlan OnlyUser => this with { Namespaces = Namespaces & CloneFlags.CLONE_NEWUSER };

    /// <summary>Joins the namespaces that remain after <see cref="OnlyUser"/>.</summary>
    public JoinPlan WithoutUser => this with { Namespaces = Namespaces & ~CloneFlags.CLONE_NEWUSER };

    /// <summary>Slot of the pidfd.</summary>
    public static Slot Process => new("container");

    public bool HasUser => (Namespaces & CloneFlags.CLONE_NEWUSER) != 0;

    /// <summary>All types, in the order of requests.</summary>
    public static IReadOnlyList<CloneFlags> Types => s_all;

    /// <summary>File name of a type in /proc/PID/ns.</summary>
    public static string FileOf(CloneFlags type) => NamespaceTable.FileOf(NamespaceTable.TypeOf(type));

    public static Slot SlotOf(CloneFlags type) => new("init/" + FileOf(type));

    /// <summary>
    /// Joins the namespaces. Joining a pid namespace affects only children, so container processes cannot see us before <see cref="BecomeVisible"/>.
    /// </summary>
    public IEnumerable<Operation> Enter()
    {
        if (Namespaces == CloneFlags.None)
            yield break;
        foreach (Operation operation in ByFile ? JoinEach() : [new JoinNamespace(Process, Namespaces, "/proc/" + Pid + "/ns (" + Namespaces + ")")])
            yield return operation;
        // Through a pidfd the kernel joins the namespaces that the process is in at this moment. Even an unprivileged process may move to a user namespace of its
        // own at any time, from which it cannot return: nothing may be done before that has been checked.
        if (!ByFile)
            yield return new Sync(SyncPoint.Joined);
        if (HasUser)
            yield return new BecomeRoot { KeepGroups = KeepGroups };
    }

    /// <summary>
    /// Clones the process that container processes can see. Called once nothing of the host is open and all of the host's privileges are dropped, so that a
    /// tracer in the container gains nothing.
    /// </summary>
    public IEnumerable<Operation> BecomeVisible()
    {
        if ((Namespaces & CloneFlags.CLONE_NEWPID) != 0)
            yield return new Clone(CloneFlags.None);
    }

    /// <summary>The user namespace comes first, because it grants the right to join the others.</summary>
    private IEnumerable<Operation> JoinEach()
    {
        foreach (CloneFlags type in s_all)
        {
            if ((Namespaces & type) != 0)
                yield return new JoinNamespace(SlotOf(type), type, "the " + FileOf(type) + " namespace of process " + Pid);
        }
    }
}
