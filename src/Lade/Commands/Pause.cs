using Lade.Cgroups;
using Lade.State;

namespace Lade.Commands;

/// <summary>`pause`: freezes all processes of a container until it is resumed. A container that waits for start can be paused too.</summary>
internal static class Pause
{
    public static void Execute(string stateRoot, ContainerId id)
    {
        using ContainerDirectory directory = ContainerDirectory.Open(stateRoot, id);
        directory.Lock();
        ContainerState state = directory.Load();
        if (Status.Read(state, directory) is not (ContainerStatus.Running or ContainerStatus.Created))
            throw new LadeException("container not running");
        CgroupOf(state).Freeze();
    }

    public static IFreezable CgroupOf(ContainerState state) =>
        state.Cgroup?.Open() ?? throw new LadeException("cgroup not exist: the container has none of its own, and cannot be paused without");
}

/// <summary>`resume`: thaws the processes of a paused container.</summary>
internal static class Resume
{
    public static void Execute(string stateRoot, ContainerId id)
    {
        using ContainerDirectory directory = ContainerDirectory.Open(stateRoot, id);
        directory.Lock();
        ContainerState state = directory.Load();
        if (Status.Read(state, directory) != ContainerStatus.Paused)
            throw new LadeException("container not paused");
        Pause.CgroupOf(state).Thaw();
    }
}
