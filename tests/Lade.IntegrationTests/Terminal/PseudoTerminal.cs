using System;
using System.Diagnostics;
using System.Text;
using System.Threading;
using Lade.Linux;
using Xunit.Sdk;
using ChildProcess = System.Diagnostics.Process;

namespace Lade.IntegrationTests.Terminal;

/// <summary>The master of a pseudo terminal: what a terminal's window is to the programs in it. Everything they print is kept.</summary>
internal sealed unsafe class PseudoTerminal : IDisposable
{
    private const nuint TIOCGPTN = 0x80045430;
    private const nuint TIOCSPTLCK = 0x40045431;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly StringBuilder _seen = new();
    private readonly Thread _reader;
    private ChildProcess? _session;
    private bool _ended;
    private volatile bool _disposed;

    /// <param name="master">Owned from now on.</param>
    public PseudoTerminal(Fd master)
    {
        Master = master;
        _reader = new Thread(Read);
        _reader.Start();
    }

    public Fd Master { get; }

    /// <summary>A script on a new terminal, in a session of its own as a login shell is.</summary>
    public static PseudoTerminal Run(string script, string workingDirectory, ushort rows, ushort columns)
    {
        Fd master = Files.Open("/dev/ptmx", Libc.O_RDWR | Libc.O_NOCTTY);
        int number = 0;
        if (Libc.ioctl(master.Number, TIOCSPTLCK, (nint)(&number)) < 0 || Libc.ioctl(master.Number, TIOCGPTN, (nint)(&number)) < 0)
            throw new XunitException("cannot make a terminal: " + Libc.LastError);
        var terminal = new PseudoTerminal(master);
        terminal.Resize(rows, columns);
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = workingDirectory };
        foreach (string arg in (string[])["-c", "exec setsid --ctty --wait bash -c \"$0\" <\"$1\" >\"$1\" 2>&1", script, "/dev/pts/" + number])
            start.ArgumentList.Add(arg);
        terminal._session = ChildProcess.Start(start);
        return terminal;
    }

    public string Seen
    {
        get
        {
            lock (_seen)
                return _seen.ToString();
        }
    }

    public void Resize(ushort rows, ushort columns) => Terminals.SetSize(Master, new Libc.WinSize { Rows = rows, Columns = columns });

    /// <summary>As if typed.</summary>
    public void Type(string text) => Files.Write(Master, Encoding.UTF8.GetBytes(text), "terminal");

    /// <summary>Waits until the programs have printed this; everything that was printed.</summary>
    public string WaitFor(string text) => WaitUntil(() => _seen.ToString().Contains(text, StringComparison.Ordinal), "the text '" + text + "'");

    /// <summary>Waits until no program has the terminal open any more; everything that was printed.</summary>
    public string WaitForEnd() => WaitUntil(() => _ended, "the end");

    public void Dispose()
    {
        _disposed = true;
        _reader.Join();
        // Hangs up on whoever still uses the terminal.
        Master.Dispose();
        if (_session is not null && !_session.WaitForExit(1000))
            _session.Kill(entireProcessTree: true);
        _session?.Dispose();
    }

    private void Read()
    {
        byte[] buffer = new byte[4096];
        Span<Libc.PollFd> poll = stackalloc Libc.PollFd[1];
        while (!_disposed)
        {
            poll[0] = new Libc.PollFd { Fd = Master.Number, Events = Libc.POLLIN };
            if (!Streams.Wait(poll, 50))
                continue;
            int got = Streams.Read(Master, buffer, out Errno errno);
            lock (_seen)
            {
                _seen.Append(Encoding.UTF8.GetString(buffer, 0, got));
                _ended = got == 0 && errno != Errno.EAGAIN;
                Monitor.PulseAll(_seen);
                if (_ended)
                    return;
            }
        }
    }

    private string WaitUntil(Func<bool> condition, string what)
    {
        DateTime deadline = DateTime.UtcNow + s_patience;
        lock (_seen)
        {
            while (!condition())
            {
                if (_ended || DateTime.UtcNow > deadline)
                    throw new XunitException("waited for " + what + (_ended ? " until the terminal was closed" : " in vain") + "; printed was:\n" + _seen);
                Monitor.Wait(_seen, 1000);
            }

            return _seen.ToString();
        }
    }
}
