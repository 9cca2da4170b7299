using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using FluentAssertions;
using Lade.Cli;
using Xunit;

namespace Lade.Tests.Architecture;

/// <summary>What the documentation names exists: paths, links, test classes, and in docs/architecture.md every identifier.</summary>
public sealed class DocumentationTests
{
    private const string Architecture = "docs/architecture.md";

    private static readonly string[] s_documents =
    [
        .. Directory.GetFiles(Repository.Root, "*.md"),
        .. new[] { "docs", "conformance", "tests" }.SelectMany(folder => Directory.GetFiles(Repository.PathOf(folder), "*.md", SearchOption.AllDirectories)),
    ];

    public static TheoryData<string> Documents() => [.. s_documents.Select(path => Path.GetRelativePath(Repository.Root, path)).Where(path => !IsBuilt(path))];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Paths_exist(string document) =>
        Quoted(Repository.Read(document)).SelectMany(PathsIn).Where(path => !Exists(path)).Should().BeEmpty();

    [Theory]
    [MemberData(nameof(Documents))]
    public void Links_lead_somewhere(string document)
    {
        string folder = Path.GetDirectoryName(document) ?? "";
        Regex.Matches(Repository.Read(document), @"\]\(([^)#\s]+)(?:#[^)]*)?\)").Select(match => match.Groups[1].Value)
            .Where(target => !target.Contains("://", StringComparison.Ordinal) && !Path.Exists(Repository.PathOf(Path.Combine(folder, target)))).Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Test_classes_exist(string document)
    {
        string[] classes = Repository.Sources("tests").Select(path => Path.GetFileNameWithoutExtension(path)).ToArray();

        Regex.Matches(Repository.Read(document), @"(?<![\w.])[A-Z]\w*Tests\b").Select(match => match.Value).Except(classes).Should().BeEmpty();
    }

    [Fact]
    public void Identifiers_of_the_architecture_exist()
    {
        HashSet<string> known = [.. Repository.Sources("src/Lade").SelectMany(path => Words(Repository.Read("src/Lade/" + path))), .. Repository.Sources("tests/Lade.Tests").SelectMany(path => Words(Path.GetFileNameWithoutExtension(path)))];
        string[] named = Quoted(Repository.Read(Architecture)).Where(text => Regex.IsMatch(text, @"^[A-Z][a-z]\w*(\.[A-Z]\w*)*$")).SelectMany(text => text.Split('.')).Distinct().ToArray();

        named.Should().HaveCountGreaterThan(60);
        named.Where(name => !known.Contains(name)).Should().BeEmpty();
    }

    [Fact]
    public void The_picture_shows_every_folder()
    {
        string picture = Regex.Match(Repository.Read(Architecture), "^    .*\n(?:    .*\n|\n)*", RegexOptions.Multiline).Value;
        IEnumerable<string> folders = Directory.GetDirectories(Repository.PathOf("src/Lade")).Select(path => Path.GetFileName(path)).Where(name => name is not ("bin" or "obj"));

        folders.Should().HaveCountGreaterThan(10).And.OnlyContain(folder => Regex.IsMatch(picture, @"\b" + folder + @"\b"));
    }

    [Fact]
    public void Every_command_has_a_manual_page()
    {
        string[] pages = Directory.GetFiles(Repository.PathOf("docs/man"), "lade-*.8.md").Select(path => Path.GetFileName(path)["lade-".Length..^".8.md".Length]).ToArray();

        pages.Should().BeEquivalentTo(Commands().Select(command => command.Name));
    }

    [Fact]
    public void Manual_pages_name_every_option()
    {
        foreach (Command command in Commands())
        {
            string page = Repository.Read("docs/man/lade-" + command.Name + ".8.md");
            // The page of `run` leaves to that of `create` what both have.
            if (command.Name == "run")
                page += Repository.Read("docs/man/lade-create.8.md");
            command.Options.Where(option => !option.Hidden && !page.Contains("`--" + option.Name + "`", StringComparison.Ordinal)).Select(option => command.Name + " --" + option.Name).Should().BeEmpty();
        }

        string overview = Repository.Read("docs/man/lade.8.md");
        GlobalOptions.Table.Where(option => !overview.Contains("`--" + option.Name + "`", StringComparison.Ordinal)).Should().BeEmpty();
        Commands().Where(command => !overview.Contains("- `" + command.Name + "`: ", StringComparison.Ordinal)).Should().BeEmpty();
    }

    [Fact]
    public void Paths_are_found()
    {
        Quoted("see `src/a.cs` and `b`\n\n    native/x.c  `no`\n").Should().Equal("src/a.cs", "b");
        PathsIn("src/Lade/*.cs: docs/man").Should().Equal("src/Lade/*.cs", "docs/man");
        Exists("docs/man/lade-*.8.md").Should().BeTrue();
        Exists("src/Lade/Cli").Should().BeTrue();
        Exists("src/Lade/Cli/Nothing.cs").Should().BeFalse();
    }

    private static IEnumerable<Command> Commands() => CommandTable.Names.Where(name => name != "help").Select(name => CommandTable.Find(name)!).Where(command => command.IsAvailable);

    /// <summary>What stands between backquotes, outside of indented code.</summary>
    private static IEnumerable<string> Quoted(string text) =>
        text.Split('\n').Where(line => !line.StartsWith("    ", StringComparison.Ordinal)).SelectMany(line => Regex.Matches(line, "`([^`]+)`")).Select(match => match.Groups[1].Value);

    private static IEnumerable<string> PathsIn(string quoted) =>
        Regex.Matches(quoted, @"(?<![\w./-])(?:src|native|tests|docs|scripts|bench|conformance)/[\w./*-]*[\w*]").Select(match => match.Value);

    private static bool Exists(string path)
    {
        string full = Repository.PathOf(path);
        return Path.Exists(full) || (Path.GetFileName(path).Contains('*') && Directory.Exists(Path.GetDirectoryName(full)) && Directory.GetFileSystemEntries(Path.GetDirectoryName(full)!, Path.GetFileName(full)).Length > 0);
    }

    private static IEnumerable<string> Words(string text) => Regex.Matches(text, @"\w+").Select(match => match.Value);

    private static bool IsBuilt(string path) => path.Contains("/bin/", StringComparison.Ordinal) || path.Contains("/obj/", StringComparison.Ordinal);
}
