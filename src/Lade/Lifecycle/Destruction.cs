using Lade.Cgroups;
using Lade.Hooks;
using Lade.Linux;
using Lade.State;

namespace Lade.Lifecycle;

/// <summary>
/// Destroys a container. It relies on the recorded state only, at whatever point the creator was killed. A pid is never trusted without its start time: signals go through a pidfd
/// that is opened first and verified afterwards.
/// </summary>
internal static class Destruction
{
    /// <summary>Milliseconds in which a killed process usually ends, including the other processes of its pid namespace.</summary>
    private const int UsualEnd = 100;

    private const int LongestEnd = 10_000;

    /// <summary>Kills what is still running, removes the cgroup, runs the poststop hooks and removes the directory. The caller holds the lock.</summary>
    public static void Destroy(ContainerDirectory directory, ContainerState state, Log log)
    {
        IExistingCgroup? cgroup = state.Cgroup?.Open();
        Finish(state, cgroup);
        state.IntelRdt?.Remove();
        cgroup?.Remove();
        if ((state.Hooks & HookKinds.Poststop) != 0)
            Rollback.Try(log, () => HostHooks.RunPoststop(directory.LoadConfig(), state, log));
        directory.Remove();
    }

    /// <summary>Kills every process of a container and waits for its first one to end.</summary>
    private static void Finish(ContainerState state, IExistingCgroup? cgroup)
    {
        using Fd? init = state.Init is { } first ? TrySignal(first, Libc.SIGKILL) : null;
        if (cgroup is not null && (!state.OwnPidNamespace || (state.Init is null && IsOurs(cgroup))))
            cgroup.Kill(Libc.SIGKILL);
        if (init is null || state.Init is not { } recorded)
            return;
        if (cgroup is not null)
            ThawUntilItEnds(recorded.Pid, init, cgroup);
        if (!Processes.WaitForEnd(init, LongestEnd))
            throw new LadeException("container init still running after SIGKILL: " + CgroupProcesses.Describe([recorded.Pid]));
    }

    /// <summary>
    /// On cgroup v1 a frozen process dies of SIGKILL only once thawed, and pid 1 of a pid namespace only after all others. Since a running process of the container, among
    /// others, can freeze them again, thawing is repeated.
    /// </summary>
    public static void ThawUntilItEnds(int pid, Fd process, IExistingCgroup cgroup)
    {
        if (cgroup.IsFrozen)
            cgroup.Thaw();
        if (Processes.WaitForEnd(process, UsualEnd))
            return;
        // Nothing is frozen: the process is just slow to end, and the caller need not wait for that.
        if (!Release(pid, cgroup))
            return;
        if (IsOurs(cgroup))
        {
            // This also kills whoever freezes them again.
            cgroup.Kill(Libc.SIGKILL);
            return;
        }

        var backoff = new Backoff(LongestEnd);
        while (!Processes.WaitForEnd(process, 1) && Release(pid, cgroup))
        {
            if (!backoff.Sleep())
                throw new LadeException("the container has been sent SIGKILL, but its cgroup is frozen again each time it is thawed");
        }
    }

    /// <summary>Thaws what keeps the process from ending; false when nothing was frozen.</summary>
    private static bool Release(int pid, IExistingCgroup cgroup) => cgroup.ThawAll() | cgroup.Recapture(pid);

    /// <summary>
    /// Whether all processes in the cgroup are the container's. A create that was killed before it recorded `init` leaves it running, perhaps in a hook; but if it was killed
    /// before checking that an existing cgroup was empty, the processes there may be anybody's.
    /// </summary>
    private static bool IsOurs(IHasDirectories cgroup)
    {
        foreach (CgroupDirectory directory in cgroup.Directories)
        {
            if (directory.Missing == 0)
                return false;
        }

        return true;
    }

    /// <summary>A pidfd of the process the signal was sent to; null when it had already ended.</summary>
    public static Fd? TrySignal(ProcessIdentity process, int signal)
    {
        Fd? pidFd = Processes.TryOpenPidFd(process.Pid);
        if (pidFd is null)
            return null;
        Errno errno = process.IsAlive ? Processes.Signal(pidFd, signal) : Errno.ESRCH;
        if (errno.Value == 0)
            return pidFd;
        pidFd.Dispose();
        return errno == Errno.ESRCH ? null : throw new LadeException("send signal " + signal + " to process " + process.Pid, errno);
    }
}
