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
            if (range.IsEmpty)
                continue;
            int dash = range.IndexOf('-');
            int first = Number(dash < 0 ? range : range[..dash]);
            int last = dash < 0 ? first : Number(range[(dash + 1)..]);
            if (first < 0 || last < first)
                return false;
        }

        return true;
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
