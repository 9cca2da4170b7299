using System;

namespace Lade.Linux;

/// <summary>
/// A self-pipe for the signals of a terminal loop: SIGWINCH (the window was resized), SIGCHLD (a child ended) and SIGCONT (we were stopped, and the terminal may have
/// been changed in between). When the pipe is full bytes are lost, but never a wakeup.
/// </summary>
internal sealed class TerminalSignals : IDisposable
{
    private readonly Fd _write;

    public TerminalSignals()
    {
        (Reader, _write) = Sockets.Pipe(Libc.O_NONBLOCK);
        Libc.lade_watch_terminal(_write.Number);
    }

    /// <summary>Readable once a signal has arrived.</summary>
    public Fd Reader { get; }

    /// <summary>Drains the pipe.</summary>
    /// <returns>Whether SIGCONT was among the signals.</returns>
    public bool DrainContinued()
    {
        Span<byte> numbers = stackalloc byte[64];
        bool continued = false;
        int got;
        while ((got = Streams.Read(Reader, numbers, out _)) > 0)
            continued |= numbers[..got].Contains(Libc.SIGCONT);
        return continued;
    }

    public void Dispose()
    {
        Libc.lade_watch_terminal(-1);
        _write.Dispose();
        Reader.Dispose();
    }
}
