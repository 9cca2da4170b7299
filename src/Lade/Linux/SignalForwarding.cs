namespace Lade.Linux;

/// <summary>
/// Forwards signals to the container while a command runs in the foreground. The handlers are in C (native/spawn): managed code cannot run in a signal handler, and a
/// default action would kill lade before it could forward anything.
/// </summary>
internal static class SignalForwarding
{
    private static Fd? s_target;

    /// <summary>
    /// Forwards every signal that can be caught to our child <paramref name="pid"/>, except those meant for lade itself (SIGCHLD, SIGWINCH, SIGURG, SIGPIPE, faults).
    /// Through a pidfd: once the child is reaped its pid can be reused.
    /// </summary>
    public static void Begin(int pid)
    {
        s_target = Processes.OpenPidFd(pid);
        Libc.lade_forward_signals(s_target.Number);
        // One that arrived just before is meant for the container too.
        if (Interruption.Release() is > 0 and var signal)
            _ = Processes.Signal(s_target, signal);
    }

    /// <summary>From now on signals are ignored: lade finishes what is left to do.</summary>
    public static void End()
    {
        Libc.lade_forward_signals(-1);
        s_target?.Dispose();
        s_target = null;
    }
}
