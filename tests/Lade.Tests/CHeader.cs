using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;

namespace Lade.Tests;

/// <summary>The names that a header of native/ declares, read from its text: what a compiler cannot list.</summary>
internal sealed class CHeader
{
    private readonly string _text;

    public CHeader(string path) => _text = Regex.Replace(Repository.Read(path), @"/\*.*?\*/", "", RegexOptions.Singleline);

    /// <summary>Macros and enumerators that begin with a prefix; include guards left out.</summary>
    public IReadOnlyList<string> Constants(string prefix) =>
        Regex.Matches(_text, @"^\s*(?:#define\s+)?(" + prefix + @"\w*)\s*(?:=\s*|\s+)[-\w(]+", RegexOptions.Multiline)
            .Select(match => match.Groups[1].Value)
            .ToList();

    /// <summary>The members of a structure, in order.</summary>
    public IReadOnlyList<string> Members(string structure)
    {
        Match body = Regex.Match(_text, @"struct\s+" + structure + @"\s*\{(.*?)\n\};", RegexOptions.Singleline);
        if (!body.Success)
            throw new ArgumentException("no struct " + structure, nameof(structure));
        return Regex.Matches(body.Groups[1].Value, @"(\w+)\s*(?:\[\d+\])?;").Select(match => match.Groups[1].Value).ToList();
    }

    /// <summary>A name without what only one of the languages has: underscores and case. <c>CWD_ESCAPED</c> is <c>CwdEscaped</c>.</summary>
    public static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();
}
