using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using FluentAssertions;
using Xunit;

namespace Lade.Tests.Architecture;

/// <summary>The folders below Cgroups are layers too, and drivers are known by what they can do.</summary>
public sealed class CgroupLayersTests
{
    private const string Root = "src/Lade/Cgroups";

    /// <summary>What each folder may use of the others, those below it first; "" is Cgroups itself.</summary>
    private static readonly (string Folder, string[] May)[] s_layers =
    [
        ("Statistics", []),
        ("", ["Statistics"]),
        ("Controllers", [""]),
        ("V1", ["", "Controllers", "Statistics"]),
        ("V2", ["", "Controllers", "Statistics"]),
        ("Systemd", ["", "Statistics", "Controllers", "V1", "V2"]),
    ];

    /// <summary>The one place that chooses between the versions.</summary>
    private static readonly Dictionary<string, string[]> s_exceptions = new() { ["Cgroupfs.cs"] = ["V1", "V2"] };

    private static readonly Dictionary<string, string> s_code = Repository.Sources(Root).ToDictionary(path => path, path => SourceText.CodeOf(Repository.Read(Root + "/" + path)));

    /// <summary>The folder of each type. In the root they need no using directive, so the names are what is looked for.</summary>
    private static readonly Dictionary<string, string> s_types = s_code
        .SelectMany(file => Regex.Matches(file.Value, @"^internal [\w ]*?(?:class|record struct|record|struct|enum|interface) (\w+)", RegexOptions.Multiline).Select(match => (Type: match.Groups[1].Value, Folder: FolderOf(file.Key))))
        .ToDictionary(type => type.Type, type => type.Folder);

    [Fact]
    public void Every_folder_is_a_layer() => s_code.Keys.Select(FolderOf).Distinct().Should().BeEquivalentTo(s_layers.Select(layer => layer.Folder));

    [Fact]
    public void Layers_use_only_what_is_below_them()
    {
        for (int i = 0; i < s_layers.Length; i++)
            s_layers[i].May.Except(s_layers[..i].Select(layer => layer.Folder)).Should().BeEmpty("without cycles the layers can be listed from the bottom, and so " + s_layers[i].Folder + " uses none that comes later");

        (from path in s_code.Keys
         from used in Uses(s_code[path])
         let folder = FolderOf(path)
         where used != folder && !s_layers.Single(layer => layer.Folder == folder).May.Contains(used) && !(s_exceptions.TryGetValue(path, out string[]? more) && more.Contains(used))
         select path + " uses " + (used.Length == 0 ? "Cgroups" : used)).Should().BeEmpty();
    }

    [Fact]
    public void Exceptions_are_needed() => s_exceptions.Should().OnlyContain(exception => exception.Value.All(Uses(s_code[exception.Key]).Contains));

    /// <summary>Who has an interface asks for no more than it says.</summary>
    [Fact]
    public void Nobody_casts_to_a_driver()
    {
        string[] drivers = s_code.SelectMany(file => Regex.Matches(file.Value, @"class (\w+)(?:\([^{;]*?\))? : I(?:New|Existing)?Cgroup\b").Select(match => match.Groups[1].Value)).ToArray();
        string driver = "(?:" + string.Join('|', drivers) + ")";
        var cast = new Regex(@"\b(?:is|as|case)(?: not)? " + driver + @"\b|\(" + driver + @"\??\)[\w(]");

        drivers.Should().BeEquivalentTo("V1Cgroup", "V2Cgroup", "NewUnit", "ExistingUnit");
        cast.IsMatch("x as NewUnit;").Should().BeTrue();
        cast.IsMatch("x is V2Cgroup { } y").Should().BeTrue();
        cast.IsMatch("(V1Cgroup)x").Should().BeTrue();
        cast.IsMatch("void F(NewUnit unit)").Should().BeFalse();
        Repository.Sources("src/Lade").Where(path => cast.IsMatch(SourceText.CodeOf(Repository.Read("src/Lade/" + path)))).Should().BeEmpty();
    }

    [Fact]
    public void Uses_are_found()
    {
        Uses("V1Cgroup x; CgroupTree.Create();").Should().BeEquivalentTo("V1", "");
        s_types.Should().Contain("CgroupStatistics", "Statistics").And.Contain("V2Delegation", "V2").And.Contain("ICgroup", "");
    }

    private static string FolderOf(string path) => Path.GetDirectoryName(path)!;

    /// <summary>A name behind a dot is a member's.</summary>
    private static IEnumerable<string> Uses(string code) =>
        Regex.Matches(code, @"(?<![\w.])[A-Z]\w*").Select(match => match.Value).Distinct().Where(s_types.ContainsKey).Select(name => s_types[name]).Distinct();
}
