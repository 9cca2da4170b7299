using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using Lade.Cli;
using Lade.Configuration;
using Lade.Rootfs;
using Lade.Tests.Configuration;
using Xunit;

namespace Lade.Tests.Cli;

/// <summary>The output of <c>features</c>.</summary>
public sealed class FeaturesDocumentTests
{
    /// <summary>Every key that features.md and features-linux.md of the specification know, in our order, and what kind of value it has.</summary>
    [Fact]
    public void Features_has_the_structure_of_the_specification()
    {
        string text = Encoding.UTF8.GetString(FeaturesDocument.ToJson());
        text.Should().StartWith("{\n    \"ociVersionMin\": \"1.0.0\",\n    \"ociVersionMax\": \"1.3.0\",\n    \"hooks\": [\n        \"prestart\",").And.EndWith("\n}\n");

        using JsonDocument document = JsonDocument.Parse(text);
        Shape(document.RootElement, "").Should().Equal(
            "/ociVersionMin string", "/ociVersionMax string", "/hooks strings", "/mountOptions strings",
            "/linux/namespaces strings", "/linux/capabilities strings",
            "/linux/cgroup/v1 boolean", "/linux/cgroup/v2 boolean", "/linux/cgroup/systemd boolean", "/linux/cgroup/systemdUser boolean", "/linux/cgroup/rdma boolean",
            "/linux/seccomp/enabled boolean", "/linux/seccomp/actions strings", "/linux/seccomp/operators strings", "/linux/seccomp/archs strings",
            "/linux/seccomp/knownFlags strings", "/linux/seccomp/supportedFlags strings",
            "/linux/apparmor/enabled boolean", "/linux/selinux/enabled boolean",
            "/linux/intelRdt/enabled boolean", "/linux/intelRdt/schemata boolean", "/linux/intelRdt/monitoring boolean",
            "/linux/memoryPolicy/modes strings", "/linux/memoryPolicy/flags strings",
            "/linux/mountExtensions/idmap/enabled boolean", "/linux/netDevices/enabled boolean",
            "/annotations/org.lade.commit string", "/annotations/org.lade.version string", "/potentiallyUnsafeConfigAnnotations strings");
    }

    [Fact]
    public void Features_are_those_of_this_build()
    {
        using JsonDocument document = JsonDocument.Parse(FeaturesDocument.ToJson().ToArray());
        JsonElement root = document.RootElement;
        Strings(root, "hooks").Should().Equal("prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop");
        Strings(root, "mountOptions").Should().HaveCount(70).And.BeInAscendingOrder(StringComparer.Ordinal).And.OnlyHaveUniqueItems()
            .And.Contain(["bind", "ro", "rro", "tmpcopyup", "rnodev", "idmap", "copy-symlink"]);

        JsonElement linux = root.GetProperty("linux");
        Strings(linux, "namespaces").Should().BeInAscendingOrder(StringComparer.Ordinal).And.BeEquivalentTo(SpecNames.Namespaces.Split(' '));
        Strings(linux, "capabilities").Should().HaveCount(41).And.OnlyHaveUniqueItems().And.OnlyContain(name => name.StartsWith("CAP_", StringComparison.Ordinal));
        JsonElement seccomp = linux.GetProperty("seccomp");
        Strings(seccomp, "actions").Should().BeInAscendingOrder(StringComparer.Ordinal).And.BeEquivalentTo(SpecNames.SeccompActions.Split(' '));
        Strings(seccomp, "operators").Should().BeInAscendingOrder(StringComparer.Ordinal).And.BeEquivalentTo(SpecNames.SeccompOperators.Split(' '));
        Strings(seccomp, "archs").Should().BeInAscendingOrder(StringComparer.Ordinal).And.BeEquivalentTo(SpecNames.SeccompArchs.Split(' '));
        Strings(seccomp, "knownFlags").Should().BeInAscendingOrder(StringComparer.Ordinal).And.BeEquivalentTo(SpecNames.SeccompFlags.Split(' '));
        Strings(seccomp, "supportedFlags").Should().BeSubsetOf(Strings(seccomp, "knownFlags"));
        Strings(linux.GetProperty("memoryPolicy"), "modes").Should().BeInAscendingOrder(StringComparer.Ordinal).And.BeEquivalentTo(SpecNames.MemoryPolicyModes.Split(' '));
        Strings(linux.GetProperty("memoryPolicy"), "flags").Should().BeInAscendingOrder(StringComparer.Ordinal).And.BeEquivalentTo(SpecNames.MemoryPolicyFlags.Split(' '));
        foreach (string property in (string[])["apparmor", "selinux", "netDevices"])
            linux.GetProperty(property).GetProperty("enabled").GetBoolean().Should().BeTrue(property);
        linux.GetProperty("intelRdt").EnumerateObject().Should().OnlyContain(member => member.Value.ValueKind == JsonValueKind.True);
    }

    /// <summary>A config of the lowest and of the highest version is accepted.</summary>
    [Theory]
    [InlineData("ociVersionMin")]
    [InlineData("ociVersionMax")]
    public void Configs_of_the_versions_in_features_are_valid(string property)
    {
        using JsonDocument document = JsonDocument.Parse(FeaturesDocument.ToJson().ToArray());
        string version = document.RootElement.GetProperty(property).GetRawText();

        ConfigDocument.ProblemsOf(ConfigDocument.With("/ociVersion", version)).Should().BeEmpty();
    }

    private static IEnumerable<string> Shape(JsonElement element, string path)
    {
        foreach (JsonProperty property in element.EnumerateObject())
        {
            string name = path + "/" + property.Name;
            if (property.Value.ValueKind == JsonValueKind.Object)
            {
                foreach (string inner in Shape(property.Value, name))
                    yield return inner;
            }
            else
            {
                yield return name + " " + property.Value.ValueKind switch
                {
                    JsonValueKind.String => "string",
                    JsonValueKind.True or JsonValueKind.False => "boolean",
                    JsonValueKind.Array when property.Value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String) => "strings",
                    _ => property.Value.ValueKind.ToString(),
                };
            }
        }
    }

    /// <summary>Options of mount(8), of config.md and of crun, with all their forms; what no table knows goes to the file system.</summary>
    [Fact]
    public void Mount_options_in_features_are_those_parsed()
    {
        using JsonDocument document = JsonDocument.Parse(FeaturesDocument.ToJson().ToArray());
        string[] words =
        [
            "ro", "rw", "suid", "dev", "exec", "sync", "async", "dirsync", "mand", "atime", "diratime", "relatime", "strictatime", "symfollow", "lazytime", "iversion",
            "silent", "loud", "defaults", "bind", "remount", "shared", "slave", "private", "unbindable", "idmap", "tmpcopyup", "copy-symlink", "src-nofollow", "dest-nofollow",
            "move", "acl", "user", "users", "owner", "group", "auto", "nofail", "_netdev", "posixacl", "size=1k", "mode", "context", "xattr", "discard", "barrier",
        ];
        IEnumerable<string> forms = words.SelectMany(word => new[] { word, "no" + word, "r" + word, "rno" + word });

        Strings(document.RootElement, "mountOptions").Should().BeEquivalentTo(forms.Where(word => MountOptions.Parse([word]).Data.Count == 0));
    }

    /// <summary>Found by their names in the code, so that one that is added counts from then on.</summary>
    [Fact]
    public void Annotations_with_effects_are_listed_as_unsafe()
    {
        using JsonDocument document = JsonDocument.Parse(FeaturesDocument.ToJson().ToArray());
        string[] unsafes = Strings(document.RootElement, "potentiallyUnsafeConfigAnnotations").ToArray();
        string[] known = [.. typeof(FeaturesDocument).Assembly.GetTypes().Where(type => type.Name.EndsWith("Annotations", StringComparison.Ordinal))
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(field => field.IsLiteral).Select(field => field.GetRawConstantValue()).OfType<string>()
            .Where(text => text.StartsWith("run.", StringComparison.Ordinal) || text.StartsWith("org.", StringComparison.Ordinal))];

        known.Should().HaveCountGreaterThanOrEqualTo(11).And.Contain(["run.oci.delegate-cgroup", "run.oci.systemd.subgroup", "org.systemd.property."]);
        known.Where(name => !unsafes.Any(listed => listed == name || (listed.EndsWith('.') && name.StartsWith(listed, StringComparison.Ordinal)))).Should().BeEmpty();
    }

    private static string[] Strings(JsonElement element, string name) => element.GetProperty(name).EnumerateArray().Select(value => value.GetString()!).ToArray();
}
