using System.Collections.Generic;
using Lade.Configuration;
using Lade.Init;
using Lade.Lifecycle;
using Lade.Linux;
using Lade.Plan;
using Lade.Planning;
using Lade.Rootfs;
using Lade.State;

namespace Lade.Commands;

/// <summary>`mounts add` and `mounts remove`: change the mounts of a running container, by the rules of `create`.</summary>
internal static class ChangeMounts
{
    /// <param name="file">A JSON array of mounts, as in config.json.</param>
    public static void Add(string stateRoot, ContainerId id, string file)
    {
        using ContainerDirectory directory = ContainerDirectory.Open(stateRoot, id);
        directory.Lock();
        ContainerState state = directory.Load();
        (ProcessIdentity init, Fd opened) = OpenProcess(state, directory);
        using Fd process = opened;
        Spec accepted = directory.LoadConfig();
        LinuxSpec linux = accepted.Linux ?? new LinuxSpec();
        Spec spec = accepted with { Mounts = SpecReader.ReadMounts(Files.ReadAll(file), file, linux), Linux = linux };

        Host host = HostReader.Read();
        var slots = new Dictionary<Slot, Fd>();
        try
        {
            slots.Add(JoinPlan.Process, process);
            NamespaceFiles.Open(OnlyUserNamespace(linux), slots);
            MountChanges changes = PlanChanges(init, state, linux, directory, slots);
            if (changes.NeedsPidNamespace(spec.Mounts) && !changes.Join.ByFile)
                slots.Add(JoinPlan.SlotOf(CloneFlags.CLONE_NEWPID), OpenPidNamespace(init));
            IReadOnlyList<Operation> plan = [.. changes.Add(spec, MountsOf(spec, state, host), host.CanMount, state.AddedMounts)];
            IdMapNamespaces.Open(spec, host.CanDisown, slots);
            var added = new List<AddedMount>(state.AddedMounts);
            try
            {
                Run(changes.Join, plan, slots, added);
            }
            finally
            {
                // Also when the list failed half way.
                if (added.Count > state.AddedMounts.Count)
                    directory.Save(state with { AddedMounts = added });
            }
        }
        finally
        {
            NamespaceFiles.Close(slots);
        }
    }

    /// <param name="file">A JSON array of mounts, of which only the destinations matter.</param>
    public static void Remove(string stateRoot, ContainerId id, string file)
    {
        using ContainerDirectory directory = ContainerDirectory.Open(stateRoot, id);
        directory.Lock();
        ContainerState state = directory.Load();
        (ProcessIdentity init, Fd opened) = OpenProcess(state, directory);
        using Fd process = opened;
        IReadOnlyList<string> destinations = SpecReader.ReadMountDestinations(Files.ReadAll(file), file);
        var slots = new Dictionary<Slot, Fd> { [JoinPlan.Process] = process };
        try
        {
            MountChanges changes = PlanChanges(init, state, directory.LoadConfig().Linux, directory, slots);
            Run(changes.Join, [.. changes.Remove(destinations, state.AddedMounts)], slots, []);
            directory.Save(state with { AddedMounts = Without(state.AddedMounts, destinations) });
        }
        finally
        {
            NamespaceFiles.Close(slots);
        }
    }

    private static (ProcessIdentity Init, Fd PidFd) OpenProcess(ContainerState state, ContainerDirectory directory)
    {
        if (Status.Read(state, directory) is not (ContainerStatus.Created or ContainerStatus.Running or ContainerStatus.Paused) || state.Init is not { } init)
            throw new LadeException("container not running");
        Fd process = Processes.TryOpenPidFd(init.Pid) ?? throw new LadeException("container not running");
        // Checked after opening: the pid may have been reused.
        return init.IsAlive ? (init, process) : throw new LadeException("container not running");
    }

    private static Fd OpenPidNamespace(ProcessIdentity init)
    {
        Fd file = Files.Open("/proc/" + init.Pid + "/ns/pid", Libc.O_RDONLY);
        // Checked after opening: the pid may have been reused.
        return init.IsAlive ? file : throw new LadeException("container not running");
    }

    private static MountChanges PlanChanges(ProcessIdentity init, ContainerState state, LinuxSpec? linux, ContainerDirectory directory, Dictionary<Slot, Fd> slots)
    {
        JoinPlan join = ForeignNamespaces.Join(init.Pid, state.UserNamespace, linux, directory, slots);
        return (join.Namespaces & CloneFlags.CLONE_NEWNS) != 0
            ? new MountChanges(join)
            : throw new LadeException("the container has no mount namespace of its own");
    }

    private static Mounts MountsOf(Spec spec, ContainerState state, Host host) => new(spec, new MountInputs
    {
        IsPrivileged = host.IsPrivileged,
        Bundle = state.Bundle,
        HasSelinux = HostReader.Labels(spec).Selinux,
        SourceLinks = HostReader.SourceLinks(spec, state.Bundle),
        CgroupMounts = CgroupMountFacts.None,
        HasCgroupNamespace = false,
        // The cloned source must leave the host's peer group: otherwise mounts that the container makes below it would propagate to the host.
        SourcePropagation = MountPropagation.MS_SLAVE,
        HostIsReachable = false,
    });

    /// <summary>An id-mapped mount takes the maps of a joined user namespace from its file.</summary>
    private static LinuxSpec OnlyUserNamespace(LinuxSpec linux) => linux with
    {
        Namespaces = linux.PathOf(NamespaceType.User) is { } path ? [new NamespaceSpec(NamespaceType.User, path)] : [],
    };

    private static List<AddedMount> Without(IReadOnlyList<AddedMount> added, IReadOnlyList<string> destinations)
    {
        List<AddedMount> left = [.. added];
        foreach (string destination in destinations)
        {
            int last = left.FindLastIndex(mount => mount.Destination == Mounts.Normalize(destination));
            if (last >= 0)
                left.RemoveAt(last);
        }

        return left;
    }

    /// <param name="added">Receives what has been mounted.</param>
    private static void Run(JoinPlan join, IReadOnlyList<Operation> operations, Dictionary<Slot, Fd> slots, List<AddedMount> added)
    {
        var plan = new ContainerPlan { StartFlags = CloneFlags.None, Operations = operations };
        InitProcess helper = InitProcess.Start(plan, new InitStartInfo { Slots = slots });
        helper.HasTimeout = true;
        try
        {
            while (true)
            {
                InitMessage message = helper.Receive() ?? throw new LadeException("the container has ended");
                if (message is { Kind: MessageKind.Sync, Value: (ulong)SyncPoint.Joined })
                {
                    ForeignNamespaces.CheckUnmoved(join);
                    helper.Go();
                    continue;
                }

                if (message.Kind != MessageKind.Mount)
                    return;
                if (DestinationOf(operations[message.Operation]) is { } destination)
                    added.Add(new AddedMount(destination, message.Value));
            }
        }
        finally
        {
            helper.Dispose();
            helper.KillAndReap();
        }
    }

    private static string? DestinationOf(Operation operation) => operation switch
    {
        Mount mount => Mounts.Normalize(mount.Target),
        Attach attach => Mounts.Normalize(attach.Target),
        _ => null,
    };
}
