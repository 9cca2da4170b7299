using System.Text;

namespace Lade.Tests.Architecture;

/// <summary>C# without what a compiler does not read as code.</summary>
internal static class SourceText
{
    /// <summary>Comments and the content of literals become spaces; lines stay where they are.</summary>
    public static string CodeOf(string source)
    {
        var code = new StringBuilder(source.Length);
        int at = 0;
        while (at < source.Length)
        {
            int end = EndOfText(source, at);
            if (end == at)
            {
                code.Append(source[at++]);
                continue;
            }

            for (; at < end; at++)
                code.Append(source[at] == '\n' ? '\n' : ' ');
        }

        return code.ToString();
    }

    /// <summary>Where the comment or literal that begins at <paramref name="at"/> ends; <paramref name="at"/> itself when none begins there.</summary>
    private static int EndOfText(string source, int at)
    {
        if (Begins(source, at, "//"))
            return Find(source, at, "\n");
        if (Begins(source, at, "/*"))
            return Find(source, at + 2, "*/") + 2;
        if (Begins(source, at, "\"\"\""))
            return Find(source, at + 3, "\"\"\"") + 3;
        if (Begins(source, at, "@\""))
            return Find(source, at + 2, "\"") + 1;
        if (source[at] is '"' or '\'')
            return EndOfQuoted(source, at);
        return at;
    }

    private static int EndOfQuoted(string source, int at)
    {
        char quote = source[at++];
        while (at < source.Length && source[at] != quote)
            at += source[at] == '\\' ? 2 : 1;
        return at + 1;
    }

    private static bool Begins(string source, int at, string text) => string.CompareOrdinal(source, at, text, 0, text.Length) == 0;

    private static int Find(string source, int from, string text)
    {
        int found = source.IndexOf(text, from, System.StringComparison.Ordinal);
        return found < 0 ? source.Length : found;
    }
}
