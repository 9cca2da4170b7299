using System;

namespace Lade.Configuration;

/// <summary>
/// A fixed list of names kept as one constant string, words separated by a space. A constant costs nothing at start-up, which an array built by
/// a static constructor does; the lists are short and searched a few dozen times at most.
/// </summary>
internal static class WordList
{
    /// <summary>Position of <paramref name="word"/> in <paramref name="words"/>, -1 when it is not one of them. Case matters.</summary>
    public static int IndexOf(string words, string word)
    {
        int index = 0;
        foreach (Range range in words.AsSpan().Split(' '))
        {
            if (words.AsSpan(range).SequenceEqual(word))
                return index;
            index++;
        }

        return -1;
    }

    /// <summary>The word at <paramref name="index"/>, which must be in range.</summary>
    public static string At(string words, int index)
    {
        foreach (Range range in words.AsSpan().Split(' '))
        {
            if (index-- == 0)
                return words[range];
        }

        throw new ArgumentOutOfRangeException(nameof(index));
    }

    public static bool Contains(string words, string word) => IndexOf(words, word) >= 0;

    /// <summary>The words by their bytes, for people and documents.</summary>
    public static string[] Sorted(string words)
    {
        string[] sorted = words.Split(' ');
        Array.Sort(sorted, string.CompareOrdinal);
        return sorted;
    }

    /// <summary>The list as a sentence shows it: <c>a, b, c</c>.</summary>
    public static string Describe(string words) => words.Replace(" ", ", ", StringComparison.Ordinal);
}
