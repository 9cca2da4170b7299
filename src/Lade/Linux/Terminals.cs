namespace Lade.Linux;

/// <summary>Terminals: their size and their mode (termios(3), ioctl_tty(2)).</summary>
internal static unsafe class Terminals
{
    public static bool IsTerminal(Fd fd) => Libc.isatty(fd.Number) == 1;

    /// <summary>Rows and columns; null of what is no terminal, and of a terminal that does not know.</summary>
    public static Libc.WinSize? TryGetSize(Fd fd)
    {
        Libc.WinSize size;
        return Libc.ioctl(fd.Number, Libc.TIOCGWINSZ, (nint)(&size)) == 0 && size.Rows != 0 && size.Columns != 0 ? size : null;
    }

    /// <summary>The kernel tells the terminal's foreground processes by SIGWINCH.</summary>
    public static void SetSize(Fd fd, Libc.WinSize size)
    {
        if (Libc.ioctl(fd.Number, Libc.TIOCSWINSZ, (nint)(&size)) < 0)
            throw new LadeException("set the size of the container's terminal", Libc.LastError);
    }

    /// <summary>How the terminal treats what is typed and printed.</summary>
    public static Libc.Termios GetMode(Fd fd, string name)
    {
        Libc.Termios mode;
        return Libc.tcgetattr(fd.Number, &mode) == 0 ? mode : throw new LadeException("get the mode of " + name, Libc.LastError);
    }

    /// <summary>Sets the mode at once, without waiting for output. In a background job this stops us (SIGTTOU) until the job is in the foreground.</summary>
    public static void SetMode(Fd fd, Libc.Termios mode, string name)
    {
        if (TrySetMode(fd, mode) is { Value: not 0 } errno)
            throw new LadeException("set the mode of " + name, errno);
    }

    /// <summary>As <see cref="SetMode"/>, giving the errno instead of throwing.</summary>
    public static Errno TrySetMode(Fd fd, Libc.Termios mode)
    {
        while (Libc.tcsetattr(fd.Number, Libc.TCSANOW, &mode) < 0)
        {
            if (Libc.LastError != Errno.EINTR)
                return Libc.LastError;
        }

        return default;
    }

    /// <summary>The same terminal with every byte passed on as it is: no line editing, no echo, no signals from keys.</summary>
    public static Libc.Termios Raw(Libc.Termios mode)
    {
        Libc.cfmakeraw(&mode);
        return mode;
    }

    /// <summary>The character that ends input on this terminal, ^D as a rule; 0 when there is none.</summary>
    public static byte EndOfInput(Libc.Termios mode) => mode.Characters[Libc.VEOF];
}
