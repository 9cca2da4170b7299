using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using Xunit.Sdk;

namespace Lade.IntegrationTests.Fixtures;

/// <summary>What a command wrote to standard error, as the log records in text form that they are.</summary>
public static partial class LogRecords
{
    /// <summary>The message of the last record, which has to be an error.</summary>
    public static string Error(this CommandResult result)
    {
        string[] lines = result.Stderr.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Match match = lines.Length == 0 ? Match.Empty : Record().Match(lines[^1]);
        return match.Success && match.Groups["level"].Value == "error"
            ? Unquote(match.Groups["message"].Value)
            : throw new XunitException("no error at the end of standard error, exit code " + result.ExitCode + ": '" + result.Stderr + "'");
    }

    /// <summary>The messages of level warning.</summary>
    public static IReadOnlyList<string> Warnings(this CommandResult result) =>
        [.. Record().Matches(result.Stderr).Where(m => m.Groups["level"].Value == "warning").Select(m => Unquote(m.Groups["message"].Value))];

    private static string Unquote(string text) =>
        text.Replace("\\n", "\n", StringComparison.Ordinal).Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal);

    [GeneratedRegex("^time=\"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ\" level=(?<level>\\w+) msg=\"(?<message>.*)\"$", RegexOptions.Multiline)]
    private static partial Regex Record();
}
