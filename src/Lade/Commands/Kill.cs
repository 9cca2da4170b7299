using Lade.Cgroups;
using Lade.Lifecycle;
using Lade.Linux;
using Lade.State;

namespace Lade.Commands;

/// <summary>`kill`: sends a signal to the container's first process, or to all of them.</summary>
internal static class Kill
{
    public static void Execute(string stateRoot, ContainerId id, int signal, bool all, Log log)
    {
        using ContainerDirectory directory = ContainerDirectory.Open(stateRoot, id);
        ContainerState state = directory.Load();
        // Whether it is paused only matters for SIGKILL, and then the cgroup is asked.
        ContainerStatus status = Status.ReadUnpaused(state, directory);
        IExistingCgroup? cgroup = state.Cgroup?.Open();
        if (status == ContainerStatus.Stopped)
        {
            // --all (obsolete, but used by shims) means processes that outlived the first one; it is not an error when there are none.
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

        // The process that waits for start is pid 1 of its namespace, which the kernel shields from signals without a handler (pid_namespaces(7)), except SIGKILL.
        if (status == ContainerStatus.Created && Signals.TerminatesByDefault(signal))
            signal = Libc.SIGKILL;
        if (state.Init is not { } init)
            throw new LadeException("container not running");
        using Fd process = Destruction.TrySignal(init, signal) ?? throw new LadeException("container not running");
        if (signal == Libc.SIGKILL && cgroup is not null)
            Destruction.ThawUntilItEnds(init.Pid, process, cgroup);
    }
}
