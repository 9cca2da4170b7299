using Lade.Cgroups;
using Lade.Linux;
using Lade.State;

namespace Lade.Lifecycle;

/// <summary>
/// Ends a container for good. It works from what the state recorded alone, whatever instruction its creator was killed at. A pid is never trusted without its
/// start time: a signal goes through a pidfd that was opened first and checked after.
/// </summary>
internal static class Destruction
{
    /// <summary>What a process needs to end that nothing keeps from it, the other processes of its pid namespace included.</summary>
    private const int UsualEnd = 100;

    private const int LongestEnd = 10_000;

    /// <summary>Kills what still runs, then removes cgroup, runs the poststop hooks, removes the directory. The caller holds the lock.</summary>
    public static void Destroy(ContainerDirectory directory, ContainerState state, Log log)
    {
        IExistingCgroup? cgroup = state.Cgroup?.Open();
        Finish(state, cgroup);
        state.IntelRdt?.Remove();
        cgroup?.Remove();
        if ((state.Hooks & HookKinds.Poststop) != 0)
            Rollback.Try(log, () => HookRunner.RunPoststop(directory.LoadConfig(), state, log));
        directory.Remove();
    }

    /// <summary>Kills every process of a container and waits until its first one is gone.</summary>
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
            throw new LadeException("container init still running, although killed: " + CgroupProcesses.Describe([recorded.Pid]));
    }

    /// <summary>
    /// A frozen process takes its SIGKILL only when it is thawed, and the first of a pid namespace ends only after all others. A process of the container that still
    /// runs, or whoever else may, can freeze them again: so again and again.
    /// </summary>
    public static void ThawUntilItEnds(int pid, Fd process, IExistingCgroup cgroup)
    {
        if (cgroup.IsFrozen)
            cgroup.Thaw();
        if (Processes.WaitForEnd(process, UsualEnd))
            return;
        // When nothing is frozen it takes its time: to wait for that is not asked.
        if (!Release(pid, cgroup))
            return;
        if (IsOurs(cgroup))
        {
            // Whoever freezes them again dies with them.
            cgroup.Kill(Libc.SIGKILL);
            return;
        }

        var backoff = new Backoff(LongestEnd);
        while (!Processes.WaitForEnd(process, 1) && Release(pid, cgroup))
        {
            if (!backoff.Sleep())
                throw new LadeException("the container has been sent SIGKILL, but its cgroup is frozen again whenever it is thawed");
        }
    }

    /// <summary>Whether anything was frozen that kept it from ending.</summary>
    private static bool Release(int pid, IExistingCgroup cgroup) => cgroup.ThawAll() | cgroup.Recapture(pid);

    /// <summary>
    /// Whether all processes in it are the container's. A create that was killed before its `init` was recorded leaves one that may sit in a hook for long;
    /// but before it looked whether a cgroup that it found is empty, the processes there may be anybody's.
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

    /// <summary>The process that was sent the signal; null when it has ended before.</summary>
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
