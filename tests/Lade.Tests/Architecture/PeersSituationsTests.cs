using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using FluentAssertions;
using Xunit;

namespace Lade.Tests.Architecture;

/// <summary>
/// The rows of docs/peers-situations.md name tests and statements that exist, and its totals are those of its rows. That the test classes and paths
/// exist is a rule for all documents.
/// </summary>
public sealed class PeersSituationsTests
{
    private const int Cells = 5;

    private static readonly string s_text = Repository.Read("docs/peers-situations.md");

    private static readonly Row[] s_rows = [.. Rows(s_text)];

    [Fact]
    public void Every_row_is_whole() =>
        s_rows.Where(row => row.Cells.Length != Cells || row.Verdict is null).Select(row => row.Situation).Should().BeEmpty();

    [Fact]
    public void What_is_the_same_or_differs_on_purpose_has_a_test() =>
        s_rows.Where(row => row.Verdict is not "not yet" && !Regex.IsMatch(row.Tests, @"[A-Z]\w+Tests|-\d{3}\b|tests/")).Select(row => row.Situation).Should().BeEmpty();

    [Fact]
    public void What_is_not_yet_the_same_comes_first() =>
        s_rows.Where(row => row.Verdict is "not yet" != row.Section is "Not yet").Select(row => row.Situation).Should().BeEmpty();

    [Fact]
    public void Differences_have_reasons() =>
        s_rows.Where(row => row.Verdict is not "same" && !row.Cells[^1].Contains(": ", StringComparison.Ordinal)).Select(row => row.Situation).Should().BeEmpty();

    [Fact]
    public void Methods_that_are_named_exist()
    {
        ILookup<string, string> sources = Repository.Sources("tests").ToLookup(path => System.IO.Path.GetFileNameWithoutExtension(path));
        Match[] named = [.. s_rows.SelectMany(row => Regex.Matches(row.Tests, @"`([A-Z]\w*Tests)\.(\w+)`"))];

        named.Should().HaveCountGreaterThan(80);
        named.Where(match => !sources[match.Groups[1].Value].Any(path => Regex.IsMatch(Repository.Read("tests/" + path), @"\bvoid " + match.Groups[2].Value + @"\(")))
            .Select(match => match.Value).Should().BeEmpty();
    }

    [Fact]
    public void Statements_that_are_named_exist()
    {
        HashSet<string> known = [.. Repository.Read("conformance/requirements.tsv").Split('\n').Select(line => line.Split('\t')[0])];
        string[] named = [.. s_rows.SelectMany(row => Regex.Matches(row.Tests, @"\b[A-Z]+(?:-[A-Z]+)*-\d{3}\b")).Select(match => match.Value)];

        named.Should().HaveCountGreaterThan(20).And.OnlyContain(id => known.Contains(id));
    }

    [Fact]
    public void Totals_are_those_of_the_rows()
    {
        int Count(string verdict) => s_rows.Count(row => row.Verdict == verdict);

        s_text.Should().Contain($"Totals: {s_rows.Length} rows; {Count("same")} same, {Count("on purpose")} on purpose, {Count("not yet")} not yet.");
    }

    [Fact]
    public void Rows_are_read()
    {
        Row[] rows = [.. Rows("## A\n\n| situation | runc |\n|---|---|\n| b | `c` | d | e | on purpose: f |\n| g | not yet |\n| h | maybe |\n")];

        rows.Select(row => (row.Section, row.Situation, row.Verdict)).Should().Equal(("A", "b", "on purpose"), ("A", "g", "not yet"), ("A", "h", null));
        rows[0].Tests.Should().Be("e");
    }

    private static IEnumerable<Row> Rows(string text)
    {
        string section = "";
        foreach (string line in text.Split('\n'))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
                section = line["## ".Length..];
            else if (line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| situation ", StringComparison.Ordinal))
                yield return new Row(section, line.Trim('|', ' ').Split(" | "));
        }
    }

    /// <param name="Cells">Situation, runc, crun, our test, lade.</param>
    private sealed record Row(string Section, string[] Cells)
    {
        public string Situation => Cells[0];

        public string Tests => Cells[^2];

        /// <summary>null when the last cell begins with none of the three.</summary>
        public string? Verdict { get; } = Regex.Match(Cells[^1], "^(same$|on purpose(?=: )|not yet)").Value is { Length: > 0 } word ? word : null;
    }
}
