using System;
using System.Globalization;
using Tmds.Linux;

namespace Lade.Linux;

/// <summary>Signal names and numbers (signal(7)) on x86-64 and arm64.</summary>
internal static class Signals
{
    /// <summary>The C library reserves the kernel's 32 and 33 for threading. Our own constants, usable in patterns.</summary>
    public const int SIGRTMIN = 34;
    public const int SIGRTMAX = 64;

    /// <summary>Accepts <c>TERM</c>, <c>SIGTERM</c>, <c>sigterm</c>, <c>15</c>, <c>RTMIN+3</c>, <c>SIGRTMAX-1</c>, and 0, which only checks that the process exists.</summary>
    /// <exception cref="LadeException"><c>unknown signal "X"</c>.</exception>
    public static int Parse(string text)
    {
        int number = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given : NumberOf(text);
        return number is >= 0 and <= SIGRTMAX ? number : throw new LadeException("unknown signal \"" + text + "\"");
    }

    /// <summary>Whether the default action is to terminate (signal(7)): not for 0, CHLD, CONT, STOP, TSTP, TTIN, TTOU, URG, WINCH.</summary>
    public static bool TerminatesByDefault(int signal) => signal is not (0 or (>= 17 and <= 23) or 28);

    private static int NumberOf(string text)
    {
        string name = text.ToUpperInvariant();
        if (name.StartsWith("SIG", StringComparison.Ordinal))
            name = name[3..];
        if (name.StartsWith("RTMIN", StringComparison.Ordinal))
            return RealTime(SIGRTMIN, name.AsSpan(5), '+');
        if (name.StartsWith("RTMAX", StringComparison.Ordinal))
            return RealTime(SIGRTMAX, name.AsSpan(5), '-');
        return name switch
        {
            "HUP" => LibC.SIGHUP,
            "INT" => LibC.SIGINT,
            "QUIT" => LibC.SIGQUIT,
            "ILL" => LibC.SIGILL,
            "TRAP" => LibC.SIGTRAP,
            "ABRT" or "IOT" => LibC.SIGABRT,
            "BUS" => LibC.SIGBUS,
            "FPE" => LibC.SIGFPE,
            "KILL" => LibC.SIGKILL,
            "USR1" => LibC.SIGUSR1,
            "SEGV" => LibC.SIGSEGV,
            "USR2" => LibC.SIGUSR2,
            "PIPE" => LibC.SIGPIPE,
            "ALRM" => LibC.SIGALRM,
            "TERM" => LibC.SIGTERM,
            "STKFLT" => LibC.SIGSTKFLT,
            "CHLD" or "CLD" => LibC.SIGCHLD,
            "CONT" => LibC.SIGCONT,
            "STOP" => LibC.SIGSTOP,
            "TSTP" => LibC.SIGTSTP,
            "TTIN" => LibC.SIGTTIN,
            "TTOU" => LibC.SIGTTOU,
            "URG" => LibC.SIGURG,
            "XCPU" => LibC.SIGXCPU,
            "XFSZ" => LibC.SIGXFSZ,
            "VTALRM" => LibC.SIGVTALRM,
            "PROF" => LibC.SIGPROF,
            "WINCH" => LibC.SIGWINCH,
            "IO" or "POLL" => LibC.SIGIO,
            "PWR" => LibC.SIGPWR,
            "SYS" => LibC.SIGSYS,
            _ => -1,
        };
    }

    /// <summary>A signal relative to one end of the real-time range; -1 when it is outside.</summary>
    private static int RealTime(int start, ReadOnlySpan<char> distance, char sign)
    {
        if (distance.IsEmpty)
            return start;
        if (distance[0] != sign || !int.TryParse(distance[1..], NumberStyles.None, CultureInfo.InvariantCulture, out int steps) || steps > SIGRTMAX - SIGRTMIN)
            return -1;
        return sign == '+' ? start + steps : start - steps;
    }
}
