using Lade.Cgroups;
using Lade.State;

namespace Lade.Lifecycle;

/// <summary>`pause` and `resume`: all processes of a container stand still, and go on. A container that waits for start can be paused too.</summary>
internal static class Pausing
{
    public static void Pause(string stateRoot, ContainerId id)
    {
        using ContainerDirectory directory = ContainerDirectory.Open(stateRoot, id);
        directory.Lock();
        ContainerState state = directory.Load();
        if (Status.Read(state, directory) is not (ContainerStatus.Running or ContainerStatus.Created))
            throw new LadeException("container not running");
        CgroupOf(state).Freeze();
    }

    public static void Resume(string stateRoot, ContainerId id)
    {
        using ContainerDirectory directory = ContainerDirectory.Open(stateRoot, id);
        directory.Lock();
        ContainerState state = directory.Load();
        if (Status.Read(state, directory) != ContainerStatus.Paused)
            throw new LadeException("container not paused");
        CgroupOf(state).Thaw();
    }

    private static IFreezable CgroupOf(ContainerState state) =>
        state.Cgroup?.Open() ?? throw new LadeException("cgroup not exist: the container has none of its own, which pausing needs");
}
