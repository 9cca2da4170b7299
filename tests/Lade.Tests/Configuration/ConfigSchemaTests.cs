using System;
using System.Buffers;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Lade.Configuration;
using Lade.State;
using Xunit;

namespace Lade.Tests.Configuration;

/// <summary>What comes from the records besides the reader: the tables of names, the schema, the writer.</summary>
public sealed class ConfigSchemaTests
{
    private static readonly string s_full = File.ReadAllText("Configuration/full.json");

    [Theory]
    [InlineData("", "ociVersion root mounts process hostname domainname hooks annotations linux")]
    [InlineData("/root", "path readonly")]
    [InlineData("/mounts/3/uidMappings/0", "containerID hostID size")]
    [InlineData("/hooks/poststop/0", "path args env timeout")]
    [InlineData("/linux/resources/pids", "limit")]
    [InlineData("/linux/resources/rdma/mlx5_1", "hcaHandles hcaObjects")]
    [InlineData("/linux/netDevices/a~1b", "name")]
    [InlineData("/linux/seccomp/syscalls/0/args/1", "index value valueTwo op")]
    public void Properties_of_an_object(string place, string names) => ConfigSchema.PropertiesAt(new JsonPointer(place)).Should().Equal(names.Split(' '));

    [Theory]
    [InlineData("/nothing")]
    [InlineData("/mounts")]
    [InlineData("/linux/resources/rdma")]
    [InlineData("/hostname")]
    [InlineData("/hostname/x")]
    [InlineData("/annotations/x")]
    [InlineData("/linux/seccomp/flags/0")]
    [InlineData("/mounts/0/options/0")]
    public void Where_there_is_no_object(string place) => ConfigSchema.PropertiesAt(new JsonPointer(place)).Should().BeNull();

    [Fact]
    public void A_full_document_has_nothing_unknown()
    {
        UnknownIn(s_full).Should().BeEmpty();
        ConfigDocument.SampleNames.Should().HaveCountGreaterThan(9);
        ConfigDocument.SampleNames.SelectMany(name => UnknownIn(File.ReadAllText("Samples/" + name))).Should().BeEmpty();
    }

    /// <summary>A name too many, in each object of the full document, wherever it is.</summary>
    [Fact]
    public void An_unknown_name_is_found_in_every_object()
    {
        string[] objects = [.. ObjectsIn(JsonNode.Parse(s_full)!, "").Where(at => ConfigSchema.PropertiesAt(new JsonPointer(at)) is not null)];

        objects.Should().HaveCountGreaterThan(60);
        foreach (string at in objects)
            UnknownIn(ConfigDocument.Edit(s_full, at + "/nope", "{\"path\": 1}")).Should().Equal([at + "/nope"]);
    }

    [Fact]
    public void Names_of_maps_and_of_other_platforms_are_not_unknown()
    {
        string document = s_full;
        foreach (string place in (string[])["/windows", "/vm", "/solaris", "/zos", "/freebsd", "/process/commandLine", "/process/user/username", "/annotations/x", "/linux/sysctl/x", "/linux/resources/unified/x"])
            document = ConfigDocument.Edit(document, place, "\"x\"");

        UnknownIn(document).Should().BeEmpty();
        UnknownIn(ConfigDocument.Edit(document, "/process/windows", "{}")).Should().Equal("/process/windows");
        UnknownIn("""{"mounts": {"x": 1}, "root": [], "Root": {}, "hooks": null}""").Should().Equal("/Root");
        UnknownIn("[]").Should().BeEmpty();
    }

    [Fact]
    public void Documents_of_a_command_have_the_place_of_their_object()
    {
        using JsonDocument process = JsonDocument.Parse(File.ReadAllText("Samples/docker-exec-process.json"));
        using JsonDocument resources = JsonDocument.Parse("""{"memory": {"limit": 1, "Limit": 1}, "cpus": {}}""");

        ConfigSchema.UnknownProperties(process.RootElement, JsonPointer.Of("process")).Should().BeEmpty();
        ConfigSchema.UnknownProperties(resources.RootElement, JsonPointer.Of("linux", "resources")).Select(place => place.ToString()).Should().Equal("/memory/Limit", "/cpus");
        FluentActions.Invoking(() => ConfigSchema.UnknownProperties(process.RootElement, JsonPointer.Of("hostname"))).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void The_schema_is_the_one_checked_in() => Repository.Read("docs/config.schema.json").Should().Be(ConfigSchema.Document);

    /// <summary>Each object of the schema has the properties of the record, and words for each.</summary>
    [Fact]
    public void The_schema_describes_every_property()
    {
        using JsonDocument schema = JsonDocument.Parse(ConfigSchema.Document);
        JsonElement objects = schema.RootElement.GetProperty("$defs");

        objects.EnumerateObject().Select(record => record.Name).Should().HaveCount(37).And.BeInAscendingOrder(StringComparer.Ordinal);
        foreach (JsonProperty record in objects.EnumerateObject())
        {
            record.Value.GetProperty("description").GetString().Should().NotBeNullOrEmpty();
            foreach (JsonProperty property in record.Value.GetProperty("properties").EnumerateObject())
                property.Value.GetProperty("description").GetString().Should().MatchRegex(@"^[A-Z0-9].*[.:]$", record.Name + "." + property.Name + " is described");
        }

        objects.GetProperty("RlimitSpec").GetProperty("required").EnumerateArray().Select(name => name.GetString()).Should().Equal("type", "soft", "hard");
        objects.GetProperty("RlimitSpec").GetProperty("properties").GetProperty("type").GetProperty("enum").EnumerateArray().Select(name => name.GetString())
            .Should().Equal(SpecNames.Rlimits.Split(' '));
        objects.GetProperty("ProcessSpec").GetProperty("properties").GetProperty("oomScoreAdj").GetProperty("minimum").GetInt32().Should().Be(-1000);
    }

    [Fact]
    public void What_is_written_is_what_was_read()
    {
        Spec full = Parse(s_full);

        Parse(Written(full)).Should().BeEquivalentTo(full);
        foreach (string name in ConfigDocument.SampleNames)
        {
            Spec sample = Parse(File.ReadAllText("Samples/" + name));
            Parse(Written(sample)).Should().BeEquivalentTo(sample, name);
        }
    }

    /// <summary>Nothing is left out, and nothing gets another name: the text is that of the document, but for order and for what says the same as its absence.</summary>
    [Fact]
    public void Every_property_is_written_by_its_name()
    {
        string[] written = [.. Leaves(JsonNode.Parse(Written(Parse(s_full)).Span)!, "")];

        string[] given = [.. Leaves(JsonNode.Parse(s_full)!, "")];
        given.Except(written).Should().OnlyContain(leaf => leaf.StartsWith("/process/commandLine: ") || leaf.StartsWith("/process/user/username: "), "another platform's are not read");
        written.Except(given).Should().OnlyContain(leaf => leaf.EndsWith(": 0") || leaf.Contains("/devices/"), "absent numbers that are 0, and defaults of device rules, are all that is added");
    }

    [Fact]
    public void Hook_kinds_are_in_the_order_of_the_hooks() =>
        Enum.GetNames<HookKinds>().Skip(1).Select(name => char.ToLowerInvariant(name[0]) + name[1..]).Should().Equal(SpecNames.Hooks.Split(' '));

    private static string[] UnknownIn(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return [.. ConfigSchema.UnknownProperties(document.RootElement).Select(place => place.ToString())];
    }

    private static ReadOnlyMemory<byte> Written(Spec spec)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, JsonEscaping.Compact))
            SpecWriter.Write(json, spec);
        return output.WrittenMemory;
    }

    private static Spec Parse(string json) => Parse(ConfigDocument.Bytes(json));

    private static Spec Parse(ReadOnlyMemory<byte> json)
    {
        var problems = new List<ConfigProblem>();
        Spec? spec = SpecReader.Parse(json, problems);
        problems.Should().BeEmpty();
        return spec!;
    }

    private static IEnumerable<string> ObjectsIn(JsonNode? node, string at)
    {
        if (node is JsonObject)
            yield return at;
        foreach ((string step, JsonNode? child) in Children(node))
        {
            foreach (string inner in ObjectsIn(child, at + "/" + step))
                yield return inner;
        }
    }

    private static IEnumerable<string> Leaves(JsonNode node, string at) =>
        node is JsonValue ? [at + ": " + node.ToJsonString()] : Children(node).SelectMany(child => Leaves(child.Node!, at + "/" + child.Step));

    private static IEnumerable<(string Step, JsonNode? Node)> Children(JsonNode? node) => node switch
    {
        JsonObject members => members.Select(member => (member.Key, member.Value)),
        JsonArray elements => elements.Select((element, i) => (i.ToString(), element)),
        _ => [],
    };
}
