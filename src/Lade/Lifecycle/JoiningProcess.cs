using System;
using System.Collections.Generic;
using Lade.Cgroups;
using Lade.Cgroups.Systemd;
using Lade.Configuration;
using Lade.Init;
using Lade.Linux;
using Lade.Namespaces;
using Lade.Plan;
using Lade.State;
using Lade.Terminal;

namespace Lade.Lifecycle;

/// <summary>A process of `exec` on its way into a container: from its start to execve(2), as <see cref="NewContainer"/> is for the first one.</summary>
internal sealed class JoiningProcess(ExecRequest request, ContainerDirectory directory, ContainerState state, ContainerStatus status, Spec spec) : IDisposable
{
    private readonly bool _isPrivileged = Machine.FindPrivilege();
    private InitProcess? _init;
    private Fd? _console;
    private bool _reaped;
    private IExistingCgroup? _cgroup;

    /// <summary>Our child.</summary>
    public int Pid => _init!.Pid;

    private int ContainerPid => state.Init!.Value.Pid;

    /// <summary>Everything up to the program's last steps; its terminal and pid are handed out.</summary>
    /// <param name="container">Pidfd of the container's first process.</param>
    /// <param name="cgroup">The container's; null without one.</param>
    public void Start(Fd container, IExistingCgroup? cgroup)
    {
        // An ordinary user may move no process from a login session into a unit; the user's systemd can have it done.
        ExistingUnit? unit = _isPrivileged ? null : state.Cgroup?.OpenUnit();
        _cgroup = cgroup;
        using CgroupJoin? cgroupJoin = unit is null ? OpenCgroup(cgroup) : null;
        var slots = new Dictionary<Slot, Fd> { [JoinPlan.Process] = container };
        IReadOnlyList<Slot> tasks = JoinTasks.Slots(cgroupJoin, slots);
        JoinPlan join = ForeignNamespaces.Join(ContainerPid, state.UserNamespace, spec.Linux, directory, slots) with { KeepGroups = RunOciAnnotations.KeepsGroups(spec) };
        ContainerPlan plan = ExecOrder.Compile(spec, GatherFacts(tasks) with { WaitsForUnit = unit is not null, BornInCgroup = cgroupJoin is { CloneInto: not null, Tasks: [] } }, join, request.ProcessFile is not null);
        foreach (string warning in plan.Warnings)
            request.Log.Warning(warning);
        _init = InitProcess.Start(plan, new InitSurroundings { Slots = slots, Preserved = request.PreserveFds, Cgroup = cgroupJoin?.CloneInto }, Hindrance);
        // Who has said that a paused container is no hindrance waits until it is resumed.
        _init.IsLimited = !request.IgnorePaused;
        _console = _init.FollowUntilReady(point => Answer(point, unit), _ => { }, Died);
        state.IntelRdt?.Join(Pid);
        Handover.SendConsole(request.ConsoleSocket, _console);
        Handover.SendPidFd(request.PidfdSocket, Pid, "setns");
    }

    /// <inheritdoc cref="NewContainer.OpenTerminal"/>
    public ForegroundTerminal? OpenTerminal() => _console is null ? null : new ForegroundTerminal(_console, spec.Process!.ConsoleSize);

    /// <summary>Lets it execute the program and returns when it has.</summary>
    public void Release() => ProgramStart.Follow(_init!, spec, StateDocument.From(state, status));

    /// <summary>Who says that a paused container is no hindrance waits until it is resumed.</summary>
    private string? Hindrance() =>
        !request.IgnorePaused && _cgroup is { IsFrozen: true } ? "is in a frozen cgroup: the container was paused, or a cgroup above it was frozen" : null;

    public void Undo()
    {
        // Our child: its number cannot mean another process before we have waited for it.
        if (_init is null || _reaped)
            return;
        _ = Processes.Kill(_init.Pid, Libc.SIGKILL);
        Processes.Reap(_init.Pid);
    }

    public void Dispose()
    {
        _console?.Dispose();
        _init?.Dispose();
    }

    private CgroupJoin? OpenCgroup(IExistingCgroup? cgroup)
    {
        if (cgroup is null)
            return request.Cgroups is null ? null : throw new LadeException("the container has no cgroup that --cgroup could name a part of");
        foreach (string controller in request.Cgroups?.Keys ?? [])
        {
            if (controller.Length > 0 && (cgroup.PathOf(controller) is null || cgroup.Directories is [{ IsUnified: true }]))
                throw new LadeException("invalid --cgroup argument: the container has no cgroup of its own for the controller " + controller);
        }

        bool ignoreErrors = request.Cgroups is null && request.Rootless.IgnoresErrors(_isPrivileged);
        try
        {
            return cgroup.OpenExecJoin(ContainerPid, request.Cgroups);
        }
        catch (LadeException e) when (ignoreErrors && (CgroupTree.IsPermission(e.Errno) || e.Errno == Errno.ENOENT))
        {
            // As for the container itself: where a cgroup may not be made or entered, there is none.
            return null;
        }
    }

    private HostFacts GatherFacts(IReadOnlyList<Slot> tasks)
    {
        ProcStatus self = ProcStatus.OfSelf();
        LoadSeccomp? filter = HostFactsReader.Filter(spec, request.Log);
        return new HostFacts
        {
            ContainerId = state.Id.ToString(),
            Bundle = state.Bundle,
            Rootfs = state.Rootfs,
            IsPrivileged = _isPrivileged,
            Capabilities = self.Permitted & self.Bounding,
            IgnoredSignals = self.IgnoredSignals,
            LastCapability = Processes.LastCapability(),
            HasAppArmor = HostFactsReader.HasAppArmor(spec),
            HasSelinux = HostFactsReader.HasSelinux(spec),
            Keyring = HostFactsReader.KeyringOf(state),
            Seccomp = filter,
            FilterMayBeEarly = filter is not null && spec.Process is { NoNewPrivileges: false } && EarlyFilter.IsAllowedAtExec(filter, spec),
            CgroupTasks = tasks,
        };
    }

    private void Answer(SyncPoint point, ExistingUnit? unit)
    {
        if (point != SyncPoint.Cgroup || unit is null)
            throw InitProcess.Unexpected(point);
        unit.Attach(Pid, ContainerPid, request.Cgroups);
    }

    /// <summary>
    /// `init` ended without a word, which only a signal from outside does. The kernel's own SIGKILL looks like anybody's; the cgroup tells whether
    /// the kernel has killed there at all.
    /// </summary>
    private LadeException Died()
    {
        ExitStatus? ended = Processes.TryWait(Pid);
        _reaped = true;
        if (ended is not { } status)
            return InitProcess.CannotBeReaped();
        bool outOfMemory = status is { WasSignaled: true, Signal: Libc.SIGKILL } && _cgroup is { OomKills: > 0 };
        return new LadeException("unable to start container process: init ended early: " + status + (outOfMemory ? " (possibly OOM-killed)" : ""));
    }
}
