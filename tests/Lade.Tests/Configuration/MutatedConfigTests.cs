using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using CsCheck;
using Lade.Configuration;
using Xunit;

namespace Lade.Tests.Configuration;

/// <summary>Whatever bytes come in, the answer is a configuration or an error that names the problem: nothing else is thrown.</summary>
public sealed class MutatedConfigTests
{
    /// <summary>Pieces that a token may become: other types, ends of ranges, broken text.</summary>
    private static readonly string[] s_pieces =
    [
        "null", "true", "-1", "0", "18446744073709551615", "1e400", "\"\"", "\"\\ud800\"", "\"\\u0000\"", "[]", "{}", "[[]]", "{", "}", "[", "]", ",", ":", "\"", "\"a\":", "\"/\"",
        "\"../..\"", "\"SCMP_ACT_ERRNO\"", "\u00ff", " ", "/*", "\"container\"",
    ];

    private static readonly string[][] s_documents =
        [.. Directory.GetFiles("Samples", "*.json").Append("Configuration/full.json").OrderBy(f => f, StringComparer.Ordinal).Select(f => Tokens(File.ReadAllText(f)))];

    private static readonly Gen<string> s_mutated =
        from document in Gen.Int[0, s_documents.Length - 1].Select(i => s_documents[i])
        from edits in Gen.Select(Gen.Int[0, document.Length - 1], Gen.Int[0, s_pieces.Length - 1].Select(i => s_pieces[i]), Gen.Bool).List[1, 4]
        select Edit(document, edits);

    [Theory]
    [InlineData("spec")]
    [InlineData("process")]
    [InlineData("resources")]
    public void Nothing_but_an_error_of_lade_is_thrown(string kind) => s_mutated.Sample(
        text =>
        {
            byte[] json = Encoding.Latin1.GetBytes(text);
            try
            {
                _ = kind switch
                {
                    "spec" => (object)SpecReader.Read(json, "config.json"),
                    "process" => SpecReader.ReadProcess(json, "process.json"),
                    _ => SpecReader.ReadResources(json, "resources.json"),
                };
            }
            catch (LadeException)
            {
            }
        },
        iter: 4000);

    /// <summary>Strings whole, everything else character by character.</summary>
    private static string[] Tokens(string text)
    {
        var tokens = new List<string>();
        for (int i = 0; i < text.Length;)
        {
            int end = text[i] == '"' ? text.IndexOf('"', i + 1) + 1 : i + 1;
            tokens.Add(text[i..(end <= i ? i + 1 : end)]);
            i += tokens[^1].Length;
        }

        return [.. tokens.Where(t => !string.IsNullOrWhiteSpace(t))];
    }

    private static string Edit(string[] document, List<(int At, string Piece, bool Replaces)> edits)
    {
        var text = new StringBuilder();
        for (int i = 0; i < document.Length; i++)
        {
            bool replaced = false;
            foreach ((int at, string piece, bool replaces) in edits)
            {
                if (at != i)
                    continue;
                text.Append(piece);
                replaced |= replaces;
            }

            if (!replaced)
                text.Append(document[i]);
        }

        return text.ToString();
    }
}
