using System;
using System.Globalization;

namespace Lade.Cli;

/// <summary>Parses sizes as runc does: <c>512M</c>, <c>1.5GiB</c>, <c>64kb</c>, <c>4096</c>. All units are powers of 1024.</summary>
internal static class ByteSize
{
    private const string Units = "kmgtp";

    public static bool TryParse(ReadOnlySpan<char> text, out long bytes)
    {
        bytes = 0;
        int digits = 0;
        while (digits < text.Length && (char.IsAsciiDigit(text[digits]) || text[digits] == '.'))
            digits++;
        ReadOnlySpan<char> number = text[..digits];
        ReadOnlySpan<char> unit = text[digits..];
        if (unit.StartsWith(" "))
            unit = unit[1..];
        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal count))
            return false;

        decimal factor = 1;
        if (!unit.IsEmpty && Units.IndexOf(char.ToLowerInvariant(unit[0])) is >= 0 and var power)
        {
            for (int i = 0; i <= power; i++)
                factor *= 1024;
            unit = unit[1..];
        }

        if (unit is not ("" or "b" or "B" or "i" or "I" or "ib" or "iB" or "Ib" or "IB") || count > long.MaxValue / factor)
            return false;
        bytes = (long)(count * factor);
        return true;
    }
}
