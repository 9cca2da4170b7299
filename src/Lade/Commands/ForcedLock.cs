using Lade.Linux;
using Lade.State;

namespace Lade.Commands;

/// <summary>
/// The lock of a container for `delete --force`, which no other command may keep out, whatever it waits for: a hook, a process that somebody has stopped. First
/// what the other waits for is ended, then the other itself, which undoes what it did when it is asked to end.
/// </summary>
internal static class ForcedLock
{
    /// <summary>A command that merely is at work ends by itself.</summary>
    private const int WorkMilliseconds = 300;
    private const int UndoMilliseconds = 5_000;
    private const int EndMilliseconds = 10_000;

    /// <returns>False when the container is gone.</returns>
    public static bool Take(ContainerDirectory directory)
    {
        if (TryTake(directory, WorkMilliseconds) is { } taken)
            return taken;
        EndContainer(directory);
        if (TryTake(directory, WorkMilliseconds) is { } afterEnd)
            return afterEnd;
        Signal(directory, Libc.SIGTERM);
        if (TryTake(directory, UndoMilliseconds) is { } afterUndo)
            return afterUndo;
        Signal(directory, Libc.SIGKILL);
        return TryTake(directory, EndMilliseconds)
            ?? throw new LadeException("another lade (process " + directory.LockHolder + ") keeps the container locked and cannot be ended");
    }

    /// <summary>null when somebody else has it all the time.</summary>
    private static bool? TryTake(ContainerDirectory directory, int milliseconds)
    {
        var backoff = new Backoff(milliseconds);
        do
        {
            if (directory.TryLockIfPresent() is { } taken)
                return taken;
        }
        while (backoff.Sleep());

        return null;
    }

    /// <summary>What the state says, without the lock: whoever has it may change it, but a process that was the container's is nobody else's.</summary>
    private static void EndContainer(ContainerDirectory directory)
    {
        if (directory.TryLoad() is not { Init: { } init } state)
            return;
        using Fd? process = Processes.TryOpenPidFd(init.Pid);
        if (process is null || !init.IsAlive)
            return;
        _ = Processes.Signal(process, Libc.SIGKILL);
        if (state.Cgroup?.Open() is { } cgroup && !state.OwnPidNamespace)
            cgroup.Kill(Libc.SIGKILL);
    }

    /// <summary>By a pidfd that is opened between two looks at who has the lock: in between the number can have gone to nobody else.</summary>
    private static void Signal(ContainerDirectory directory, int signal)
    {
        if (directory.LockHolder is not { } pid)
            return;
        using Fd? process = Processes.TryOpenPidFd(pid);
        if (process is null || directory.LockHolder != pid)
            return;
        Errno errno = Processes.Signal(process, signal);
        if (errno.Value != 0 && errno != Errno.ESRCH)
            throw new LadeException("end process " + pid + ", which keeps the container locked", errno);
    }
}
