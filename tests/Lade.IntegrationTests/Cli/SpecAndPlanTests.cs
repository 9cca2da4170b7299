using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Cli;

/// <summary>`spec` writes a config that runs; `plan` says what a config does.</summary>
public sealed class SpecAndPlanTests : ContainerTest
{
    [Fact]
    public void Spec_writes_a_config_with_tabs_that_runs()
    {
        CommandResult result = Bundle.Lade.Run("spec", "--bundle", Bundle.Path);

        result.Should().Be(new CommandResult(0, "", ""));
        string text = File.ReadAllText(Bundle.Path + "/config.json");
        text.Should().StartWith("{\n\t\"ociVersion\": \"1.3.0\",\n");
        File.WriteAllText(Bundle.Path + "/config.json", text.Replace("\"terminal\": true", "\"terminal\": false"));
        Bundle.Lade.Run("echo from the shell\n", ["run", "--bundle", Bundle.Path, Bundle.Name]).Should().Be(new CommandResult(0, "from the shell\n", ""));
    }

    [Fact]
    public void Spec_does_not_overwrite()
    {
        File.WriteAllText(Bundle.Path + "/config.json", "mine");
        Bundle.Lade.WorkingDirectory = Bundle.Path;

        CommandResult result = Bundle.Lade.Run("spec");

        result.ExitCode.Should().Be(1);
        result.Error().Should().Be("File config.json exists. Remove it first");
        File.ReadAllText(Bundle.Path + "/config.json").Should().Be("mine");
    }

    [Fact]
    public void Spec_obeys_the_umask()
    {
        Bundle.Lade.Surroundings = "umask 027";
        Bundle.Lade.Run("spec", "--bundle", Bundle.Path).ExitCode.Should().Be(0);

        File.GetUnixFileMode(Bundle.Path + "/config.json").Should().Be((UnixFileMode)0b110_100_000);
    }

    [Fact]
    public void Spec_for_a_user_without_privileges_has_a_user_namespace_and_no_network()
    {
        Bundle.Lade.Run("spec", "--rootless", "--bundle", Bundle.Path).ExitCode.Should().Be(0);

        JsonNode linux = JsonNode.Parse(File.ReadAllText(Bundle.Path + "/config.json"))!["linux"]!;

        string[] types = [.. linux["namespaces"]!.AsArray().Select(n => (string)n!["type"]!)];
        types.Should().Contain("user").And.NotContain("network");
        ((int)linux["uidMappings"]![0]!["size"]!).Should().Be(1);
        linux["resources"].Should().BeNull();
    }

    [Fact]
    public void A_rootless_spec_runs()
    {
        Bundle.Lade.Run("spec", "--rootless", "--bundle", Bundle.Path).ExitCode.Should().Be(0);
        string text = File.ReadAllText(Bundle.Path + "/config.json");
        Bundle.Replace(text).Script("id -u; cat /proc/self/uid_map");

        CommandResult result = NewContainer().Run();

        result.Stderr.Should().BeEmpty();
        result.Lines[0].Should().Be("0");
    }

    [Fact]
    public void A_plan_is_a_list_of_operations_with_their_origins()
    {
        Bundle.Save();

        CommandResult result = Bundle.Lade.Run("plan", "--bundle", Bundle.Path);

        result.ExitCode.Should().Be(0);
        result.Lines[0].Should().StartWith("start init in new namespaces: ").And.Contain("CLONE_NEWPID");
        result.Lines.Should().Contain(l => l.Contains("mount proc on /proc") && l.EndsWith("  /mounts/0"));
        result.Lines.Should().Contain(l => l.EndsWith("  /hostname"));
        Bundle.Lade.Run("plan", "--bundle", Bundle.Path).Should().Be(result, "the same config gives the same plan");
        Directory.Exists(Bundle.Lade.StateRoot).Should().BeFalse("nothing is made");
    }

    [Fact]
    public void A_plan_in_json_has_the_same_operations()
    {
        Bundle.Save();
        string[] lines = Bundle.Lade.Run("plan", "--bundle", Bundle.Path).Lines;

        CommandResult result = Bundle.Lade.Run("plan", "--format", "json", "--bundle", Bundle.Path);

        JsonArray operations = JsonNode.Parse(result.Stdout)!["operations"]!.AsArray();
        operations.Should().HaveCount(lines.Count(l => char.IsAsciiDigit(l.TrimStart()[0])));
        operations.Should().OnlyContain(o => (string)o!["operation"]! != "" && o["arguments"] is JsonObject);
        operations.Select(o => (string)o!["operation"]!).Last().Should().Be("Execute");
    }

    [Fact]
    public void A_plan_of_a_broken_config_is_its_error()
    {
        Bundle.Set("/process/cwd", "relative").Save();

        CommandResult result = Bundle.Lade.Run("plan", "--bundle", Bundle.Path);

        result.ExitCode.Should().Be(1);
        result.Error().Should().Contain("/process/cwd: 'relative' is no absolute path");
        Bundle.Lade.Run("plan", "--format", "xml", "--bundle", Bundle.Path).Error().Should().Be("invalid format option");
    }
}
