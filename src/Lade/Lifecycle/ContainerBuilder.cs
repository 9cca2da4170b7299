using System.Collections.Generic;
using Lade.Cgroups;
using Lade.Configuration;
using Lade.Hooks;
using Lade.Init;
using Lade.Linux;
using Lade.Network;
using Lade.Plan;
using Lade.Planning;
using Lade.State;

namespace Lade.Lifecycle;

/// <summary>
/// Makes what a checked container consists of, in the order of runtime.md "Lifecycle". Whatever is about to exist outside the container's directory is recorded
/// there first; how it is undone is pushed before it is made.
/// </summary>
internal sealed class ContainerBuilder
{
    private readonly CheckedContainer _container;
    private readonly Rollback _undo;
    private readonly ContainerDirectory _directory;
    private readonly bool _waitsOnSocket;
    private ContainerState _state;

    private ContainerBuilder(CheckedContainer container, Rollback undo, ContainerDirectory directory, bool waitsOnSocket)
    {
        _container = container;
        _undo = undo;
        _directory = directory;
        _waitsOnSocket = waitsOnSocket;
        _state = container.State;
    }

    private CreateRequest Request => _container.Request;

    private Spec Spec => _container.Spec;

    private INewCgroup? Cgroup => _container.Cgroup.Cgroup;

    /// <param name="waitsOnSocket">True for `create`: another lade will start it.</param>
    public static BuiltContainer Build(CheckedContainer container, Rollback undo, bool waitsOnSocket)
    {
        Interruption.Watch();
        ContainerDirectory directory = undo.Own(ContainerDirectory.Create(container.Request.StateRoot, container.Request.Id));
        undo.Push(directory.Remove);
        return new ContainerBuilder(container, undo, directory, waitsOnSocket).Build();
    }

    private BuiltContainer Build()
    {
        InitProcess? init = null;
        // The last to be undone before the directory (runtime.md: after the container is deleted), and only if there was a process.
        _undo.Push(() =>
        {
            if (init is not null)
                HookRunner.RunPoststop(Spec, _state, Request.Log);
        });
        Record();
        CgroupPlan? limits = MakeCgroup();
        MakeResctrlGroup();
        init = _undo.Own(StartInit());
        InitProcess started = init;
        _undo.Push(() => Kill(started));
        Fd? console = RunUntilReady(started, limits);
        if (console is not null)
            _undo.Own(console);
        if (limits is not null)
            Cgroup?.ApplyDeferredLimits(limits);
        return new BuiltContainer(_container, _directory, _state, started, console);
    }

    private void Record()
    {
        _directory.SaveConfig(_container.Json);
        _directory.Save(_state);
        if (Request.Service.NotifySocket is not null && Spec.Process is not null)
            _directory.MakeNotifyDirectory();
    }

    private CgroupPlan? MakeCgroup()
    {
        if (Cgroup is not { } cgroup)
        {
            Preflight.CheckPart(Spec, null);
            return null;
        }

        CgroupPlan plan = cgroup.Plan(Spec.Linux?.Resources, CgroupChange.Create, JsonPointer.Of("linux", "resources"));
        foreach (ConfigProblem warning in plan.Warnings)
            Request.Log.Warning(warning.ToString());
        _undo.Push(cgroup.Remove);
        // Under a strict umask the program's user could not even look at its own cgroup.
        uint mask = Libc.umask(0);
        try
        {
            cgroup.Create(Request.Rootless.IgnoresErrors(_container.Host.IsPrivileged));
        }
        finally
        {
            _ = Libc.umask(mask);
        }

        // Without permission to make a cgroup the container lives in ours, and no later command may take the recorded one for the container's.
        if (cgroup.Directories.Count == 0)
            _state = _state with { Cgroup = null };
        Preflight.CheckPart(Spec, cgroup);
        // The limits of a unit are set when systemd has made it.
        if (_container.Cgroup.Files is { } files)
        {
            files.ApplyLimits(plan);
            Delegate(files);
        }

        return plan;
    }

    private void Delegate(IDelegatable cgroup)
    {
        if (_container.Host.IsPrivileged && cgroup.DelegatedPath.Length == 0 && CgroupOwner.Of(Spec) is { } owner)
            cgroup.Delegate(owner);
    }

    private void MakeResctrlGroup()
    {
        if (_state.IntelRdt is not { } group || Spec.Linux?.IntelRdt is not { } spec)
            return;
        _undo.Push(() => _state.IntelRdt?.Remove());
        if (group.Create(spec) is not { } inTheWay)
            return;
        // What is not ours must not be removed with what we made.
        _state = _state with { IntelRdt = null };
        _directory.Save(_state);
        throw new LadeException(JsonPointer.Of("linux", "intelRdt"), "there is a group " + inTheWay + " already");
    }

    private InitProcess StartInit()
    {
        var slots = new Dictionary<Slot, Fd>();
        using CgroupJoin? join = Cgroup?.OpenJoin();
        using Fd? listener = _waitsOnSocket ? Sockets.Listen(_directory.Descriptor, ContainerDirectory.StartSocket) : null;
        CgroupEntry entry = CgroupTarget.EntryBy(join, _container.Cgroup.Unit is not null, slots);
        if (listener is not null)
            slots.Add(CreatePlan.StartListener, listener);
        NamespaceFiles.Open(Spec.Linux, slots);
        HookOutput.Open(Spec, Request.Bundle, slots);
        ContainerPlan plan = _container.Plan(entry, _waitsOnSocket);
        try
        {
            IdMapNamespaces.Open(Spec, _container.Host.CanDisown, slots);
            InitProcess init = InitProcess.Start(
                plan, new InitStartInfo { Slots = slots, Preserved = Request.Service.ListenFds + Request.PreserveFds, Cgroup = join?.CloneInto }, CheckStall);
            foreach (string warning in plan.Warnings)
                Request.Log.Warning(warning);
            return init;
        }
        catch (LadeException e) when (e.Errno == Errno.ENOMEM)
        {
            // A process that is born in its v2 cgroup is charged to it before it exists.
            throw Cgroup?.PathOf("memory") is { } memory && CgroupFile.TryNumber(memory + "/memory.events", "max") > 0 ? Preflight.InitOutOfMemory(Spec) : e;
        }
        finally
        {
            NamespaceFiles.Close(slots);
        }
    }

    private Stall CheckStall() => Cgroup is { IsFrozen: true } cgroup
        ? new Stall("is in a frozen cgroup: the container's own, or one above it (" + (cgroup.PathOf("freezer") ?? cgroup.Directories[0].Path) + ")")
        : Stall.None;

    private Fd? RunUntilReady(InitProcess init, CgroupPlan? limits)
    {
        Fd? console = init.RunUntilReady(
            point => Answer(init, point, limits),
            skipped =>
            {
                // A process of the container that can trace it would open devices in its place.
                if (limits is not null)
                    Cgroup?.ApplyDeviceRules(limits);
                MountCheck.Check(init.Pid, init.Operations, skipped);
            },
            () => Processes.TryWait(init.Pid) is { } status ? Preflight.InitDied(status, Spec, Cgroup) : InitProcess.CannotBeReaped());
        _state = _state with
        {
            Init = ProcessIdentity.Read(init.Pid),
            UserNamespace = Files.TryReadLink("/proc/" + init.Pid + "/ns/user"),
            StartNotes = _waitsOnSocket ? StartNotes.From(init.Operations) : StartNotes.None,
        };
        return console;
    }

    /// <summary>What `init` asks of the host side before it goes on.</summary>
    private void Answer(InitProcess init, SyncPoint point, CgroupPlan? limits)
    {
        switch (point)
        {
            case SyncPoint.Cgroup when _container.Cgroup.Unit is { } unit && limits is not null:
                unit.Place(init.Pid, limits);
                Delegate(unit);
                _state = _state with { Cgroup = CgroupState.From(unit, unit.Record) };
                break;
            case SyncPoint.MapIds when Spec.Linux is { } linux:
                IdMapWriter.Write(init.Pid, linux);
                break;
            case SyncPoint.TimeOffsets:
                if (Spec.Linux is { TimeOffsets.Count: > 0 } timed)
                    Files.WriteValue("/proc/" + init.Pid + "/timens_offsets", IdMaps.TimeOffsets(timed.TimeOffsets));
                break;
            case SyncPoint.Namespaces:
                Cgroup?.JoinDelegated(init.Pid, _container.Host.IsPrivileged ? CgroupOwner.OfPart(Spec) : null);
                _state.IntelRdt?.Join(init.Pid);
                MoveNetDevices(init.Pid);
                break;
            case SyncPoint.Hooks:
                _state = _state with { Init = ProcessIdentity.Read(init.Pid) };
                HookRunner.Run("prestart", Spec.Hooks.Prestart, Spec, StateDocument.From(_state, ContainerStatus.Creating));
                HookRunner.Run("createRuntime", Spec.Hooks.CreateRuntime, Spec, StateDocument.From(_state, ContainerStatus.Creating));
                break;
            default:
                throw InitProcess.Unexpected(point);
        }
    }

    /// <summary>The container's network namespace is held as long as the devices may have to be moved back.</summary>
    private void MoveNetDevices(int pid)
    {
        if (Spec.Linux is not { NetDevices.Count: > 0 } linux)
            return;
        NetDevices devices = NetDevices.Open(pid);
        _undo.Push(devices.MoveBack, devices);
        devices.Move(linux.NetDevices);
    }

    private void Kill(InitProcess init)
    {
        // Our child: its number cannot mean another process before we have waited for it.
        _ = Processes.Kill(init.Pid, Libc.SIGKILL);
        if (!_state.OwnPidNamespace)
            Cgroup?.Kill(Libc.SIGKILL);
        Processes.Reap(init.Pid);
    }
}
