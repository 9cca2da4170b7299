using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using FluentAssertions;
using Lade.Configuration;
using Xunit;

namespace Lade.Tests.Architecture;

/// <summary>Rules of CONTRIBUTING.md that no compiler holds.</summary>
public sealed class SourceRulesTests
{
    private static readonly IReadOnlyDictionary<string, string> s_code =
        Repository.Sources("src/Lade").ToDictionary(path => path, path => SourceText.CodeOf(Repository.Read("src/Lade/" + path)));

    [Fact]
    public void Sources_are_there() => s_code.Count.Should().BeGreaterThan(150);

    [Theory]
    [InlineData(@"\bunsafe\b")]
    [InlineData(@"\b(LibraryImport|DllImport)\b")]
    [InlineData(@"\bfixed\s*\(")]
    [InlineData(@"\bTmds\b")]
    [InlineData(@"\b(NativeMemory|Marshal\.(Alloc|Free|Copy|PtrTo|StructureTo)|Unsafe)\b")]
    public void Only_Linux_uses_unsafe_code_and_imports(string pattern) =>
        // The library's encoders of text are given pointers.
        Matches(pattern).Where(match => !match.StartsWith("Linux/", StringComparison.Ordinal) && !match.StartsWith("Configuration/JsonEscaping.cs", StringComparison.Ordinal)).Should().BeEmpty();

    /// <summary>What would cost more at start-up than a whole command.</summary>
    [Theory]
    [InlineData(@"\busing System\.Linq\b")]
    [InlineData(@"\busing System\.Text\.RegularExpressions\b|\bnew Regex\b")]
    [InlineData(@"\busing System\.Threading\.Tasks\b|\basync\b|\bawait\b|\bTask[.<]")]
    [InlineData(@"\busing System\.Reflection\b|\bActivator\.|\.GetCustomAttribute|\btypeof\([\w.]+\)\s*\.")]
    [InlineData(@"(?<![\w.])(System\.)?Console\.(Write|Read|Out|Error|In|Set|Open)")]
    [InlineData(@"\bJsonSerializer\b")]
    [InlineData(@"\bstring\.Format\b")]
    [InlineData(@"\bnew Utf8JsonWriter\(\w+\)|\bJavaScriptEncoder\.")]
    public void Nothing_slow_at_start_up(string pattern) => Matches(pattern).Should().BeEmpty();

    /// <summary>
    /// Below a container's own cgroup names and depth are the container's choice: a path in a string cannot hold them. Everything that goes there does so by
    /// DirectoryTree.
    /// </summary>
    [Theory]
    [InlineData(@"\bTryListDirectories\b")]
    [InlineData(@"\bDirectories\.Names\(")]
    [InlineData(@"\bDirectory\.(Get|Enumerate)")]
    public void Cgroups_are_walked_by_descriptors(string pattern) =>
        Matches(pattern).Where(match => match.StartsWith("Cgroups/", StringComparison.Ordinal) && !s_listsOfTheKernel.Any(match.StartsWith)).Should().BeEmpty();

    /// <summary>Directories of the kernel's own, where no stranger makes names.</summary>
    private static readonly string[] s_listsOfTheKernel = ["Cgroups/Controllers/HugetlbSettings.cs:", "Cgroups/Controllers/UnitProperties.cs:"];

    /// <summary>A number can be another process's by the time that it is used.</summary>
    [Fact]
    public void Cgroups_signal_by_pid_fd() => Matches(@"\bLibc\.kill\(|\bProcesses\.Kill\(").Where(match => match.StartsWith("Cgroups/", StringComparison.Ordinal)).Should().BeEmpty();

    [Fact]
    public void Files_stay_short() =>
        s_code.Keys.Where(path => !Path.GetFileName(path).StartsWith("SystemCallTable", StringComparison.Ordinal))
            .Select(path => (path, Lines: File.ReadLines(Repository.PathOf("src/Lade/" + path)).Count()))
            .Where(file => file.Lines > 450).Should().BeEmpty();

    [Fact]
    public void Native_files_stay_short() =>
        NativeFiles().Where(path => File.ReadLines(path).Count() > 450).Should().BeEmpty();

    /// <summary>
    /// docs/architecture.md, "How to add an operation": the record, the function in C, the planner. A list of operations anywhere else would be a fourth place. What a console
    /// resolves is a path of its own.
    /// </summary>
    [Fact]
    public void Operations_are_listed_nowhere_else()
    {
        string[] native = NativeFiles();

        native.Length.Should().BeGreaterThan(20);
        native.SelectMany(path => Regex.Matches(File.ReadAllText(path), @"\bLADE_OP_(?!#)\w+").Select(match => Path.GetFileName(path) + ": " + match.Value))
            .Should().Equal("paths.c: LADE_OP_OPEN_CONSOLE");
        native.Where(path => Regex.IsMatch(File.ReadAllText(path), @"\barg\d?\b|\bLADE_F_")).Should().BeEmpty("arguments have names");
        Matches(@"\[Operation\(").Should().OnlyContain(match => Regex.IsMatch(match, @"^Plan/\w+Operations\.cs:"));
        File.ReadAllText(Repository.PathOf("docs/architecture.md")).Should().Contain("## How to add an operation");
    }

    /// <summary>
    /// docs/architecture.md, "How to add a property": the record. Code that reads, writes or lists properties by their names anywhere else would be a second place. The documents
    /// of `mounts` may be an array, and what `lade spec` writes is an example and not a list.
    /// </summary>
    [Fact]
    public void Properties_are_defined_nowhere_else()
    {
        Matches(@"\bjson\.(Required|Optional)?(String|Bool|Letter|Choice|Object|Map|U?Int(16|32|64))s?\(").Should().BeEmpty();
        Matches(@"\[(ConfigObject|ConfigProperty|Vocabulary|SpecName)\b").Should().NotBeEmpty().And.OnlyContain(match => match.StartsWith("Configuration/", StringComparison.Ordinal));
        string sources = string.Concat(s_code.Keys.Where(path => path != "Configuration/DefaultSpec.cs").Select(path => Repository.Read("src/Lade/" + path)));
        string[] names = [.. string.Join(' ', SpecNames.Rlimits, SpecNames.SchedulerPolicies, SpecNames.SchedulerFlags, SpecNames.IoPriorityClasses, SpecNames.MemoryPolicyModes, SpecNames.MemoryPolicyFlags,
            SpecNames.PersonalityDomains, SpecNames.SeccompActions, SpecNames.SeccompOperators, SpecNames.SeccompFlags, SpecNames.SeccompArchs).Split(' ')];

        names.Should().HaveCountGreaterThan(80);
        names.Where(name => Regex.Count(sources, "\"" + name + "\"") != 1).Should().BeEmpty("each is the name of one member of an enum, and code means the member");
        File.ReadAllText(Repository.PathOf("docs/architecture.md")).Should().Contain("## How to add a property");
    }

    /// <summary>A path of the machine that something was written on means nothing elsewhere.</summary>
    [Fact]
    public void No_paths_of_the_build_machine()
    {
        var path = new Regex("(?<![\\w.])/(" + "work/|" + "home/\\w+/|" + "Users/|tmp/bash)");

        TextFiles().SelectMany(file => File.ReadLines(Repository.PathOf(file)).Where(line => path.IsMatch(line)).Select(line => file + ": " + line.Trim())).Should().BeEmpty();
    }

    [Fact]
    public void Nothing_is_left_to_do() =>
        s_code.Keys.Where(path => Regex.IsMatch(Repository.Read("src/Lade/" + path), @"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedException")).Should().BeEmpty();

    [Fact]
    public void Types_are_internal() => Matches(@"^public\s+(sealed |static |abstract |partial |readonly )*(class|record|struct|enum|interface)\b").Should().BeEmpty();

    /// <summary>The C of `native/` that people write.</summary>
    private static string[] NativeFiles() =>
        Directory.GetFiles(Repository.PathOf("native"), "*", SearchOption.AllDirectories)
            .Where(path => Path.GetExtension(path) is ".c" or ".h" && Path.GetFileName(path) != "operations.h").ToArray();

    private static IEnumerable<string> TextFiles()
    {
        string[] places = ["src/Lade", "native", "bench", "scripts"];
        string[] endings = [".cs", ".c", ".h", ".S", ".targets", ".csproj", ".sh", ".py", ""];
        return places.SelectMany(place => Directory.GetFiles(Repository.PathOf(place), "*", SearchOption.AllDirectories))
            .Where(file => endings.Contains(Path.GetExtension(file)))
            .Select(file => Path.GetRelativePath(Repository.Root, file))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal));
    }

    private static IEnumerable<string> Matches(string pattern) =>
        s_code.SelectMany(file => Regex.Matches(file.Value, pattern, RegexOptions.Multiline)
            .Select(match => file.Key + ":" + (file.Value.AsSpan(0, match.Index).Count('\n') + 1) + ": " + match.Value.Trim()));
}
