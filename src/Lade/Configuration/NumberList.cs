using System;

namespace Lade.Configuration;

/// <summary>Lists of CPUs and memory nodes as the kernel reads them (cpuset(7) "List format"): <c>0-3,7</c>. Spaces and empty elements are skipped.</summary>
internal static class NumberList
{
    /// <summary>Sentence part for a problem.</summary>
    public const string Allowed = "numbers and ranges such as 0-3,7 are allowed";

    public static bool IsValid(ReadOnlySpan<char> list)
    {
        foreach (Range part in list.Split(','))
        {
            ReadOnlySpan<char> range = list[part].Trim();
            if (!range.IsEmpty && !TryRange(range, out _, out _))
                return false;
        }

        return true;
    }

    /// <summary>A mask for the kernel: bit N%8 of byte N/8 for each number, filled up to whole words of 64 bits; empty for an empty list.</summary>
    /// <exception cref="LadeException">No list of numbers.</exception>
    public static byte[] ToMask(ReadOnlySpan<char> list)
    {
        byte[] mask = [];
        foreach (Range part in list.Split(','))
        {
            ReadOnlySpan<char> range = list[part].Trim();
            if (range.IsEmpty)
                continue;
            if (!TryRange(range, out int first, out int last))
                throw new LadeException("'" + list.ToString() + "' is no list of numbers; " + Allowed);
            if (mask.Length <= last / 8)
                Array.Resize(ref mask, ((last / 64) + 1) * 8);
            for (int number = first; number <= last; number++)
                mask[number / 8] |= (byte)(1 << (number % 8));
        }

        return mask;
    }

    private static bool TryRange(ReadOnlySpan<char> range, out int first, out int last)
    {
        int dash = range.IndexOf('-');
        first = Number(dash < 0 ? range : range[..dash]);
        last = dash < 0 ? first : Number(range[(dash + 1)..]);
        return first >= 0 && last >= first;
    }

    /// <summary>-1 when the text is no number of a sensible length.</summary>
    private static int Number(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || text.Length > 6 || text.ContainsAnyExceptInRange('0', '9'))
            return -1;
        int number = 0;
        foreach (char digit in text)
            number = (number * 10) + (digit - '0');
        return number;
    }
}
