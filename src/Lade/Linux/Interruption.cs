using System;

namespace Lade.Linux;

/// <summary>
/// Handles SIGHUP, SIGINT, SIGQUIT and SIGTERM while a command creates things that dying would leave behind: waits for a program or for `init` throw, so that everything
/// is rolled back. A second signal kills lade as usual. Signals that the caller ignores stay ignored.
/// </summary>
internal static class Interruption
{
    private static Fd? s_reader;
    private static Fd? s_writer;

    /// <summary>Readable once a signal has arrived; -1, which poll(2) skips, while signals are not handled.</summary>
    public static int Descriptor => s_reader?.Number ?? -1;

    public static void Watch()
    {
        (s_reader, s_writer) = Sockets.Pipe(Libc.O_NONBLOCK);
        Libc.lade_watch_interruptions(s_writer.Number);
    }

    /// <summary>Restores the default actions: there is nothing left to roll back.</summary>
    public static void End()
    {
        if (s_reader is null)
            return;
        Libc.lade_watch_interruptions(-1);
        s_writer?.Dispose();
        s_reader.Dispose();
        s_writer = s_reader = null;
    }

    /// <summary>Stops handling the signals, for a caller that has installed its own handlers.</summary>
    /// <returns>The signal that arrived just before; 0 for none.</returns>
    public static int Release()
    {
        if (s_reader is null)
            return 0;
        // The pipe is left open: nobody writes to it any more, and closing it costs two system calls.
        s_reader = s_writer = null;
        return Libc.lade_interruption();
    }

    /// <exception cref="LadeException">A signal has arrived. The exit code is 128 plus the signal, as in a shell.</exception>
    public static void Check()
    {
        if (s_reader is null || Libc.lade_interruption() is not (> 0 and var signal))
            return;
        End();
        throw new LadeException("interrupted by signal " + signal) { ExitCode = 128 + signal };
    }

    /// <summary>Waits until <paramref name="fd"/> is readable; false after <paramref name="milliseconds"/>.</summary>
    /// <exception cref="LadeException">A signal arrived first.</exception>
    public static bool WaitFor(Fd fd, int milliseconds)
    {
        Span<Libc.PollFd> fds = [new() { Fd = fd.Number, Events = Libc.POLLIN }, new() { Fd = Descriptor, Events = Libc.POLLIN }];
        bool isReady = Streams.Wait(fds, milliseconds);
        Check();
        return isReady;
    }
}
