using System;
using System.Linq;
using FluentAssertions;
using Lade.Configuration;
using Xunit;

namespace Lade.Tests.Configuration;

/// <summary>The documents of `mounts add` and `mounts remove`.</summary>
public sealed class MountDocumentTests
{
    [Theory]
    [InlineData("""[{"destination": "/a", "type": "tmpfs"}, {"destination": "b", "source": "/s", "options": ["bind"]}]""")]
    [InlineData("""  {"mounts": [{"destination": "/a", "type": "tmpfs"}, {"destination": "b", "source": "/s", "options": ["bind"]}], "root": {}}""")]
    public void An_array_or_an_object_with_one(string json)
    {
        SpecReader.ReadMounts(ConfigDocument.Bytes(json), "m.json", new LinuxSpec()).Select(m => m.Destination).Should().Equal("/a", "b");
        SpecReader.ReadMountDestinations(ConfigDocument.Bytes(json), "m.json").Should().Equal("/a", "b");
    }

    [Theory]
    [InlineData("[]", "/mounts")]
    [InlineData("{}", "/mounts")]
    [InlineData("3", "")]
    [InlineData("""["x"]""", "/mounts/0")]
    [InlineData("""[{"destination": "/a", "options": ["bind"]}]""", "/mounts/0/source")]
    [InlineData("""[{"destination": "/a", "type": "cgroup"}]""", "/mounts/0/type")]
    [InlineData("""[{"destination": "/a", "source": "/s", "options": ["bind", "idmap"]}]""", "/mounts/0/options/1")]
    public void Problems_are_named_as_in_a_config(string json, string pointer)
    {
        Action read = () => SpecReader.ReadMounts(ConfigDocument.Bytes(json), "m.json", new LinuxSpec());

        read.Should().Throw<LadeException>().Which.Problems.Select(p => p.Pointer.ToString()).Should().Contain(pointer);
    }

    [Fact]
    public void To_remove_a_destination_is_enough() =>
        SpecReader.ReadMountDestinations(ConfigDocument.Bytes("""[{"destination": "/a"}]"""), "m.json").Should().Equal("/a");
}
