using Lade.Lifecycle;
using Lade.Cgroups;
using Lade.Linux;
using Lade.State;

namespace Lade.Commands;

/// <summary>`kill`: a signal for the container's first process, or for all of them.</summary>
internal static class Kill
{
    public static void Execute(string stateRoot, ContainerId id, int signal, bool all, Log log)
    {
        using ContainerDirectory directory = ContainerDirectory.Open(stateRoot, id);
        ContainerState state = directory.Load();
        // Whether it is paused matters to SIGKILL alone, and then it is the cgroup that is asked.
        ContainerStatus status = Status.ReadUnpaused(state, directory);
        IExistingCgroup? cgroup = state.Cgroup?.Open();
        if (status == ContainerStatus.Stopped)
        {
            // With --all (obsolete, but shims send it) processes that outlived the first one are meant, and that there are none is no error.
            if (!all)
                throw new LadeException("container not running");
            cgroup?.Kill(signal);
            return;
        }

        // Without a pid namespace of its own the container's other processes do not die with the first one.
        if ((all || signal == Libc.SIGKILL) && !state.OwnPidNamespace && cgroup is not null)
        {
            cgroup.Kill(signal);
            return;
        }

        // The process that waits for start is init, the first of its pid namespace: the kernel gives it no signal whose default would end it, but SIGKILL.
        if (status == ContainerStatus.Created && Signals.EndsByDefault(signal))
            signal = Libc.SIGKILL;
        if (state.Init is not { } init)
            throw new LadeException("container not running");
        using Fd process = Destruction.TrySignal(init, signal) ?? throw new LadeException("container not running");
        if (signal == Libc.SIGKILL && cgroup is not null)
            Destruction.ThawUntilItEnds(init.Pid, process, cgroup);
    }
}
