using System;
using System.Collections.Generic;
using FluentAssertions;
using Lade.Cli;
using Xunit;

namespace Lade.Tests.Cli;

/// <summary>Every option of every command, in every way in which callers write one: engines use more than one of them, even for the same option.</summary>
public sealed class OptionSpellingTests
{
    public static IEnumerable<object[]> Options()
    {
        foreach (string command in CommandTable.Names)
        {
            foreach (Option option in CommandTable.Find(command)!.Options)
                yield return [command, option.Name];
        }

        foreach (Option option in GlobalOptions.Table)
            yield return ["", option.Name];
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void Is_parsed_in_every_spelling(string command, string name)
    {
        Option[] table = command.Length == 0 ? GlobalOptions.Table : CommandTable.Find(command)!.Options;
        Option option = Array.Find(table, candidate => candidate.Name == name)!;
        string value = option.Kind switch { OptionKind.Integer => "7", OptionKind.Duration => "7s", OptionKind.Switch => "true", _ => "seven" };

        foreach (string spelled in Names(option))
        {
            ShouldBe(table, option, value, spelled + "=" + value);
            if (option.Kind == OptionKind.Switch)
            {
                ShouldBe(table, option, "true", spelled);
                ShouldBe(table, option, "false", spelled + "=false");
                ShouldBe(table, option, "false", spelled, spelled + "=0");
                continue;
            }

            ShouldBe(table, option, value, spelled, value);
            if (option.Kind == OptionKind.List)
                Parse(table, spelled, "a,b", spelled + "=c", "id").List(name).Should().Equal("a,b", "c");
            else
                ShouldBe(table, option, value, spelled, option.Kind == OptionKind.Duration ? "1s" : "1", spelled + "=" + value);
            Parse(table, spelled).Problem.Should().StartWith("flag needs an argument: ");
        }
    }

    /// <summary>With two dashes and one, and its letter.</summary>
    private static IEnumerable<string> Names(Option option)
    {
        yield return "--" + option.Name;
        yield return "-" + option.Name;
        if (option.Short != '\0')
            yield return "-" + option.Short;
    }

    private static void ShouldBe(Option[] table, Option option, string value, params string[] line)
    {
        ParsedArguments parsed = Parse(table, [.. line, "id"]);

        parsed.Problem.Should().BeNull(string.Join(' ', line));
        parsed.Positionals.Should().Equal(["id"], string.Join(' ', line));
        parsed.IsSet(option.Name).Should().BeTrue();
        parsed.Text(option.Name).Should().Be(value, string.Join(' ', line));
    }

    private static ParsedArguments Parse(Option[] table, params string[] line) => OptionParser.Parse(table, line, stopAtFirstPositional: true);
}
