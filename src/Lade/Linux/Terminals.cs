using Tmds.Linux;

namespace Lade.Linux;

/// <summary>Size and attributes of terminals (termios(3), ioctl_tty(2)).</summary>
internal static unsafe class Terminals
{
    public static bool IsTerminal(Fd fd) => LibC.isatty(fd.Number) == 1;

    /// <summary>null when it is not a terminal, or one without a size.</summary>
    public static Libc.WinSize? TryGetSize(Fd fd)
    {
        Libc.WinSize size;
        return Libc.ioctl(fd.Number, Libc.TIOCGWINSZ, (nint)(&size)) == 0 && size.Rows != 0 && size.Columns != 0 ? size : null;
    }

    /// <summary>The kernel sends SIGWINCH to the terminal's foreground process group.</summary>
    public static void SetSize(Fd fd, Libc.WinSize size)
    {
        if (Libc.ioctl(fd.Number, Libc.TIOCSWINSZ, (nint)(&size)) < 0)
            throw new LadeException("set the size of the container's terminal", Libc.LastError);
    }

    public static Libc.Termios GetMode(Fd fd, string name)
    {
        Libc.Termios mode;
        return Libc.tcgetattr(fd.Number, &mode) == 0 ? mode : throw new LadeException("get the attributes of " + name, Libc.LastError);
    }

    /// <summary>TCSANOW. In a background job this stops us (SIGTTOU) until the job is brought to the foreground.</summary>
    public static void SetMode(Fd fd, Libc.Termios mode, string name)
    {
        if (TrySetMode(fd, mode) is { Value: not 0 } errno)
            throw new LadeException("set the attributes of " + name, errno);
    }

    /// <summary>As <see cref="SetMode"/>, returning the errno instead of throwing.</summary>
    public static Errno TrySetMode(Fd fd, Libc.Termios mode)
    {
        while (Libc.tcsetattr(fd.Number, Libc.TCSANOW, &mode) < 0)
        {
            if (Libc.LastError != Errno.EINTR)
                return Libc.LastError;
        }

        return default;
    }

    /// <summary>cfmakeraw(3): no line editing, no echo, no signals from keys.</summary>
    public static Libc.Termios Raw(Libc.Termios mode)
    {
        Libc.cfmakeraw(&mode);
        return mode;
    }

    /// <summary>The VEOF character, usually ^D; 0 when it is disabled.</summary>
    public static byte EndOfInput(Libc.Termios mode) => mode.Characters[LibC.VEOF];
}
