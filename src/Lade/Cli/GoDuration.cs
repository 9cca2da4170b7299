using System;
using System.Globalization;

namespace Lade.Cli;

/// <summary>Parses durations in the syntax of Go's time.ParseDuration, as runc does.</summary>
internal static class GoDuration
{
    /// <summary>Accepts <c>5s</c>, <c>1h15m30.5s</c>, <c>-1.5h</c>, <c>250ms</c>, <c>0</c>; any other number needs a unit.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        duration = default;
        bool negative = text.StartsWith("-");
        if (negative || text.StartsWith("+"))
            text = text[1..];
        if (text is "0")
            return true;
        if (text.IsEmpty)
            return false;

        decimal ticks = 0;
        while (!text.IsEmpty)
        {
            int digits = RunLength(text, numeric: true);
            if (!decimal.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number))
                return false;
            text = text[digits..];
            ReadOnlySpan<char> unit = text[..RunLength(text, numeric: false)];
            text = text[unit.Length..];
            if (TicksOf(unit) is not { } ticksOfUnit || number > long.MaxValue / TimeSpan.TicksPerHour)
                return false;
            ticks += number * ticksOfUnit;
        }

        if (ticks > long.MaxValue)
            return false;
        duration = new TimeSpan((long)(negative ? -ticks : ticks));
        return true;
    }

    /// <summary>The length of the leading run of characters that are, or are not, part of a number.</summary>
    private static int RunLength(ReadOnlySpan<char> text, bool numeric)
    {
        int length = 0;
        while (length < text.Length && (char.IsAsciiDigit(text[length]) || text[length] == '.') == numeric)
            length++;
        return length;
    }

    private static decimal? TicksOf(ReadOnlySpan<char> unit) => unit switch
    {
        "ns" => 0.01m,
        "us" or "µs" or "μs" => TimeSpan.TicksPerMicrosecond,
        "ms" => TimeSpan.TicksPerMillisecond,
        "s" => TimeSpan.TicksPerSecond,
        "m" => TimeSpan.TicksPerMinute,
        "h" => TimeSpan.TicksPerHour,
        _ => null,
    };
}
