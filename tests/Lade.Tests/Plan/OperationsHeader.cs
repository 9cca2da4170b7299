using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;

namespace Lade.Tests.Plan;

/// <summary>An operation as declared in native/init/operations.h.</summary>
/// <param name="Layout">One letter for each argument.</param>
internal sealed record CStructure(ushort Code, string Name, string Layout, IReadOnlyList<string> Flags, IReadOnlyList<string> Arguments);

/// <summary>Parses native/init/operations.h, so that tests can decode plans with it.</summary>
internal static class OperationsHeader
{
    public const string Path = "native/init/operations.h";

    private static readonly string s_text = Repository.Read(Path);

    public static IReadOnlyDictionary<ushort, CStructure> Operations { get; } =
        Regex.Matches(s_text, @"^    (?:OPERATION|STEP)\((\d+), (\w+), (\w+)(?:, ""\\(\d+)"" ""(\w*)"", \d+)?\)", RegexOptions.Multiline)
            .Select(match => Structure(ushort.Parse(match.Groups[1].Value), match.Groups[3].Value, match.Groups[4].Value, match.Groups[5].Value))
            .ToDictionary(structure => structure.Code);

    private static CStructure Structure(ushort code, string name, string flags, string layout)
    {
        string body = Regex.Replace(Regex.Match(s_text, @"^struct op_" + name + @" \{\n(.*?)^\};", RegexOptions.Singleline | RegexOptions.Multiline).Groups[1].Value, @"/\*.*?\*/", "", RegexOptions.Singleline);
        var structure = new CStructure(code, name, layout, Members(@"(\w+) : 1;"), Members(@"(\w+);").Where(member => member != "1").ToArray());
        int count = flags.Length == 0 ? 0 : Convert.ToInt32(flags, 8);
        if (structure.Flags.Count != count || structure.Arguments.Count != layout.Length)
            throw new FormatException("op_" + name + " is not what its layout says");
        return structure;

        string[] Members(string pattern) => Regex.Matches(body, pattern).Select(match => match.Groups[1].Value).ToArray();
    }
}
