using Lade.Configuration;
using Lade.Linux;

namespace Lade.Terminal;

/// <summary>
/// Connects the caller's terminal to a program in a container while a command runs in the foreground. The program has a pseudoterminal of its own, whose master is here.
/// The caller's terminal is put into raw mode, so that ^C and line editing are handled in the container, and both are kept the same size. Standard input and output may
/// each be a file or a pipe instead; then the data is copied unchanged.
/// </summary>
internal sealed class ForegroundTerminal
{
    private const string CallersName = "the standard input's terminal";

    private readonly Fd _master;
    private readonly Fd? _window;
    private Libc.WinSize? _windowSize;
    private Libc.Termios? _before;

    /// <param name="master">Of the container's terminal. It is closed early when standard output fails.</param>
    /// <param name="configured">process.consoleSize, by default the size of the caller's terminal. Later resizes apply in both cases.</param>
    public ForegroundTerminal(Fd master, ConsoleSize? configured)
    {
        _master = master;
        _window = FirstTerminal();
        _windowSize = _window is null ? null : Terminals.TryGetSize(_window);
        if (_windowSize is { } size && configured is not { Height: > 0, Width: > 0 })
            Terminals.SetSize(master, size);
    }

    /// <summary>
    /// Relays until the program has ended and all its output has been written, reaping other children, and restores the caller's terminal.
    /// </summary>
    /// <param name="pid">The program, a child of ours.</param>
    /// <param name="work">Runs during the relay, and once more at the end.</param>
    public ExitStatus Follow(int pid, Log log, BackgroundWork? work = null)
    {
        var relay = new TerminalRelay(_master, work);
        using var signals = new TerminalSignals();
        try
        {
            MakeRaw();
            ExitStatus? ended;
            // Check first, for what happened before the signals were watched.
            while ((ended = Processes.TryWaitReapingOthers(pid)) is null)
            {
                FollowSize();
                while (!relay.Step(signals.Reader))
                {
                }

                if (signals.DrainContinued())
                    MakeRaw();
            }

            _ = work?.Run();
            relay.Drain();
            return ended.Value;
        }
        finally
        {
            Restore();
            if (relay.OutputError.Value != 0)
                log.Warning("output of the container's terminal was lost: write standard output: " + relay.OutputError.Describe());
        }
    }

    /// <summary>The terminal whose size applies: usually all three are the same one, but any may be redirected.</summary>
    private static Fd? FirstTerminal()
    {
        if (Terminals.IsTerminal(Stdio.Input))
            return Stdio.Input;
        if (Terminals.IsTerminal(Stdio.Output))
            return Stdio.Output;
        return Terminals.IsTerminal(Stdio.Error) ? Stdio.Error : null;
    }

    private void MakeRaw()
    {
        // A terminal that is only written to stays as it is: its keys are not the program's input, and ^C is meant for this command.
        if (!Terminals.IsTerminal(Stdio.Input))
            return;
        _before ??= Terminals.GetMode(Stdio.Input, CallersName);
        Terminals.SetMode(Stdio.Input, Terminals.Raw(_before.Value), CallersName);
    }

    private void Restore()
    {
        // Fails only after a hang-up, and then there is nothing to restore.
        if (_before is { } mode)
            _ = Terminals.TrySetMode(Stdio.Input, mode);
    }

    private void FollowSize()
    {
        if (_window is null || _master.IsClosed || Terminals.TryGetSize(_window) is not { } size || size == _windowSize)
            return;
        _windowSize = size;
        Terminals.SetSize(_master, size);
    }
}
