using Lade.Linux;
using Lade.State;

namespace Lade.Commands;

/// <summary>
/// Takes the container's lock for `delete --force`, which no other command may block, whatever it is waiting for: a hook, a process that was stopped. First kills what the
/// other command waits for, then terminates the command itself, which rolls back on SIGTERM.
/// </summary>
internal static class ForcedLock
{
    /// <summary>A command that is simply working finishes within this time.</summary>
    private const int WorkMilliseconds = 300;
    private const int RollbackMilliseconds = 5_000;
    private const int EndMilliseconds = 10_000;

    /// <returns>False when the container no longer exists.</returns>
    public static bool Take(ContainerDirectory directory)
    {
        if (TryTake(directory, WorkMilliseconds) is { } taken)
            return taken;
        KillContainer(directory);
        if (TryTake(directory, WorkMilliseconds) is { } afterEnd)
            return afterEnd;
        Signal(directory, Libc.SIGTERM);
        if (TryTake(directory, RollbackMilliseconds) is { } afterRollback)
            return afterRollback;
        Signal(directory, Libc.SIGKILL);
        return TryTake(directory, EndMilliseconds)
            ?? throw new LadeException("another lade (process " + directory.LockHolder + ") holds the lock of the container and cannot be killed");
    }

    /// <summary>null when the lock is still held elsewhere by then.</summary>
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

    /// <summary>Reads the state without the lock: its holder may change it, but a process recorded there belongs to the container in any case.</summary>
    private static void KillContainer(ContainerDirectory directory)
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

    /// <summary>Through a pidfd opened between two checks of who holds the lock, so the pid cannot have been reused.</summary>
    private static void Signal(ContainerDirectory directory, int signal)
    {
        if (directory.LockHolder is not { } pid)
            return;
        using Fd? process = Processes.TryOpenPidFd(pid);
        if (process is null || directory.LockHolder != pid)
            return;
        Errno errno = Processes.Signal(process, signal);
        if (errno.Value != 0 && errno != Errno.ESRCH)
            throw new LadeException("signal process " + pid + ", which holds the lock of the container", errno);
    }
}
