using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Cli;

/// <summary>What `features` lists is what a config may have, and nothing else: by `plan`, which reads and checks as `create` does.</summary>
public sealed class FeaturesTests : ContainerTest
{
    private readonly JsonNode _features;

    public FeaturesTests() => _features = JsonNode.Parse(Bundle.Lade.Run("features").Stdout)!;

    private string[] Listed(string pointer)
    {
        JsonNode at = _features;
        foreach (string name in pointer.Split('/'))
            at = at[name]!;
        return [.. at.AsArray().Select(item => (string)item!)];
    }

    /// <summary>Why the bundle's config is refused; empty when it is not.</summary>
    private string Refusal()
    {
        Bundle.Save();
        CommandResult result = Bundle.Lade.Run("plan", "--bundle", Bundle.Path);
        return result.ExitCode == 0 ? "" : result.Error();
    }

    [Fact]
    public void Namespaces()
    {
        Bundle.UserNamespace().Set("/linux/namespaces", new JsonArray([.. Listed("linux/namespaces").Select(type => (JsonNode)new JsonObject { ["type"] = type })]));
        Refusal().Should().BeEmpty();

        Bundle.Set("/linux/namespaces/0/type", "pidns");
        Refusal().Should().Contain("/linux/namespaces/0/type: 'pidns' is unknown; allowed are ");
        Refusal().Split("allowed are ")[1].Split(", ").Should().BeEquivalentTo(Listed("linux/namespaces"));
    }

    [Fact]
    public void Capabilities()
    {
        Bundle.Capabilities(Listed("linux/capabilities")).Save();
        CommandResult result = Bundle.Lade.Run("plan", "--bundle", Bundle.Path);
        result.ExitCode.Should().Be(0);
        result.Stdout.Should().NotContain("unknown");

        Bundle.Capabilities(["CAP_SAIL"]).Save();
        Bundle.Lade.Run("plan", "--bundle", Bundle.Path).Stdout.Should().Contain("CAP_SAIL");
    }

    [Fact]
    public void Seccomp()
    {
        SetAll();
        Refusal().Should().BeEmpty();
        foreach (string pointer in (string[])["architectures/0", "syscalls/0/action", "syscalls/9/args/0/op", "flags/0"])
        {
            SetAll();
            Bundle.Set("/linux/seccomp/" + pointer, "SCMP_NONE");
            string set = pointer switch { "architectures/0" => "archs", "syscalls/0/action" => "actions", "flags/0" => "knownFlags", _ => "operators" };
            Refusal().Should().Contain("/linux/seccomp/" + pointer + ": 'SCMP_NONE' is unknown; allowed are ");
            Refusal().Split("allowed are ")[1].Split(", ").Should().BeEquivalentTo(Listed("linux/seccomp/" + set));
        }

        void SetAll() => Bundle.Set("/linux/seccomp", new JsonObject
        {
            ["defaultAction"] = "SCMP_ACT_ALLOW",
            ["listenerPath"] = "/run/agent",
            ["architectures"] = Bundle.Array(Listed("linux/seccomp/archs")),
            ["flags"] = Bundle.Array(Listed("linux/seccomp/knownFlags")),
            ["syscalls"] = new JsonArray(
            [
                .. Listed("linux/seccomp/actions").Select((name, i) => (JsonNode)new JsonObject { ["names"] = Bundle.Array(s_calls[i]), ["action"] = name }),
                .. Listed("linux/seccomp/operators").Select(name => (JsonNode)new JsonObject
                {
                    ["names"] = Bundle.Array("personality"),
                    ["action"] = "SCMP_ACT_ERRNO",
                    ["args"] = new JsonArray(new JsonObject { ["index"] = 0, ["value"] = 1, ["op"] = name }),
                }),
            ]),
        });
    }

    private static readonly string[] s_calls = ["acct", "swapon", "swapoff", "reboot", "mount", "umount2", "chroot", "ptrace", "bpf"];

    [Fact]
    public void Memory_policies()
    {
        foreach (string mode in Listed("linux/memoryPolicy/modes"))
        {
            Bundle.Set("/linux/memoryPolicy", new JsonObject { ["mode"] = mode, ["nodes"] = mode is "MPOL_DEFAULT" or "MPOL_LOCAL" ? "" : "0" });
            Refusal().Should().BeEmpty(mode);
        }

        foreach (string flag in Listed("linux/memoryPolicy/flags"))
        {
            Bundle.Set("/linux/memoryPolicy", new JsonObject { ["mode"] = "MPOL_BIND", ["nodes"] = "0", ["flags"] = Bundle.Array(flag) });
            Refusal().Should().BeEmpty(flag);
        }

        Bundle.SetJson("/linux/memoryPolicy", """{ "mode": "MPOL_NONE", "nodes": "0" }""");
        Refusal().Split("allowed are ")[1].Split(", ").Should().BeEquivalentTo(Listed("linux/memoryPolicy/modes"));
    }

    [Fact]
    public void Mount_options()
    {
        // With a bind mount a word that is not known is an error: it could only be data of a file system.
        foreach (string option in Listed("mountOptions").Except(["tmpcopyup", "idmap", "ridmap"]))
        {
            Mounted("bind", option);
            Refusal().Should().BeEmpty(option);
        }

        foreach (string unknown in (string[])["acl", "user", "nofail", "rbindable", "rsilent", "move", "noshared", "ridmap2"])
        {
            Mounted("bind", unknown);
            Refusal().Should().Contain("/mounts/").And.Contain(unknown);
        }

        Bundle.Config["mounts"]!.AsArray()[^1] = JsonNode.Parse("""{ "destination": "/data", "type": "tmpfs", "options": [ "tmpcopyup" ] }""");
        Refusal().Should().BeEmpty();
        foreach (string option in (string[])["idmap", "ridmap"])
        {
            Mounted("rbind", option);
            JsonNode mount = Bundle.Config["mounts"]!.AsArray()[^1]!;
            mount["uidMappings"] = JsonNode.Parse("""[ { "containerID": 0, "hostID": 1000, "size": 1 } ]""");
            mount["gidMappings"] = mount["uidMappings"]!.DeepClone();
            Refusal().Should().BeEmpty(option);
        }

        void Mounted(params string[] options)
        {
            JsonArray mounts = Bundle.Config["mounts"]!.AsArray();
            if ((string)mounts[^1]!["destination"]! == "/data")
                mounts.RemoveAt(mounts.Count - 1);
            Bundle.Mount("/data", null, "/tmp", options);
        }
    }

    [Fact]
    public void Hooks()
    {
        foreach (string kind in Listed("hooks"))
            Bundle.Hook(kind, "relative");

        // Each list is read, since each is found to be wrong.
        IEnumerable<string> lists = Refusal().Split("/hooks/").Skip(1).Select(part => part.Split('/')[0]);
        lists.Should().BeEquivalentTo(Listed("hooks"));
    }
}
