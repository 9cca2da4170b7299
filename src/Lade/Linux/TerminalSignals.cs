using System;

namespace Lade.Linux;

/// <summary>
/// The signals that a loop over a terminal minds, as bytes in a pipe: SIGWINCH (the window changed), SIGCHLD (a child ended) and SIGCONT (we were stopped,
/// and who stopped us may have changed the terminal). Bytes can be lost when many come at once, but never the last waking.
/// </summary>
internal sealed class TerminalSignals : IDisposable
{
    private readonly Fd _write;

    public TerminalSignals()
    {
        (Reader, _write) = Sockets.Pipe(Libc.O_NONBLOCK);
        Libc.lade_watch_terminal(_write.Number);
    }

    /// <summary>Readable when a signal has come.</summary>
    public Fd Reader { get; }

    /// <summary>Takes what has come.</summary>
    /// <returns>True when SIGCONT was among it.</returns>
    public bool TakeContinued()
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
