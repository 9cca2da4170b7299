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

/// <summary>What determines the status of a container.</summary>
/// <param name="CreatorAlive">The `create` still runs.</param>
/// <param name="InitAlive">The first process was recorded and runs.</param>
/// <param name="StartPending">The start socket still exists.</param>
/// <param name="Executable">/proc/PID/exe of init; null when it cannot be read.</param>
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

/// <summary>Determines the status of a container from its process, not from what was recorded.</summary>
internal static class Status
{
    /// <summary>The beginning of /proc/PID/exe of `init`, before it executes the container's program.</summary>
    public const string InitExecutable = "/memfd:lade-init";

    public static ContainerStatus Read(ContainerState state, ContainerDirectory directory)
    {
        StatusFacts facts = StatusFacts.Gather(state, directory);
        // A container without a running process is stopped, even if its cgroup is frozen.
        return Derive(state.Phase, state.Init is not null, facts with { Frozen = facts.InitAlive && IsFrozen(state) });
    }

    /// <summary>As <see cref="Read"/> without the freezer: the status of a paused container before it was paused.</summary>
    public static ContainerStatus ReadUnpaused(ContainerState state, ContainerDirectory directory) =>
        Derive(state.Phase, state.Init is not null, StatusFacts.Gather(state, directory));

    private static bool IsFrozen(ContainerState state) => state.Cgroup?.Open().IsFrozen ?? false;

    public static ContainerStatus Derive(ContainerPhase phase, bool hasInit, StatusFacts facts)
    {
        if (!hasInit)
            return phase == ContainerPhase.Creating && facts.CreatorAlive ? ContainerStatus.Creating : ContainerStatus.Stopped;
        if (!facts.InitAlive)
            return ContainerStatus.Stopped;
        if (facts.Frozen)
            return ContainerStatus.Paused;
        if (phase == ContainerPhase.Creating)
            return ContainerStatus.Creating;

        // The socket alone is not enough: a start that was killed halfway may have released the container and left it. Neither is the executable: between the release and
        // the execve a second start must be refused.
        bool isInit = facts.Executable is null || facts.Executable.StartsWith(InitExecutable, StringComparison.Ordinal);
        return facts.StartPending && isInit ? ContainerStatus.Created : ContainerStatus.Running;
    }

    /// <summary>The name in state documents and messages: <c>created</c>.</summary>
    public static string SpecName(this ContainerStatus status) => status switch
    {
        ContainerStatus.Creating => "creating",
        ContainerStatus.Created => "created",
        ContainerStatus.Running => "running",
        ContainerStatus.Paused => "paused",
        ContainerStatus.Stopped => "stopped",
        _ => throw new ArgumentOutOfRangeException(nameof(status)),
    };
}
