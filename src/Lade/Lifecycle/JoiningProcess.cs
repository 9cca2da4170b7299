using System.Collections.Generic;
using Lade.Cgroups;
using Lade.Cgroups.Systemd;
using Lade.Configuration;
using Lade.Init;
using Lade.Linux;
using Lade.Plan;
using Lade.Planning;
using Lade.Seccomp;
using Lade.State;
using Lade.Terminal;

namespace Lade.Lifecycle;

/// <summary>A running container and the process that `exec` starts in it, validated.</summary>
/// <param name="Pid">The container's first process.</param>
/// <param name="Process">A pidfd of it.</param>
/// <param name="Spec">The container's configuration, with <paramref name="Program"/> as its process.</param>
/// <param name="Cgroup">null when the container has none.</param>
internal sealed record ExecTarget(
    ExecRequest Request, ContainerDirectory Directory, ContainerState State, ContainerStatus Status, int Pid, Fd Process,
    Spec Spec, ProcessSpec Program, IExistingCgroup? Cgroup, Host Host)
{
    /// <summary>Why `init` makes no progress, for the error.</summary>
    public Stall CheckStall() =>
        Cgroup is not { IsFrozen: true } ? Stall.None
        : Request.IgnorePaused ? Stall.Accepted
        : new Stall("is in a frozen cgroup: the container was paused, or an ancestor of its cgroup frozen");
}

/// <summary>A process of `exec` that is joining a container, up to but not including the execution of its program.</summary>
internal sealed class JoiningProcess
{
    private readonly ExecTarget _target;
    private readonly InitProcess _init;
    private readonly ExistingUnit? _unit;
    private readonly JoinPlan _join;

    private JoiningProcess(ExecTarget target, ExistingUnit? unit, JoinPlan join, InitProcess init)
    {
        _target = target;
        _join = join;
        _unit = unit;
        _init = init;
    }

    /// <summary>Joins the container, and passes the terminal and pidfd to the caller.</summary>
    public static JoinedProcess Start(ExecTarget target, Rollback rollback)
    {
        // An unprivileged user may not move a process from a login session into a unit; their systemd instance can.
        ExistingUnit? unit = target.Host.IsPrivileged ? null : target.State.Cgroup?.OpenUnit();
        (JoinPlan join, InitProcess init) = StartInit(target, unit);
        var joining = new JoiningProcess(target, unit, join, rollback.Own(init));
        rollback.Push(init.KillAndReap);
        return joining.Follow(rollback);
    }

    private static (JoinPlan Join, InitProcess Init) StartInit(ExecTarget target, ExistingUnit? unit)
    {
        ExecRequest request = target.Request;
        using CgroupJoin? entrance = unit is null ? OpenCgroup(target) : null;
        var slots = new Dictionary<Slot, Fd> { [JoinPlan.Process] = target.Process };
        CgroupEntry entry = CgroupTarget.CreateEntry(entrance, unit is not null, slots);
        JoinPlan join = ForeignNamespaces.Join(target.Pid, target.State.UserNamespace, target.Spec.Linux, target.Directory, slots);
        ContainerPlan plan = ExecPlan.Compile(new ExecInputs
        {
            Spec = target.Spec,
            Process = target.Program,
            IsDocument = request.ProcessFile is not null,
            Host = target.Host,
            Rootfs = target.State.Rootfs,
            Join = join with { KeepGroups = RunOciAnnotations.KeepsGroups(target.Spec) },
            Keyring = target.State.KeyringName,
            Cgroup = entry,
            Labels = HostReader.Labels(target.Spec),
            Filter = ContainerFilter.Compile(target.Spec, request.Log),
        });
        foreach (string warning in plan.Warnings)
            request.Log.Warning(warning);
        return (join, InitProcess.Start(plan, new InitStartInfo { Slots = slots, Preserved = request.PreserveFds, Cgroup = entrance?.CloneInto }, target.CheckStall));
    }

    private JoinedProcess Follow(Rollback rollback)
    {
        _init.HasTimeout = true;
        Fd? console = _init.RunUntilReady(Answer, ready: null, Died);
        if (console is not null)
            rollback.Own(console);
        _target.State.IntelRdt?.Join(_init.Pid);
        ProcessHandles.SendConsole(_target.Request.ConsoleSocket, console);
        ProcessHandles.SendPidFd(_target.Request.PidfdSocket, _init.Pid, "setns");
        return new JoinedProcess(_target, _init, console);
    }

    private static CgroupJoin? OpenCgroup(ExecTarget target)
    {
        ExecRequest request = target.Request;
        if (target.Cgroup is not { } cgroup)
            return request.Cgroups is null ? null : throw new LadeException("the container has no cgroup for --cgroup to be relative to");
        foreach (string controller in request.Cgroups?.Keys ?? [])
        {
            if (controller.Length > 0 && (cgroup.PathOf(controller) is null || cgroup.Directories is [{ IsUnified: true }]))
                throw new LadeException("invalid --cgroup argument: the container has no cgroup of its own for the controller " + controller);
        }

        bool ignoreErrors = request.Cgroups is null && request.Rootless.IgnoresErrors(target.Host.IsPrivileged);
        try
        {
            return cgroup.OpenExecJoin(target.Pid, request.Cgroups);
        }
        catch (LadeException e) when (ignoreErrors && (CgroupTree.IsPermission(e.Errno) || e.Errno == Errno.ENOENT))
        {
            // As for the container itself: where a cgroup cannot be created or joined, there is none.
            return null;
        }
    }

    private void Answer(SyncPoint point)
    {
        if (point == SyncPoint.Joined)
            ForeignNamespaces.CheckUnmoved(_join);
        else if (point == SyncPoint.Cgroup && _unit is not null)
            _unit.Attach(_init.Pid, _target.Pid, _target.Request.Cgroups);
        else
            throw InitProcess.Unexpected(point);
    }

    /// <summary>
    /// `init` ended without an error message, so it was killed from outside. A SIGKILL from the OOM killer looks like any other; the cgroup tells whether there have been OOM
    /// kills at all.
    /// </summary>
    private LadeException Died()
    {
        if (_init.TryReap() is not { } status)
            return InitProcess.CannotBeReaped();
        bool outOfMemory = status is { WasSignaled: true, Signal: Libc.SIGKILL } && _target.Cgroup is { OomKills: > 0 };
        return new LadeException("unable to start container process: init ended early: " + status + (outOfMemory ? " (possibly OOM-killed)" : ""));
    }
}

/// <summary>A process of `exec` that has joined the container and is ready to execute its program.</summary>
internal sealed class JoinedProcess(ExecTarget target, InitProcess init, Fd? console)
{
    /// <summary>Our child.</summary>
    public int Pid => init.Pid;

    /// <inheritdoc cref="BuiltContainer.OpenTerminal"/>
    public ForegroundTerminal? OpenTerminal() => console is null ? null : new ForegroundTerminal(console, target.Program.ConsoleSize);

    /// <summary>Returns once the program has been executed.</summary>
    public void Execute() => init.RunUntilExecuted(AgentConnection.Open(target.Spec, StateDocument.From(target.State, target.Status), init.Pid));
}
