using System;
using Lade.Linux;

namespace Lade.Terminal;

/// <summary>
/// Copies the caller's standard input to the master of a container's terminal, and the master to the caller's standard output. Neither direction ever waits for
/// the other: a program that prints without reading, or reads without printing, is served all the same.
/// </summary>
internal sealed class TerminalRelay
{
    private const int Readable = Libc.POLLIN;
    private const int Writable = Libc.POLLOUT;

    /// <summary>How soon the end of input is told again (milliseconds), at first and at most.</summary>
    private const int FirstEndInterval = 20;
    private const int LastEndInterval = 1000;

    /// <summary>How long a terminal that nobody has open is left alone (milliseconds).</summary>
    private const int ReopenInterval = 100;

    private readonly Fd _master;
    private readonly PendingBytes _typed = new();
    private readonly PendingBytes _shown = new();
    private SideTask? _besides;
    private bool _inputEnded;
    private bool _hungUp;
    private long _endAt = long.MaxValue;
    private int _endInterval = FirstEndInterval;
    private long _reopenAt;

    public TerminalRelay(Fd master, SideTask? besides = null)
    {
        _besides = besides;
        Streams.MakeNonBlocking(master);
        _master = master;
    }

    /// <summary>Why output was lost; 0 when it was not, or when its reader went away, which is the reader's choice.</summary>
    public Errno OutputError { get; private set; }

    /// <summary>Waits until something can be copied and copies it.</summary>
    /// <returns>True when <paramref name="signals"/> is readable.</returns>
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
            Entry(_besides?.Descriptor ?? signals, _besides is null ? 0 : Readable),
        ];
        _ = Streams.Wait(fds, Timeout(now));

        if (fds[1].Returned != 0)
            TakeInput();
        if (fds[2].Returned != 0)
            Exchange(masterEvents);
        if (fds[3].Returned != 0)
            Show();
        if (fds[4].Returned != 0 && _besides!.Act())
            _besides = null;
        if (!_hungUp && Environment.TickCount64 >= _endAt)
            TellEndOfInput();
        return fds[0].Returned != 0;
    }

    /// <summary>
    /// After the program has ended: shows everything it has printed. The kernel's read brings in what is on its way before it says that there is nothing,
    /// so that no time has to be allowed for it; what a process left behind prints from now on is shown to nobody.
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

    /// <summary>An entry of poll(2); one that waits for nothing is left out, since a hang-up is reported unasked and would make the loop spin.</summary>
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
        // Input that cannot be read (a terminal that was hung up: EIO) is over as well.
        _inputEnded = true;
        _endAt = Environment.TickCount64;
    }

    /// <summary>
    /// A terminal has no end of file to be handed on: its reader sees one for each end-of-input character (^D), where it stands in a line of its own. So one is
    /// sent again and again, as a pipe at its end answers every read; one alone would be lost on a shell that changes the terminal's mode when it starts.
    /// </summary>
    private void TellEndOfInput()
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
        // EIO: every process has closed the terminal. One may open it again.
        if (errno == Errno.EIO)
            _reopenAt = Environment.TickCount64 + ReopenInterval;
        else if (errno.Value != 0 && errno != Errno.EAGAIN)
            throw new LadeException("copy from and to the container's terminal", errno);
    }

    private void Show()
    {
        Errno errno = _shown.Flush(Stdio.Output);
        if (errno.Value != 0 && errno != Errno.EAGAIN)
            HangUp(errno);
    }

    /// <summary>Nobody sees the terminal any more, as when a window is closed. Without that the program would wait for ever for room to print.</summary>
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
