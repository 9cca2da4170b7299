using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using FluentAssertions;
using Xunit;

namespace Lade.Tests.Architecture;

/// <summary>Dependencies point one way: Cli, Commands, Lifecycle, then planners, Cgroups, State and Init, then Plan and Configuration. Planners know no system call.</summary>
public sealed class DependencyTests
{
    private const string Everything = "*";

    private static readonly string[] s_belowLifecycle =
    [
        "Linux", "Configuration", "Plan", "Rootfs", "Seccomp", "Planning", "Init", "Hooks", "Cgroups", "State", "Terminal", "InitSystem", "Network", "Resctrl",
    ];

    /// <summary>
    /// What the sources of each folder may use of the others. A folder that is not here yet says here first what it may use: a planner Configuration and
    /// Plan, what acts on the host also Linux.
    /// </summary>
    private static readonly Dictionary<string, string[]> s_allowed = new()
    {
        ["Linux"] = [],
        ["Configuration"] = [],
        ["Plan"] = ["Configuration"],

        // Planners.
        ["Rootfs"] = ["Configuration", "Plan"],
        ["Seccomp"] = ["Configuration", "Plan"],
        ["Planning"] = ["Configuration", "Plan", "Rootfs", "Seccomp"],

        // What acts on the host.
        ["Init"] = ["Configuration", "Plan", "Linux"],
        ["Hooks"] = ["Configuration", "Plan", "Planning", "State", "Linux"],
        ["DBus"] = ["Linux"],
        ["Cgroups"] = ["Configuration", "DBus", "Linux"],
        ["State"] = ["Configuration", "Plan", "Cgroups", "Resctrl", "Linux"],
        ["Terminal"] = ["Configuration", "Plan", "Linux"],
        ["Info"] = ["Configuration", "Plan", "Planning", "Cgroups", "State", "Linux"],
        ["InitSystem"] = ["Configuration", "State", "Linux"],
        ["Network"] = ["Configuration", "Plan", "Linux"],
        ["Resctrl"] = ["Configuration", "Linux"],

        // How a container comes to be and ends, and the commands that say when.
        ["Lifecycle"] = [.. s_belowLifecycle],
        ["Commands"] = [.. s_belowLifecycle, "Lifecycle"],
        ["Cli"] = [Everything],
    };

    /// <summary>Single files that may use more than their folder: the host's side of a concern.</summary>
    private static readonly Dictionary<string, string[]> s_exceptions = new()
    {
        ["Configuration/SpecFile.cs"] = ["Linux"],
        ["Seccomp/ContainerProcessState.cs"] = ["State"],
    };

    private static readonly string[] s_folders =
        Directory.GetDirectories(Repository.PathOf("src/Lade")).Select(path => Path.GetFileName(path)).Where(name => name is not ("bin" or "obj")).ToArray();

    public static IEnumerable<object[]> Folders() => s_folders.Select(folder => new object[] { folder });

    [Theory]
    [MemberData(nameof(Folders))]
    public void Folder_uses_only_what_is_below_it(string folder)
    {
        s_allowed.Should().ContainKey(folder, "a new folder says in this test what it may use");
        IEnumerable<string> wrong =
            from path in Repository.Sources("src/Lade/" + folder)
            from used in Uses(folder + "/" + path)
            where used != folder && !IsAllowed(folder, folder + "/" + path, used)
            select folder + "/" + path + " uses " + used;

        wrong.Should().BeEmpty();
    }

    [Fact]
    public void Nothing_but_program_uses_cli() => UsersOf("Cli").Should().OnlyContain(path => path == "Program.cs" || path.StartsWith("Cli/", StringComparison.Ordinal));

    [Fact]
    public void Nothing_but_cli_uses_commands() =>
        UsersOf("Commands").Should().OnlyContain(path => path.StartsWith("Cli/", StringComparison.Ordinal) || path.StartsWith("Commands/", StringComparison.Ordinal));

    /// <summary>What a step needs, the step before it gives.</summary>
    [Fact]
    public void No_null_forgiving_operator()
    {
        var forgiven = new Regex(@"[\w)\]]!(?!=)");
        forgiven.IsMatch("a = b!.C;").Should().BeTrue();
        forgiven.IsMatch("a != b; !c").Should().BeFalse();

        new[] { "Lifecycle", "Commands", "Planning", "Init", "Hooks", "State" }
            .SelectMany(folder => Repository.Sources("src/Lade/" + folder).Select(path => folder + "/" + path))
            .Where(path => forgiven.IsMatch(Code(path))).Should().BeEmpty();
    }

    /// <summary>SpecCommand has no lifecycle behind it: it writes one file by itself.</summary>
    [Fact]
    public void Commands_make_no_system_calls() =>
        Repository.Sources("src/Lade/Cli").Where(path => path != "SpecCommand.cs" && Regex.IsMatch(Code("Cli/" + path), @"\bLibc\.\w+\(")).Should().BeEmpty();

    [Fact]
    public void Namespace_is_the_folder()
    {
        foreach (string path in Repository.Sources("src/Lade"))
        {
            string[] parts = path.Split('/')[..^1];
            Regex.Match(Repository.Read("src/Lade/" + path), @"^namespace ([\w.]+);", RegexOptions.Multiline).Groups[1].Value.Should().Be(string.Join('.', ["Lade", .. parts]), path);
        }
    }

    [Fact]
    public void Uses_are_found()
    {
        Uses("Hooks/HostHooks.cs").Should().Contain("Linux").And.Contain("Configuration");
        UsesIn("namespace Lade.A; class B { void C() => Linux.Files.Open(); Cgroups.D e; int f = spec.Linux.Count; }").Should().Equal("Cgroups", "Linux");
    }

    private static bool IsAllowed(string folder, string path, string used) =>
        s_allowed[folder].Contains(Everything) || s_allowed[folder].Contains(used) || (s_exceptions.TryGetValue(path, out string[]? more) && more.Contains(used));

    private static IEnumerable<string> UsersOf(string folder) => Repository.Sources("src/Lade").Where(path => Uses(path).Contains(folder));

    private static IEnumerable<string> Uses(string path) => UsesIn(Code(path)).Where(used => !path.StartsWith(used + "/", StringComparison.Ordinal));

    /// <summary>The folders that the code names: <c>Lade.X</c>, or <c>X.Type</c> which is found from inside Lade. A property (<c>spec.Linux.Devices</c>) is no folder.</summary>
    private static IEnumerable<string> UsesIn(string code) =>
        s_folders.Where(folder => Regex.IsMatch(code, @"\bLade\." + folder + @"\b(?!;\s*$)|(?<![\w.?!])" + folder + @"\.(?=[A-Z])(?!Length|Count)"))
            .Order(StringComparer.Ordinal);

    private static string Code(string path) => Regex.Replace(SourceText.CodeOf(Repository.Read("src/Lade/" + path)), @"^namespace .*;", "", RegexOptions.Multiline);
}
