using System;
using System.Linq;
using FluentAssertions;
using Lade.Cli;
using Xunit;

namespace Lade.Tests.Cli;

public sealed class HelpTextTests
{
    [Fact]
    public void Help_of_one_command() => HelpText.For(CommandTable.Find("delete")!).Should().Be("""
        NAME:
           lade delete - delete a container

        USAGE:
           lade delete [options] <container-id>

        DESCRIPTION:
           Deletes a stopped container: its cgroup, its state and whatever else lade
           created for it. What existed before, such as the bundle, is left alone. A
           container that was created but not started is killed first.

        EXAMPLE:
           lade delete web1

        OPTIONS:
           --force, -f  kill the container first if it is running; not an error if it does not exist
           --regex      treat the first argument as a POSIX extended regular expression and act on all
                        containers with a matching id
           --help, -h   print this text

        """);

    [Fact]
    public void Every_page_lists_its_options_within_100_columns()
    {
        foreach (string name in CommandTable.Names)
        {
            Command command = CommandTable.Find(name)!;
            string page = HelpText.For(command);
            page.Split('\n').Should().OnlyContain(line => line.Length <= 100);
            foreach (Option option in command.Options)
                page.Contains("   --" + option.Name, StringComparison.Ordinal).Should().Be(!option.Hidden, option.Name);
        }
    }

    [Fact]
    public void Program_help_lists_the_available_commands()
    {
        string page = HelpText.ForProgram();
        page.Split('\n').Should().OnlyContain(line => line.Length <= 100);
        foreach (string name in CommandTable.Names)
            page.Contains("\n   " + name + " ", StringComparison.Ordinal).Should().Be(CommandTable.Find(name)!.IsAvailable, name);
        GlobalOptions.Table.Should().OnlyContain(option => page.Contains("--" + option.Name, StringComparison.Ordinal));
    }

    [Fact]
    public void Version_has_the_three_lines_that_engines_split()
    {
        string[] lines = VersionText.Full.TrimEnd('\n').Split('\n');
        lines.Should().HaveCount(3);
        lines[0].Should().MatchRegex(@"^lade version \d+\.\d+\.\d+");
        lines[1].Should().MatchRegex("^commit: ([0-9a-f]{40}|unknown)$");
        lines[2].Should().Be("spec: 1.3.0");
        lines.Select(line => line.Split(line.StartsWith("lade", StringComparison.Ordinal) ? "version " : ": ").Length).Should().OnlyContain(parts => parts == 2);
    }
}
