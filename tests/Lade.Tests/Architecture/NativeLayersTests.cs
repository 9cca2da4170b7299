using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using FluentAssertions;
using Xunit;

namespace Lade.Tests.Architecture;

/// <summary>The sections of native/init/init.h are the layers of `init`, from the bottom (docs/architecture.md): a file calls functions of lower ones only.</summary>
public sealed class NativeLayersTests
{
    private static readonly Dictionary<string, string> s_files =
        Directory.GetFiles(Repository.PathOf("native/init"), "*.c").ToDictionary(path => Path.GetFileName(path), File.ReadAllText);

    private static readonly List<string> s_layers =
        [.. Regex.Matches(Repository.Read("native/init/init.h"), @"/\* --- (\w+\.c[^:*]*?)(?::.*?)? --- \*/").SelectMany(match => match.Groups[1].Value.Split(", ")), "main.c"];

    [Fact]
    public void EveryFileIsALayer() => s_layers.Should().BeEquivalentTo(s_files.Keys);

    [Fact]
    public void CallsGoDown()
    {
        Dictionary<string, string> definitions = s_files.SelectMany(file => Definitions(file.Value).Select(name => (name, file.Key))).ToDictionary(pair => pair.name, pair => pair.Key);
        definitions.Should().HaveCountGreaterThan(100).And.Contain("must", "report.c").And.Contain("op_mount", "mounts.c");

        var calls = from file in s_files
                    from Match call in Regex.Matches(Regex.Replace(file.Value, @"/\*.*?\*/", "", RegexOptions.Singleline), @"(?<![\w#>.])\w+(?=\()|\bsend_fd_number\b")
                    where definitions.ContainsKey(call.Value) && definitions[call.Value] != file.Key
                    select (Caller: file.Key, Callee: definitions[call.Value], Function: call.Value);

        calls.Should().HaveCountGreaterThan(100);
        calls.Where(call => s_layers.IndexOf(call.Callee) >= s_layers.IndexOf(call.Caller)).Distinct().Should().BeEmpty();
    }

    private static IEnumerable<string> Definitions(string source) =>
        Regex.Matches(source, @"^(?!static)[\w ]+[ *](\w+)\([^;{}]*\)\n\{", RegexOptions.Multiline).Select(match => match.Groups[1].Value);
}
