using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using FluentAssertions;
using Xunit;

namespace Lade.Tests.Architecture;

/// <summary>Conventions that no analyzer checks. Each list of exceptions only gets shorter: one that is no longer needed fails the test too.</summary>
public sealed class StyleRulesTests
{
    private const int MaxLineLength = 180;

    /// <summary>Catching is for rolling back, for what may fail without consequence, and for the top.</summary>
    private static readonly string[] s_catches =
    [
        "Cgroups/OomWatch.cs",
        "Cgroups/Systemd/ExistingUnit.cs",
        "Cgroups/Systemd/UnitAnnotations.cs",
        "Cgroups/V1/V1Cgroup.cs",
        "Cli/ListCommand.cs",
        "Cli/SelectedContainers.cs",
        "Commands/Start.cs",
        "Commands/Update.cs",
        "Configuration/JsonText.cs",
        "DBus/GVariantText.cs",
        "Hooks/HostHooks.cs",
        "Lifecycle/ContainerBuilder.cs",
        "Lifecycle/JoiningProcess.cs",
        "Lifecycle/ProcessHandles.cs",
        "Lifecycle/Rollback.cs",
        "Linux/Files.cs",
        "Linux/ProcStat.cs",
        "Network/NetDevices.cs",
        "Program.cs",
        "Resctrl/ResctrlGroup.cs",
        "State/ContainerStateFile.cs",
    ];

    /// <summary>Classes whose tests still have names like methods.</summary>

    [Fact]
    public void Lines_are_short() =>
        Repository.Sources("src/Lade").Where(path => File.ReadLines(Repository.PathOf("src/Lade/" + path)).Any(line => line.Length > MaxLineLength)).Should().BeEmpty();

    [Fact]
    public void Catch_blocks_are_listed() =>
        Repository.Sources("src/Lade").Where(path => Regex.IsMatch(SourceText.CodeOf(Repository.Read("src/Lade/" + path)), @"\bcatch\b")).Should().BeEquivalentTo(s_catches);

    /// <summary>Test names are words, <c>Reads_every_byte</c>.</summary>
    [Fact]
    public void Test_names_are_words() =>
        new[] { "tests/Lade.Tests", "tests/Lade.IntegrationTests" }.SelectMany(TestsIn)
            .Where(test => Regex.IsMatch(test.Name, "^[A-Z][a-z]+[A-Z][^_]*$")).Select(test => test.File).Distinct().Should().BeEmpty();

    private static IEnumerable<(string File, string Name)> TestsIn(string directory) =>
        from path in Repository.Sources(directory)
        from match in Regex.Matches(Repository.Read(directory + "/" + path), @"^    \[\w*(?:Fact|Theory)\b.*\n(?:    \[.*\n|        .*\n|    \]\n)*    (?:public|internal) [\w ]*?(\w+)\(", RegexOptions.Multiline)
        select (directory + "/" + path, match.Groups[1].Value);
}
