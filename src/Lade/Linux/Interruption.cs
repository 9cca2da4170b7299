using System;

namespace Lade.Linux;

/// <summary>
/// SIGHUP, SIGINT, SIGQUIT and SIGTERM while a command makes what would be left behind if it died at once: whoever waits for a program or for `init` throws
/// instead, so that everything is undone. The second of them ends lade as usual. What the caller has ignored stays ignored.
/// </summary>
internal static class Interruption
{
    private static Fd? s_reader;
    private static Fd? s_writer;

    /// <summary>Readable when a signal has come; -1, which poll(2) passes over, when none is waited for.</summary>
    public static int Descriptor => s_reader?.Number ?? -1;

    public static void Watch()
    {
        (s_reader, s_writer) = Sockets.Pipe(Libc.O_NONBLOCK);
        Libc.lade_watch_interruptions(s_writer.Number);
    }

    /// <summary>There is nothing to undo any more: the signals end lade again.</summary>
    public static void End()
    {
        if (s_reader is null)
            return;
        Libc.lade_watch_interruptions(-1);
        s_writer?.Dispose();
        s_reader.Dispose();
        s_writer = s_reader = null;
    }

    /// <summary>The signals are somebody else's now, who has handlers of his own for them.</summary>
    /// <returns>The one that came just before; 0 for none.</returns>
    public static int HandOver()
    {
        if (s_reader is null)
            return 0;
        // Not closed by us: nobody writes to it any more, and it costs two calls.
        s_reader = s_writer = null;
        return Libc.lade_interruption();
    }

    /// <exception cref="LadeException">A signal has come. Its exit code is the one by which a shell shows that signal.</exception>
    public static void Check()
    {
        if (s_reader is null || Libc.lade_interruption() is not (> 0 and var signal))
            return;
        End();
        throw new LadeException("interrupted by signal " + signal) { ExitCode = 128 + signal };
    }

    /// <summary>Waits until <paramref name="fd"/> can be read; false when that takes longer than <paramref name="milliseconds"/>.</summary>
    /// <exception cref="LadeException">A signal came first.</exception>
    public static bool WaitFor(Fd fd, int milliseconds)
    {
        Span<Libc.PollFd> fds = [new() { Fd = fd.Number, Events = Libc.POLLIN }, new() { Fd = Descriptor, Events = Libc.POLLIN }];
        bool isReady = Streams.Wait(fds, milliseconds);
        Check();
        return isReady;
    }
}
