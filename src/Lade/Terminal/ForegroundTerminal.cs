using Lade.Configuration;
using Lade.Linux;

namespace Lade.Terminal;

/// <summary>
/// Lends the caller's terminal to a program in a container while a command stays with it. The program has a terminal of its own (a pseudo terminal, whose master
/// is here); the caller's becomes a mere wire: raw, so that ^C and line editing are the container's business, and of the same size.
/// Each of standard input and output may just as well be a file or a pipe; then it is copied as it is.
/// </summary>
internal sealed class ForegroundTerminal
{
    private const string CallersName = "the standard input's terminal";

    private readonly Fd _master;
    private readonly Fd? _window;
    private Libc.WinSize? _windowSize;
    private Libc.Termios? _before;

    /// <param name="master">Of the container's terminal. It is closed early when nobody takes the output any more.</param>
    /// <param name="configured">process.consoleSize. Without it the size is the caller's from the start; in both cases it follows later changes.</param>
    public ForegroundTerminal(Fd master, ConsoleSize? configured)
    {
        _master = master;
        _window = FirstTerminal();
        _windowSize = _window is null ? null : Terminals.TryGetSize(_window);
        if (_windowSize is { } size && configured is not { Height: > 0, Width: > 0 })
            Terminals.SetSize(master, size);
    }

    /// <summary>
    /// Relays until the program has ended and all its output is shown. The caller's terminal is as it was when this returns or throws.
    /// Other children that end meanwhile are reaped.
    /// </summary>
    /// <param name="pid">The program, a child of ours.</param>
    /// <param name="besides">What is done meanwhile, and once more at the end.</param>
    public ExitStatus Follow(int pid, Log log, SideTask? besides = null)
    {
        var relay = new TerminalRelay(_master, besides);
        using var signals = new TerminalSignals();
        try
        {
            MakeRaw();
            ExitStatus? ended;
            // First a look, for what happened before the signals were watched.
            while ((ended = Processes.TryWaitReapingOthers(pid)) is null)
            {
                FollowSize();
                while (!relay.Step(signals.Reader))
                {
                }

                if (signals.TakeContinued())
                    MakeRaw();
            }

            _ = besides?.Act();
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

    /// <summary>The one whose size counts: input and output are the same terminal as a rule, but either may be redirected.</summary>
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
        // A terminal that is only written to keeps its mode: its keys are not the program's input, and ^C there means this command.
        if (!Terminals.IsTerminal(Stdio.Input))
            return;
        _before ??= Terminals.GetMode(Stdio.Input, CallersName);
        Terminals.SetMode(Stdio.Input, Terminals.Raw(_before.Value), CallersName);
    }

    private void Restore()
    {
        // Fails only when the terminal is gone, and then there is nothing to restore.
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
