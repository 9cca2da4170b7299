using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using Lade.Info;
using Lade.State;
using Xunit;

namespace Lade.Tests.Info;

public sealed class InfoTests
{
    [Fact]
    public void Text_has_two_columns()
    {
        InfoSection[] sections = [new("one", [new("a", "1"), new("longer", "2\n3")]), new("two", [new("b", "x")])];

        InfoSection.Text(sections).Should().Be("one\n  a       1\n  longer  2\n          3\n\ntwo\n  b  x\n");
        Encoding.UTF8.GetString(InfoSection.Json(sections).Span).Should().Be("{\n  \"one\": {\n    \"a\": \"1\",\n    \"longer\": \"2\\n3\"\n  },\n  \"two\": {\n    \"b\": \"x\"\n  }\n}\n");
    }

    [Fact]
    public void Report_has_every_section_and_nothing_secret()
    {
        Environment.SetEnvironmentVariable("LADE_TEST_SECRET", "hunter2");
        IReadOnlyList<InfoSection> report = HostReport.Gather("0.1.0", "abc", "1.3.0", StateRoot.FromOption("/nonesuch"));

        report.Select(s => s.Name).Should().Equal("lade", "system", "cgroups", "namespaces", "security", "user", "programs");
        report.SelectMany(s => s.Facts).Should().OnlyContain(f => f.Key.Length > 0 && f.Value.Length > 0);
        string text = InfoSection.Text(report);
        text.Should().Contain("0.1.0").And.Contain("/nonesuch (does not exist)").And.Contain(System.IO.File.ReadAllText("/proc/sys/kernel/osrelease").Trim());
        text.Should().NotContain("hunter2").And.NotContain(" " + Environment.MachineName + "\n");
        JsonDocument.Parse(InfoSection.Json(report)).RootElement.EnumerateObject().Should().HaveCount(7);
    }
}
