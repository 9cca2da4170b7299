using System.Collections.Generic;
using Lade.Plan;

namespace Lade.Planning;

/// <summary>
/// How a process of `exec`, or one that changes mounts, comes into the namespaces of a running container: all at once, through a pidfd of the container's first process. So no other
/// process that got its number can take its place half way, and the kernel checks our rights before any of them changes. An ordinary user may not look into
/// an `init` that waits for start; then it is by the files that `init` hands out.
/// </summary>
/// <param name="Pid">The container's first process, for messages.</param>
/// <param name="Foreign">The namespaces that the container does not share with us.</param>
internal sealed record JoinPlan(int Pid, CloneFlags Foreign)
{
    private static readonly CloneFlags[] s_all =
    [
        CloneFlags.CLONE_NEWUSER, CloneFlags.CLONE_NEWPID, CloneFlags.CLONE_NEWNS, CloneFlags.CLONE_NEWNET, CloneFlags.CLONE_NEWIPC, CloneFlags.CLONE_NEWUTS,
        CloneFlags.CLONE_NEWCGROUP, CloneFlags.CLONE_NEWTIME,
    ];

    /// <summary>The supplementary groups of lade's caller stay.</summary>
    public bool KeepGroups { get; init; }

    /// <summary>The user namespace of that process, as readlink(2) of its file says it; null when it was not readable.</summary>
    public required string? UserNamespace { get; init; }

    /// <summary>By an open file of each, in <see cref="SlotOf"/>.</summary>
    public bool ByFile { get; init; }

    /// <summary>The user namespace alone.</summary>
    public JoinPlan OnlyUser => this with { Foreign = Foreign & CloneFlags.CLONE_NEWUSER };

    /// <summary>What is left after <see cref="OnlyUser"/>.</summary>
    public JoinPlan WithoutUser => this with { Foreign = Foreign & ~CloneFlags.CLONE_NEWUSER };

    /// <summary>The slot of the pidfd.</summary>
    public static Slot Process => new("container");

    public bool HasUser => (Foreign & CloneFlags.CLONE_NEWUSER) != 0;

    /// <summary>Every type there is, in the order of asking.</summary>
    public static IReadOnlyList<CloneFlags> Types => s_all;

    /// <summary>The file of a type below /proc/PID/ns.</summary>
    public static string FileOf(CloneFlags type) => NamespaceTable.FileOf(NamespaceTable.TypeOf(type));

    public static Slot SlotOf(CloneFlags type) => new("init/" + FileOf(type));

    /// <summary>All of <see cref="Foreign"/>. The pid namespace counts for children only, so the container sees nothing of us yet: that is <see cref="Appear"/>.</summary>
    public IEnumerable<Operation> Enter()
    {
        if (Foreign == CloneFlags.None)
            yield break;
        foreach (Operation operation in ByFile ? JoinEach() : [new JoinNamespace(Process, Foreign, "/proc/" + Pid + "/ns (" + Foreign + ")")])
            yield return operation;
        // By a pidfd the kernel takes the namespaces that the process is in at this moment, and one without any rights may leave for a user namespace of its
        // own at any moment. It cannot come back. Nothing may be done before that is known.
        if (!ByFile)
            yield return new Sync(SyncPoint.Joined);
        if (HasUser)
            yield return new BecomeRoot { KeepGroups = KeepGroups };
    }

    /// <summary>
    /// The process that the container sees. It comes when nothing of the host's is open any more and nothing is left of the host's rights: whoever may trace in
    /// there gains no more than it has.
    /// </summary>
    public IEnumerable<Operation> Appear()
    {
        if ((Foreign & CloneFlags.CLONE_NEWPID) != 0)
            yield return new Clone(CloneFlags.None);
    }

    /// <summary>The user namespace first, which gives the right to join the others.</summary>
    private IEnumerable<Operation> JoinEach()
    {
        foreach (CloneFlags type in s_all)
        {
            if ((Foreign & type) != 0)
                yield return new JoinNamespace(SlotOf(type), type, "the " + FileOf(type) + " namespace of process " + Pid);
        }
    }
}
