using System.Linq;
using System.Text;
using FluentAssertions;
using Lade.Configuration;
using Lade.Planning;
using Xunit;

namespace Lade.Tests.Planning;

public sealed class AutomaticUserNamespaceTests
{
    private static readonly Spec s_spec = new() { OciVersion = "1.3.0", Linux = new LinuxSpec { Namespaces = [new NamespaceSpec(NamespaceType.Mount, null)] } };

    [Fact]
    public void UserIsRootAndSubordinateIdsFollow()
    {
        LinuxSpec linux = AutomaticUserNamespace.Add(s_spec, 1000, 1001, [new IdRange(100000, 65536), new IdRange(300000, 10)], []).Linux!;

        linux.Namespaces.Select(n => n.Type).Should().Equal(NamespaceType.Mount, NamespaceType.User);
        linux.UidMappings.Should().Equal(new IdMapping(0, 1000, 1), new IdMapping(1, 100000, 65536), new IdMapping(65537, 300000, 10));
        linux.GidMappings.Should().Equal(new IdMapping(0, 1001, 1));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("/proc/1/ns/user")]
    public void ConfiguredUserNamespaceIsKept(string? path)
    {
        Spec spec = s_spec with { Linux = new LinuxSpec { Namespaces = [new NamespaceSpec(NamespaceType.User, path)] } };

        AutomaticUserNamespace.Add(spec, 1000, 1000, [new IdRange(1, 1)], []).Should().BeSameAs(spec);
    }

    [Fact]
    public void ConfigWithoutLinuxGetsOne() =>
        AutomaticUserNamespace.Add(new Spec { OciVersion = "1.3.0" }, 5, 6, [], []).Linux!.UidMappings.Should().Equal(new IdMapping(0, 5, 1));

    [Theory]
    [InlineData("", "")]
    [InlineData("sailor:100000:65536\n", "100000+65536")]
    [InlineData("1000:100000:65536", "100000+65536")]
    [InlineData("other:1:1\nsailor:2:3\n# sailor:9:9\nsailor:7:8\n1000:20:1", "2+3 7+8 20+1")]
    [InlineData("sailor:x:1\nsailor:1\nsailor:1:2:3\nsailor:-1:5\nsailor:5:0\nsailor:4294967295:2\n10000:1:1", "")]
    public void SubordinateIdsOfAUser(string text, string ranges) =>
        string.Join(' ', SubordinateIds.Parse(Encoding.UTF8.GetBytes(text), "sailor", 1000).Select(r => r.First + "+" + r.Count)).Should().Be(ranges);
}
