using System;

namespace Lade.Configuration;

/// <summary>SemVer 2.0.0: <c>1.0.2-dev</c>, <c>1.3.0+dev</c>.</summary>
internal static class SemanticVersion
{
    /// <summary>The first number, if the whole text is a semantic version.</summary>
    public static bool TryMajor(ReadOnlySpan<char> version, out ReadOnlySpan<char> major)
    {
        major = default;
        int plus = version.IndexOf('+');
        if (plus >= 0)
        {
            if (!AreIdentifiers(version[(plus + 1)..], leadingZeros: true))
                return false;
            version = version[..plus];
        }

        int dash = version.IndexOf('-');
        if (dash >= 0)
        {
            if (!AreIdentifiers(version[(dash + 1)..], leadingZeros: false))
                return false;
            version = version[..dash];
        }

        int first = version.IndexOf('.');
        int last = version.LastIndexOf('.');
        if (first < 0 || first == last || !IsNumber(version[..first]) || !IsNumber(version[(first + 1)..last]) || !IsNumber(version[(last + 1)..]))
            return false;
        major = version[..first];
        return true;
    }

    /// <summary>Dot-separated words of letters, digits and hyphens; numbers among them without leading zeros, unless <paramref name="leadingZeros"/>.</summary>
    private static bool AreIdentifiers(ReadOnlySpan<char> text, bool leadingZeros)
    {
        foreach (Range range in text.Split('.'))
        {
            ReadOnlySpan<char> word = text[range];
            if (word.IsEmpty)
                return false;
            foreach (char c in word)
            {
                if (!char.IsAsciiLetterOrDigit(c) && c != '-')
                    return false;
            }

            if (!leadingZeros && AreDigits(word) && !IsNumber(word))
                return false;
        }

        return true;
    }

    private static bool IsNumber(ReadOnlySpan<char> text) => AreDigits(text) && (text[0] != '0' || text.Length == 1);

    private static bool AreDigits(ReadOnlySpan<char> text) => !text.IsEmpty && !text.ContainsAnyExceptInRange('0', '9');
}
