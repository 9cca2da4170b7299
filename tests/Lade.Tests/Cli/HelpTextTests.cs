using System;
using System.Linq;
using FluentAssertions;
using Lade.Cli;
using Xunit;

namespace Lade.Tests.Cli;

public sealed class HelpTextTests
{
    [Fact]
    public void OneCommand() => HelpText.Of(CommandTable.Find("delete")!).Should().Be("""
        NAME:
           lade delete - delete a container

        USAGE:
           lade delete [options] <container-id>

        DESCRIPTION:
           Removes a stopped container: its cgroups, its state and whatever else lade made
           for it. What existed before, such as the bundle, stays. A container that was
           created but not started is ended first.

        EXAMPLE:
           lade delete web1

        OPTIONS:
           --force, -f  kill the container first when it runs; no error when it does not exist
           --regex      take the first argument as a POSIX extended regular expression and act on every
                        container whose id it matches
           --help, -h   print this text

        """);

    [Fact]
    public void EveryPageNamesItsOptionsAndFitsAHundredColumns()
    {
        foreach (string name in CommandTable.Names)
        {
            Command command = CommandTable.Find(name)!;
            string page = HelpText.Of(command);
            page.Split('\n').Should().OnlyContain(line => line.Length <= 100);
            foreach (Option option in command.Options)
                page.Contains("   --" + option.Name, StringComparison.Ordinal).Should().Be(!option.Hidden, option.Name);
        }
    }

    [Fact]
    public void TheProgramListsWhatItCanDo()
    {
        string page = HelpText.OfProgram();
        page.Split('\n').Should().OnlyContain(line => line.Length <= 100);
        foreach (string name in CommandTable.Names)
            page.Contains("\n   " + name + " ", StringComparison.Ordinal).Should().Be(CommandTable.Find(name)!.IsAvailable, name);
        GlobalOptions.Table.Should().OnlyContain(option => page.Contains("--" + option.Name, StringComparison.Ordinal));
    }

    [Fact]
    public void TheVersionHasTheThreeLinesThatEnginesSplit()
    {
        string[] lines = VersionText.Of().TrimEnd('\n').Split('\n');
        lines.Should().HaveCount(3);
        lines[0].Should().MatchRegex(@"^lade version \d+\.\d+\.\d+");
        lines[1].Should().MatchRegex("^commit: ([0-9a-f]{40}|unknown)$");
        lines[2].Should().Be("spec: 1.3.0");
        lines.Select(line => line.Split(line.StartsWith("lade", StringComparison.Ordinal) ? "version " : ": ").Length).Should().OnlyContain(parts => parts == 2);
    }
}
