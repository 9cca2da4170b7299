namespace Lade.Linux;

/// <summary>
/// While a command stays in the foreground, signals sent to it are meant for the container. The handlers are C (native/spawn): managed code cannot run in
/// a signal handler, and a default action would end lade before it could pass anything on.
/// </summary>
internal static class SignalForwarding
{
    /// <summary>Every signal that can be caught goes to <paramref name="pid"/>, but those that concern lade itself (SIGCHLD, SIGWINCH, SIGURG, SIGPIPE, faults).</summary>
    public static void Begin(int pid) => Libc.lade_forward_signals(pid);

    /// <summary>The process is gone; its number may be given to another.</summary>
    public static void End() => Libc.lade_forward_signals(0);
}
