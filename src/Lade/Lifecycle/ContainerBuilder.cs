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
/// Creates a checked container, in the order of runtime.md "Lifecycle". Anything outside the container's directory is recorded there before it is created, and its rollback step
/// is pushed first.
/// </summary>
internal sealed class ContainerBuilder
{
    private readonly CheckedContainer _container;
    private readonly Rollback _rollback;
    private readonly ContainerDirectory _directory;
    private readonly bool _waitsOnSocket;
    private ContainerState _state;

    private ContainerBuilder(CheckedContainer container, Rollback rollback, ContainerDirectory directory, bool waitsOnSocket)
    {
        _container = container;
        _rollback = rollback;
        _directory = directory;
        _waitsOnSocket = waitsOnSocket;
        _state = container.State;
    }

    private CreateRequest Request => _container.Request;

    private Spec Spec => _container.Spec;

    private INewCgroup? Cgroup => _container.Cgroup.Cgroup;

    /// <param name="waitsOnSocket">True for `create`: another lade process will start it.</param>
    public static BuiltContainer Build(CheckedContainer container, Rollback rollback, bool waitsOnSocket)
    {
        Interruption.Watch();
        ContainerDirectory directory = rollback.Own(ContainerDirectory.Create(container.Request.StateRoot, container.Request.Id));
        rollback.Push(directory.Remove);
        return new ContainerBuilder(container, rollback, directory, waitsOnSocket).Build();
    }

    private BuiltContainer Build()
    {
        InitProcess? init = null;
        // Poststop hooks run after everything but the directory is removed (runtime.md "Lifecycle"), and only if there was a process.
        _rollback.Push(() =>
        {
            if (init is not null)
                HostHooks.RunPoststop(Spec, _state, Request.Log);
        });
        Record();
        CgroupPlan? limits = MakeCgroup();
        MakeResctrlGroup();
        init = _rollback.Own(StartInit());
        InitProcess started = init;
        _rollback.Push(() => Kill(started));
        Fd? console = RunUntilReady(started, limits);
        if (console is not null)
            _rollback.Own(console);
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
            Preflight.CheckDelegation(Spec, null);
            return null;
        }

        CgroupPlan plan = cgroup.Plan(Spec.Linux?.Resources, CgroupChange.Create, JsonPointer.Of("linux", "resources"));
        foreach (ConfigProblem warning in plan.Warnings)
            Request.Log.Warning(warning.ToString());
        _rollback.Push(cgroup.Remove);
        // With a strict umask the program's user could not even read its own cgroup.
        uint umask = Processes.SetUmask(0);
        try
        {
            cgroup.Create(Request.Rootless.IgnoresErrors(_container.Host.IsPrivileged));
        }
        finally
        {
            _ = Processes.SetUmask(umask);
        }

        // Without permission to create a cgroup the container stays in ours; later commands must not take the recorded one for the container's.
        if (cgroup.Directories.Count == 0)
            _state = _state with { Cgroup = null };
        Preflight.CheckDelegation(Spec, cgroup);
        // The limits of a unit are set after systemd has created it.
        if (_container.Cgroup.Files is { } files)
        {
            files.ApplyLimits(plan);
            Delegate(files);
        }

        return plan;
    }

    private void Delegate(IDelegatable cgroup)
    {
        if (_container.Host.IsPrivileged && cgroup.DelegatedPath.Length == 0 && CgroupOwner.Find(Spec) is { } owner)
            cgroup.Delegate(owner);
    }

    private void MakeResctrlGroup()
    {
        if (_state.IntelRdt is not { } group || Spec.Linux?.IntelRdt is not { } spec)
            return;
        _rollback.Push(() => _state.IntelRdt?.Remove());
        if (group.Create(spec) is not { } existing)
            return;
        // The existing group is not ours to remove.
        _state = _state with { IntelRdt = null };
        _directory.Save(_state);
        throw new LadeException(JsonPointer.Of("linux", "intelRdt"), "the group " + existing + " already exists");
    }

    private InitProcess StartInit()
    {
        var slots = new Dictionary<Slot, Fd>();
        using CgroupJoin? join = Cgroup?.OpenJoin();
        using Fd? listener = _waitsOnSocket ? Sockets.Listen(_directory.Descriptor, ContainerDirectory.StartSocket) : null;
        CgroupEntry entry = CgroupTarget.CreateEntry(join, _container.Cgroup.Unit is not null, slots);
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
            // A process cloned into its v2 cgroup is charged to it during clone3(2).
            throw Cgroup?.PathOf("memory") is { } memory && CgroupFile.TryNumber(memory + "/memory.events", "max") > 0 ? Preflight.InitOutOfMemory(Spec) : e;
        }
        finally
        {
            NamespaceFiles.Close(slots);
        }
    }

    /// <summary>Why `init` makes no progress, for the error.</summary>
    private Stall CheckStall() => Cgroup is { IsFrozen: true } cgroup
        ? new Stall("is in a frozen cgroup: the container's own, or an ancestor (" + (cgroup.PathOf("freezer") ?? cgroup.Directories[0].Path) + ")")
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
            () => init.TryReap() is { } status ? Preflight.InitDied(status, Spec, Cgroup) : InitProcess.CannotBeReaped());
        _state = _state with
        {
            Init = ProcessIdentity.Read(init.Pid),
            UserNamespace = Files.TryReadLink("/proc/" + init.Pid + "/ns/user"),
            StartNotes = _waitsOnSocket ? StartNotes.From(init.Operations) : StartNotes.None,
        };
        return console;
    }

    /// <summary>Does what `init` asks of the host before it continues.</summary>
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
                Cgroup?.JoinDelegated(init.Pid, _container.Host.IsPrivileged ? CgroupOwner.FindForSubCgroup(Spec) : null);
                _state.IntelRdt?.Join(init.Pid);
                MoveNetDevices(init.Pid);
                break;
            case SyncPoint.Hooks:
                _state = _state with { Init = ProcessIdentity.Read(init.Pid) };
                HostHooks.Run("prestart", Spec.Hooks.Prestart, Spec, StateDocument.From(_state, ContainerStatus.Creating));
                HostHooks.Run("createRuntime", Spec.Hooks.CreateRuntime, Spec, StateDocument.From(_state, ContainerStatus.Creating));
                break;
            default:
                throw InitProcess.Unexpected(point);
        }
    }

    /// <summary>Holds the container's network namespace as long as the devices may have to be moved back.</summary>
    private void MoveNetDevices(int pid)
    {
        if (Spec.Linux is not { NetDevices.Count: > 0 } linux)
            return;
        NetDevices devices = NetDevices.Open(pid);
        _rollback.Push(devices.MoveBack, devices);
        devices.Move(linux.NetDevices);
    }

    private void Kill(InitProcess init)
    {
        init.Kill();
        if (!_state.OwnPidNamespace)
            Cgroup?.Kill(Libc.SIGKILL);
        _ = init.TryReap();
    }
}
