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

/// <summary>A running container and the process that `exec` is to start in it, checked.</summary>
internal sealed record ExecTarget
{
    public required ExecRequest Request { get; init; }

    public required ContainerDirectory Directory { get; init; }

    public required ContainerState State { get; init; }

    public required ContainerStatus Status { get; init; }

    /// <summary>The container's first process.</summary>
    public required int Pid { get; init; }

    /// <summary>A pidfd of it.</summary>
    public required Fd Process { get; init; }

    /// <summary>The container's configuration, with <see cref="Program"/> as its process.</summary>
    public required Spec Spec { get; init; }

    public required ProcessSpec Program { get; init; }

    /// <summary>null when the container has none.</summary>
    public required IExistingCgroup? Cgroup { get; init; }

    public required Host Host { get; init; }

    /// <summary>Why a process on its way in cannot go on; a caller who accepts a paused container waits until it is resumed.</summary>
    public Stall CheckStall() =>
        Cgroup is not { IsFrozen: true } ? Stall.None
        : Request.IgnorePaused ? Stall.Accepted
        : new Stall("is in a frozen cgroup: the container was paused, or a cgroup above it was frozen");
}

/// <summary>A process of `exec` on its way into a container, up to the program's last steps.</summary>
internal sealed class JoiningProcess
{
    private readonly ExecTarget _target;
    private readonly InitProcess _init;
    private readonly ExistingUnit? _unit;
    private readonly JoinPlan _join;
    private bool _reaped;

    private JoiningProcess(ExecTarget target, ExistingUnit? unit, JoinPlan join, InitProcess init)
    {
        _target = target;
        _join = join;
        _unit = unit;
        _init = init;
    }

    /// <summary>Its terminal and pid are handed out.</summary>
    public static JoinedProcess Start(ExecTarget target, Rollback undo)
    {
        // An unprivileged user may not move a process from a login session into a unit; the user's systemd can have it done.
        ExistingUnit? unit = target.Host.IsPrivileged ? null : target.State.Cgroup?.OpenUnit();
        (JoinPlan join, InitProcess init) = StartInit(target, unit);
        var joining = new JoiningProcess(target, unit, join, undo.Own(init));
        undo.Push(joining.Kill);
        return joining.Follow(undo);
    }

    private static (JoinPlan Join, InitProcess Init) StartInit(ExecTarget target, ExistingUnit? unit)
    {
        ExecRequest request = target.Request;
        using CgroupJoin? entrance = unit is null ? OpenCgroup(target) : null;
        var slots = new Dictionary<Slot, Fd> { [JoinPlan.Process] = target.Process };
        CgroupEntry entry = CgroupTarget.EntryBy(entrance, unit is not null, slots);
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

    private JoinedProcess Follow(Rollback undo)
    {
        _init.HasTimeout = true;
        Fd? console = _init.RunUntilReady(Answer, _ => { }, Died);
        if (console is not null)
            undo.Own(console);
        _target.State.IntelRdt?.Join(_init.Pid);
        Handover.SendConsole(_target.Request.ConsoleSocket, console);
        Handover.SendPidFd(_target.Request.PidfdSocket, _init.Pid, "setns");
        return new JoinedProcess(_target, _init, console);
    }

    private static CgroupJoin? OpenCgroup(ExecTarget target)
    {
        ExecRequest request = target.Request;
        if (target.Cgroup is not { } cgroup)
            return request.Cgroups is null ? null : throw new LadeException("the container has no cgroup that --cgroup could name a part of");
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
            // As for the container itself: where a cgroup may not be made or entered, there is none.
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
    /// `init` ended without a word, which only a signal from outside does. The kernel's own SIGKILL looks like anybody's; the cgroup tells whether
    /// the kernel has killed there at all.
    /// </summary>
    private LadeException Died()
    {
        ExitStatus? ended = Processes.TryWait(_init.Pid);
        _reaped = true;
        if (ended is not { } status)
            return InitProcess.CannotBeReaped();
        bool outOfMemory = status is { WasSignaled: true, Signal: Libc.SIGKILL } && _target.Cgroup is { OomKills: > 0 };
        return new LadeException("unable to start container process: init ended early: " + status + (outOfMemory ? " (possibly OOM-killed)" : ""));
    }

    private void Kill()
    {
        // Our child: its number cannot mean another process before we have waited for it.
        if (_reaped)
            return;
        _ = Processes.Kill(_init.Pid, Libc.SIGKILL);
        Processes.Reap(_init.Pid);
    }
}

/// <summary>A process of `exec` that has everything but its program.</summary>
internal sealed class JoinedProcess(ExecTarget target, InitProcess init, Fd? console)
{
    /// <summary>Our child.</summary>
    public int Pid => init.Pid;

    /// <inheritdoc cref="BuiltContainer.OpenTerminal"/>
    public ForegroundTerminal? OpenTerminal() => console is null ? null : new ForegroundTerminal(console, target.Program.ConsoleSize);

    /// <summary>Lets it execute the program and returns when it has.</summary>
    public void Execute() => init.RunUntilExecuted(AgentConnection.Open(target.Spec, StateDocument.From(target.State, target.Status), init.Pid));
}
