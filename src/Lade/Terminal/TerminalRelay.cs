using System;
using Lade.Linux;

namespace Lade.Terminal;

/// <summary>Something else to do while a terminal is relayed.</summary>
/// <param name="Descriptor">Readable when there is work.</param>
/// <param name="Run">Does it; true when it is done for good.</param>
internal sealed record BackgroundWork(Fd Descriptor, Func<bool> Run);

/// <summary>
/// Copies the caller's standard input to the master of a container's terminal, and the master to the caller's standard output. Neither direction blocks the other, whether
/// the program only prints or only reads.
/// </summary>
internal sealed class TerminalRelay
{
    private const int Readable = Libc.POLLIN;
    private const int Writable = Libc.POLLOUT;

    /// <summary>The initial and maximum interval (milliseconds) between end-of-input characters.</summary>
    private const int FirstEndInterval = 20;
    private const int LastEndInterval = 1000;

    /// <summary>How long to leave a terminal alone that no process has open (milliseconds).</summary>
    private const int ReopenInterval = 100;

    private readonly Fd _master;
    private readonly PendingBytes _typed = new();
    private readonly PendingBytes _shown = new();
    private BackgroundWork? _work;
    private bool _inputEnded;
    private bool _hungUp;
    private long _endAt = long.MaxValue;
    private int _endInterval = FirstEndInterval;
    private long _reopenAt;

    public TerminalRelay(Fd master, BackgroundWork? work = null)
    {
        _work = work;
        Streams.MakeNonBlocking(master);
        _master = master;
    }

    /// <summary>Why output was lost; 0 when none was, or the reader closed its end.</summary>
    public Errno OutputError { get; private set; }

    /// <summary>Waits until something can be copied, and copies it.</summary>
    /// <returns>Whether <paramref name="signals"/> is readable.</returns>
    public bool Step(Fd signals)
    {
        long now = Environment.TickCount64;
        int masterEvents = _hungUp || now < _reopenAt ? 0 : (_shown.IsEmpty ? Readable : 0) | (_typed.IsEmpty ? 0 : Writable);
        Span<Libc.PollFd> fds =
        [
            Entry(signals, Readable),
            Entry(Stdio.Input, _typed.IsEmpty && !_inputEnded && !_hungUp ? Readable : 0),
            Entry(_master, masterEvents),
            Entry(Stdio.Output, _shown.IsEmpty ? 0 : Writable),
            Entry(_work?.Descriptor ?? signals, _work is null ? 0 : Readable),
        ];
        _ = Streams.Wait(fds, Timeout(now));

        if (fds[1].Returned != 0)
            TakeInput();
        if (fds[2].Returned != 0)
            Exchange(masterEvents);
        if (fds[3].Returned != 0)
            Show();
        if (fds[4].Returned != 0 && _work!.Run())
            _work = null;
        if (!_hungUp && Environment.TickCount64 >= _endAt)
            SendEndOfInput();
        return fds[0].Returned != 0;
    }

    /// <summary>
    /// After the program has ended: writes everything it has printed. A read from the master flushes what is in transit before it returns EAGAIN, so no grace period is
    /// needed. What remaining processes print from now on is discarded.
    /// </summary>
    public void Drain()
    {
        Span<Libc.PollFd> output = [Entry(Stdio.Output, Writable)];
        do
        {
            while (!_shown.IsEmpty)
            {
                if (Streams.Wait(output, -1))
                    Show();
            }
        }
        while (!_hungUp && _shown.Fill(_master, out _));
    }

    /// <summary>Without events the descriptor is left out: poll(2) reports POLLHUP regardless, and the loop would spin.</summary>
    private static Libc.PollFd Entry(Fd fd, int events) => new() { Fd = events == 0 ? -1 : fd.Number, Events = (short)events };

    private int Timeout(long now)
    {
        if (_hungUp)
            return -1;
        long until = _reopenAt > now ? Math.Min(_reopenAt, _endAt) : _endAt;
        return until == long.MaxValue ? -1 : (int)Math.Max(0, until - now);
    }

    private void TakeInput()
    {
        if (_typed.Fill(Stdio.Input, out Errno errno) || errno == Errno.EAGAIN)
            return;
        // Input that cannot be read (EIO after a hang-up) has ended as well.
        _inputEnded = true;
        _endAt = Environment.TickCount64;
    }

    /// <summary>
    /// A terminal cannot pass on end of file: its reader sees one per end-of-input character (^D) at the start of a line. So the character is sent repeatedly, as a pipe at
    /// end of file answers every read; a single one would be lost on a shell that changes the terminal attributes when it starts.
    /// </summary>
    private void SendEndOfInput()
    {
        byte character = Terminals.EndOfInput(Terminals.GetMode(_master, "the container's terminal"));
        if (character != 0 && _typed.IsEmpty)
            _ = Streams.Write(_master, [character], out _);
        _endAt = Environment.TickCount64 + _endInterval;
        _endInterval = Math.Min(2 * _endInterval, LastEndInterval);
    }

    private void Exchange(int wanted)
    {
        Errno errno = default;
        if ((wanted & Writable) != 0)
            errno = _typed.Flush(_master);
        if ((wanted & Readable) != 0 && !_shown.Fill(_master, out Errno readErrno))
            errno = readErrno;
        // EIO: no process has the terminal open. One may open it again.
        if (errno == Errno.EIO)
            _reopenAt = Environment.TickCount64 + ReopenInterval;
        else if (errno.Value != 0 && errno != Errno.EAGAIN)
            throw new LadeException("copy to or from the container's terminal", errno);
    }

    private void Show()
    {
        Errno errno = _shown.Flush(Stdio.Output);
        if (errno.Value != 0 && errno != Errno.EAGAIN)
            HangUp(errno);
    }

    /// <summary>Hangs up the container's terminal, as closing a window does. Otherwise the program would block forever on its output.</summary>
    private void HangUp(Errno errno)
    {
        if (errno != Errno.EPIPE && errno != Errno.EIO)
            OutputError = errno;
        _hungUp = true;
        _shown.Clear();
        _typed.Clear();
        _master.Dispose();
    }
}
