namespace Lade.Linux;

/// <summary>
/// While a command stays in the foreground, signals sent to it are meant for the container. The handlers are C (native/spawn): managed code cannot run in
/// a signal handler, and a default action would end lade before it could pass anything on.
/// </summary>
internal static class SignalForwarding
{
    private static Fd? s_target;

    /// <summary>
    /// Every signal that can be caught goes to our child <paramref name="pid"/>, but those that concern lade itself (SIGCHLD, SIGWINCH, SIGURG, SIGPIPE,
    /// faults). They go through a pidfd: once the child is reaped its number may be given to another.
    /// </summary>
    public static void Begin(int pid)
    {
        s_target = Processes.TryOpenPidFd(pid) ?? throw new LadeException("open process " + pid, Libc.LastError);
        Libc.lade_forward_signals(s_target.Number);
        // One that came just before concerns the container too.
        if (Interruption.HandOver() is > 0 and var signal)
            _ = Processes.Signal(s_target, signal);
    }

    /// <summary>From now on signals have no effect: what is left to do, lade finishes.</summary>
    public static void End()
    {
        Libc.lade_forward_signals(-1);
        s_target?.Dispose();
        s_target = null;
    }
}
