using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Lade.State;

namespace Lade.Cli;

/// <summary>The table printed by <c>list</c>, in runc's layout: columns at least 12 wide, separated by at least three spaces.</summary>
internal static class ContainerTable
{
    private const int MinimumWidth = 12;
    private const int Padding = 3;

    private static string[] Header => ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"];

    public static string Format(IReadOnlyList<StateDocument> containers)
    {
        string[] header = Header;
        var rows = new List<string[]> { header };
        foreach (StateDocument container in containers)
            rows.Add(Row(container));

        int[] widths = new int[header.Length];
        foreach (string[] row in rows)
            for (int column = 0; column < row.Length; column++)
                widths[column] = Math.Max(widths[column], Math.Max(MinimumWidth, row[column].Length + Padding));

        var text = new StringBuilder();
        foreach (string[] row in rows)
        {
            for (int column = 0; column < row.Length - 1; column++)
                text.Append(row[column].PadRight(widths[column]));
            text.Append(row[^1]).Append('\n');
        }

        return text.ToString();
    }

    private static string[] Row(StateDocument container) =>
    [
        container.State.Id.ToString(),
        container.Pid.ToString(CultureInfo.InvariantCulture),
        container.Status.SpecName(),
        container.State.Bundle,
        container.State.Created.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture),
        container.Owner,
    ];
}
