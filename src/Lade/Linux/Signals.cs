using System;
using System.Globalization;

namespace Lade.Linux;

/// <summary>Names and numbers of signals, as signal(7) has them for x86-64 and arm64.</summary>
internal static class Signals
{
    public const int SIGKILL = 9;
    public const int SIGTERM = 15;

    /// <summary>The C library's first real-time signal; it keeps the kernel's 32 and 33 for its threads.</summary>
    public const int SIGRTMIN = 34;
    public const int SIGRTMAX = 64;

    /// <summary>The number of <c>TERM</c>, <c>SIGTERM</c>, <c>sigterm</c>, <c>15</c>, <c>RTMIN+3</c> or <c>SIGRTMAX-1</c>; 0 only asks whether the process is there.</summary>
    /// <exception cref="LadeException"><c>unknown signal "X"</c>.</exception>
    public static int Parse(string text)
    {
        int number = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given : NumberOf(text);
        return number is >= 0 and <= SIGRTMAX ? number : throw new LadeException("unknown signal \"" + text + "\"");
    }

    /// <summary>True for a signal whose default action is to terminate (signal(7)): not 0, CHLD, CONT, STOP, TSTP, TTIN, TTOU, URG, WINCH.</summary>
    public static bool EndsByDefault(int signal) => signal is not (0 or (>= 17 and <= 23) or 28);

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
            "HUP" => 1,
            "INT" => 2,
            "QUIT" => 3,
            "ILL" => 4,
            "TRAP" => 5,
            "ABRT" or "IOT" => 6,
            "BUS" => 7,
            "FPE" => 8,
            "KILL" => SIGKILL,
            "USR1" => 10,
            "SEGV" => 11,
            "USR2" => 12,
            "PIPE" => 13,
            "ALRM" => 14,
            "TERM" => SIGTERM,
            "STKFLT" => 16,
            "CHLD" or "CLD" => 17,
            "CONT" => 18,
            "STOP" => 19,
            "TSTP" => 20,
            "TTIN" => 21,
            "TTOU" => 22,
            "URG" => 23,
            "XCPU" => 24,
            "XFSZ" => 25,
            "VTALRM" => 26,
            "PROF" => 27,
            "WINCH" => 28,
            "IO" or "POLL" => 29,
            "PWR" => 30,
            "SYS" => 31,
            _ => -1,
        };
    }

    /// <summary>A name relative to one end of the real-time range; -1 when it leaves the range.</summary>
    private static int RealTime(int start, ReadOnlySpan<char> distance, char sign)
    {
        if (distance.IsEmpty)
            return start;
        if (distance[0] != sign || !int.TryParse(distance[1..], NumberStyles.None, CultureInfo.InvariantCulture, out int steps) || steps > SIGRTMAX - SIGRTMIN)
            return -1;
        return sign == '+' ? start + steps : start - steps;
    }
}
