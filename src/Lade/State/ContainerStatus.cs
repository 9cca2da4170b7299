using System;
using Lade.Linux;

namespace Lade.State;

/// <summary>The spec's statuses (runtime.md "State") and runc's <c>paused</c>.</summary>
internal enum ContainerStatus
{
    Creating,
    Created,
    Running,
    Paused,
    Stopped,
}

/// <summary>What must be known of a container to tell its status, all read at one time.</summary>
/// <param name="CreatorAlive">The creating lade still runs.</param>
/// <param name="InitAlive">The first process was recorded and runs.</param>
/// <param name="StartPending">The start socket is still there.</param>
/// <param name="Executable">What /proc/PID/exe of init says; null when it may not be read.</param>
/// <param name="Frozen">The cgroup is frozen.</param>
internal readonly record struct StatusFacts(bool CreatorAlive, bool InitAlive, bool StartPending, string? Executable, bool Frozen = false)
{
    public static StatusFacts Gather(ContainerState state, ContainerDirectory directory)
    {
        if (state.Init is not { IsAlive: true } init)
            return new StatusFacts(state.Phase == ContainerPhase.Creating && state.Creator.IsAlive, false, false, null);
        bool pending = directory.Holds(ContainerDirectory.StartSocket);
        return new StatusFacts(true, true, pending, pending ? Files.TryReadLink("/proc/" + init.Pid + "/exe") : null);
    }
}

/// <summary>The status of a container: recorded intentions do not count, only what its process is seen to be.</summary>
internal static class Status
{
    /// <summary>/proc/PID/exe of a process that still interprets the plan starts with this; afterwards it is the user's program.</summary>
    public const string InitExecutable = "/memfd:lade-init";

    public static ContainerStatus Of(ContainerState state, ContainerDirectory directory)
    {
        StatusFacts facts = StatusFacts.Gather(state, directory);
        // A container without a living process is stopped, whatever its freezer says.
        return Of(state.Phase, state.Init is not null, facts with { Frozen = facts.InitAlive && IsFrozen(state) });
    }

    /// <summary>As <see cref="Of(ContainerState, ContainerDirectory)"/> without a look at the freezer: what the container is, or was before it was paused.</summary>
    public static ContainerStatus OfUnpaused(ContainerState state, ContainerDirectory directory) =>
        Of(state.Phase, state.Init is not null, StatusFacts.Gather(state, directory));

    private static bool IsFrozen(ContainerState state) => state.Cgroup?.Open().IsFrozen ?? false;

    public static ContainerStatus Of(ContainerPhase phase, bool hasInit, StatusFacts facts)
    {
        if (!hasInit)
            return phase == ContainerPhase.Creating && facts.CreatorAlive ? ContainerStatus.Creating : ContainerStatus.Stopped;
        if (!facts.InitAlive)
            return ContainerStatus.Stopped;
        if (facts.Frozen)
            return ContainerStatus.Paused;
        if (phase == ContainerPhase.Creating)
            return ContainerStatus.Creating;

        // The socket alone does not tell: a start killed half way has told the container to go on, but left it. The executable alone does
        // not either: between the word and the execve the container is on its way, and a second start must be refused.
        bool waits = facts.Executable is null || facts.Executable.StartsWith(InitExecutable, StringComparison.Ordinal);
        return facts.StartPending && waits ? ContainerStatus.Created : ContainerStatus.Running;
    }

    /// <summary>As in state documents and messages: <c>created</c>.</summary>
    public static string Word(this ContainerStatus status) => status switch
    {
        ContainerStatus.Creating => "creating",
        ContainerStatus.Created => "created",
        ContainerStatus.Running => "running",
        ContainerStatus.Paused => "paused",
        ContainerStatus.Stopped => "stopped",
        _ => throw new ArgumentOutOfRangeException(nameof(status)),
    };
}
