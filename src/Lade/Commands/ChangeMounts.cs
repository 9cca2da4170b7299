using Lade.Lifecycle;
using System.Collections.Generic;
using Lade.Configuration;
using Lade.Init;
using Lade.Linux;
using Lade.Plan;
using Lade.Planning;
using Lade.Rootfs;
using Lade.State;

namespace Lade.Commands;

/// <summary>`mounts add` and `mounts remove`: what a container sees is changed while it runs, by the rules of `create`.</summary>
internal static class ChangeMounts
{
    /// <param name="file">A JSON array of mounts as in config.json.</param>
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
            MountChanges changes = ChangesOf(init, state, linux, directory, slots);
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
                // Also of a list that failed half way.
                if (added.Count > state.AddedMounts.Count)
                    directory.Save(state with { AddedMounts = added });
            }
        }
        finally
        {
            NamespaceFiles.Close(slots);
        }
    }

    /// <param name="file">A JSON array of mounts; only their destinations count.</param>
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
            MountChanges changes = ChangesOf(init, state, directory.LoadConfig().Linux, directory, slots);
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
        // The number may have gone to another process before it was opened.
        return init.IsAlive ? (init, process) : throw new LadeException("container not running");
    }

    private static Fd OpenPidNamespace(ProcessIdentity init)
    {
        Fd file = Files.Open("/proc/" + init.Pid + "/ns/pid", Libc.O_RDONLY);
        // Opened first, then looked: the number may have gone to another process.
        return init.IsAlive ? file : throw new LadeException("container not running");
    }

    private static MountChanges ChangesOf(ProcessIdentity init, ContainerState state, LinuxSpec? linux, ContainerDirectory directory, Dictionary<Slot, Fd> slots)
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
        // The clone of a source must not stay a member of the host's peer group: the container's own mounts below it would show up there.
        SourcePropagation = MountPropagation.MS_SLAVE,
        HostIsReachable = false,
    });

    /// <summary>Of a joined user namespace an id-mapped mount takes the maps from its file.</summary>
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

    /// <param name="added">Gets what the operations have mounted.</param>
    private static void Run(JoinPlan join, IReadOnlyList<Operation> operations, Dictionary<Slot, Fd> slots, List<AddedMount> added)
    {
        InitProcess helper = InitProcess.Start(new ContainerPlan { StartFlags = CloneFlags.None, Operations = operations }, new InitStartInfo { Slots = slots });
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
            // One that was stopped would not see that nobody listens any more. It is our child: the number is its own until we have waited for it.
            helper.Dispose();
            _ = Processes.Kill(helper.Pid, Libc.SIGKILL);
            Processes.Reap(helper.Pid);
        }
    }

    private static string? DestinationOf(Operation operation) => operation switch
    {
        Mount mount => Mounts.Normalize(mount.Target),
        Attach attach => Mounts.Normalize(attach.Target),
        _ => null,
    };
}
