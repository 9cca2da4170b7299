using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Lifecycle;

/// <summary>What engines really write runs: their configs with only those things replaced that are not on this machine.</summary>
public sealed class SampleTests : ContainerTest
{
    [Theory]
    [InlineData("containerd-ctr")]
    [InlineData("containerd-ctr-seccomp")]
    [InlineData("cri-sandbox")]
    [InlineData("cri-container")]
    [InlineData("docker-run")]
    [InlineData("docker-bridge-prestart")]
    [InlineData("docker-host-namespaces")]
    [InlineData("docker-userns-remap")]
    [InlineData("podman-run")]
    [InlineData("podman-netns")]
    [InlineData("buildah")]
    public void A_config_of_an_engine_runs(string name)
    {
        Adapt(name);
        Container container = NewContainer();

        CommandResult result = container.Run();

        result.ExitCode.Should().Be(0, result.Stderr);
        result.Stdout.Should().Be("hello from " + name + "\n");
        container.Leftovers().Should().BeEmpty();
    }

    [Theory]
    [InlineData("docker-run")]
    [InlineData("cri-container")]
    [InlineData("podman-run")]
    public void A_config_of_an_engine_goes_through_its_lifecycle(string name)
    {
        Adapt(name);
        Bundle.Args("sleep", "1000");
        Container container = Create();

        container.Start().StatusWord.Should().Be("running");
        container.Kill("KILL");
        container.WaitForExit().Delete().Should().Be(new CommandResult(0, "", ""));

        container.Leftovers().Should().BeEmpty();
    }

    private void Adapt(string name)
    {
        Machine.NeedsCgroup1();
        Bundle.Replace(File.ReadAllText(Sample(name)));
        Bundle.Args("sh", "-c", "echo hello from " + name);
        DropMissingSources();
        ReplaceMissingNamespaces();
        DropMissingHooks();
        if (Bundle.Config["process"]!["env"] is null)
            Bundle.Env("PATH=/bin");
        if (Bundle.Config["linux"]!["uidMappings"] is JsonArray { Count: > 0 } maps)
            Machine.Sh($"find '{Bundle.Rootfs}' -type d -exec chown {maps[0]!["hostID"]}:{maps[0]!["hostID"]} {{}} +");
        // lade is root here, but the machine may lack CAP_SYS_RESOURCE, without which limits and scores can only be lowered.
        if (!HasSysResource())
        {
            Bundle.Remove("/process/rlimits").Remove("/process/oomScoreAdj");
        }
    }

    private static bool HasSysResource() => (Convert.ToUInt64(Container.Status(Environment.ProcessId)["CapEff"], 16) & (1UL << 24)) != 0;

    private static string Sample(string name)
    {
        for (string? at = AppContext.BaseDirectory; at is not null; at = Path.GetDirectoryName(at))
        {
            string path = at + "/tests/Lade.Tests/Samples/" + name + ".json";
            if (File.Exists(path))
                return path;
        }

        throw new FileNotFoundException(name);
    }

    private void DropMissingSources()
    {
        JsonArray mounts = Bundle.Config["mounts"]!.AsArray();
        foreach (JsonNode? mount in mounts.ToArray())
        {
            bool isBind = mount!["options"] is JsonArray options && options.Any(o => (string)o! is "bind" or "rbind");
            if (isBind && !Path.Exists((string)mount["source"]!))
                mounts.Remove(mount);
        }
    }

    private void ReplaceMissingNamespaces()
    {
        foreach (JsonNode? ns in Bundle.Config["linux"]!["namespaces"]!.AsArray())
        {
            if ((string?)ns!["path"] is { } path && !Path.Exists(path))
                ns.AsObject().Remove("path");
        }
    }

    private void DropMissingHooks()
    {
        if (Bundle.Config["hooks"] is not JsonObject hooks)
            return;
        foreach (KeyValuePair<string, JsonNode?> list in hooks)
        {
            foreach (JsonNode? hook in list.Value!.AsArray())
            {
                if (Path.Exists((string)hook!["path"]!))
                    continue;
                hook["path"] = "/bin/true";
            }
        }
    }
}
