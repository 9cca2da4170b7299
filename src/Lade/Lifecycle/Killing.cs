using Lade.Cgroups;
using Lade.Linux;
using Lade.State;

namespace Lade.Lifecycle;

/// <summary>`kill`, and ending a container for good. A pid is never trusted without its start time: a signal goes through a pidfd that was opened first and checked after.</summary>
internal static class Killing
{
    public static void Kill(string stateRoot, ContainerId id, int signal, bool all, Log log)
    {
        using ContainerDirectory directory = ContainerDirectory.Open(stateRoot, id);
        ContainerState state = directory.Load();
        // Whether it is paused matters to SIGKILL alone, and then it is the cgroup that is asked.
        ContainerStatus status = Status.OfUnpaused(state, directory);
        ICgroup? cgroup = state.Cgroup?.Open();
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
        if (state.Init is not { } init || !TrySignal(init, signal))
            throw new LadeException("container not running");
        // A frozen process takes its SIGKILL only when it is thawed.
        if (signal == Libc.SIGKILL && cgroup is { IsFrozen: true })
            cgroup.Thaw();
    }

    /// <summary>Kills every process of a container and waits until its first one is gone.</summary>
    public static void Finish(ContainerState state, ICgroup? cgroup)
    {
        if (state.Init is { } init)
        {
            using Fd? pidFd = Processes.TryOpenPidFd(init.Pid);
            if (pidFd is not null && init.IsAlive)
            {
                Errno errno = Processes.Signal(pidFd, Libc.SIGKILL);
                if (errno.Value != 0 && errno != Errno.ESRCH)
                    throw new LadeException("kill process " + init.Pid, errno);
                if (cgroup is { IsFrozen: true })
                    cgroup.Thaw();
                if (!Processes.WaitForEnd(pidFd, milliseconds: 10_000))
                    throw new LadeException("container init still running");
            }
        }

        if (cgroup is not null && (!state.OwnPidNamespace || (state.Init is null && IsOurs(cgroup))))
            cgroup.Kill(Libc.SIGKILL);
    }

    /// <summary>
    /// Whether all processes in it are the container's. A create that was killed before its `init` was recorded leaves one that may sit in a hook for long;
    /// but before it looked whether a cgroup that it found is empty, the processes there may be anybody's.
    /// </summary>
    private static bool IsOurs(ICgroup cgroup)
    {
        foreach (CgroupDirectory directory in cgroup.Directories)
        {
            if (directory.Missing == 0)
                return false;
        }

        return true;
    }

    private static bool TrySignal(ProcessIdentity process, int signal)
    {
        using Fd? pidFd = Processes.TryOpenPidFd(process.Pid);
        if (pidFd is null || !process.IsAlive)
            return false;
        Errno errno = Processes.Signal(pidFd, signal);
        if (errno == Errno.ESRCH)
            return false;
        return errno.Value == 0 ? true : throw new LadeException("send signal " + signal + " to process " + process.Pid, errno);
    }
}
