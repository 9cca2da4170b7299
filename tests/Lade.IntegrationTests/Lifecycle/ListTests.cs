using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Lifecycle;

public sealed class ListTests : ContainerTest
{
    private const string Header = "ID          PID         STATUS      BUNDLE      CREATED     OWNER\n";

    [Fact]
    public void An_empty_list_is_a_header_or_null_or_nothing()
    {
        Directory.CreateDirectory(Bundle.Lade.StateRoot);

        Bundle.Lade.Run("list").Should().Be(new CommandResult(0, Header, ""));
        Bundle.Lade.Run("list", "--format", "json").Should().Be(new CommandResult(0, "null\n", ""));
        Bundle.Lade.Run("list", "--quiet").Should().Be(new CommandResult(0, "", ""));
    }

    [Fact]
    public void A_given_root_that_does_not_exist_is_an_error()
    {
        CommandResult result = Bundle.Lade.Run("list");

        result.ExitCode.Should().Be(1);
        result.Error().Should().Be("open " + Bundle.Lade.StateRoot + ": ENOENT: no such file or directory");
    }

    [Theory]
    [InlineData("table", Header)]
    [InlineData("json", "null\n")]
    public void A_default_root_that_does_not_exist_has_no_containers(string format, string text)
    {
        Machine.NeedsFile("/usr/bin/setpriv");
        // That of an ordinary user, since another may be in use on this machine.
        Machine.Sh("chmod 755 " + Bundle.Directory);

        Machine.Sh($"XDG_RUNTIME_DIR={Bundle.Directory}/none setpriv --reuid 1000 --regid 1000 --clear-groups {LadeProgram.Path} list --format {format}; echo $?")
            .Should().Be(text + "0");
    }

    [Fact]
    public void The_root_may_not_be_the_file_systems()
    {
        // The last --root counts.
        CommandResult result = Bundle.Lade.Run([]);
        result.ExitCode.Should().Be(0);
        Bundle.Lade.GlobalOptions = ["--root", "/"];

        result = Bundle.Lade.Run("list");

        result.ExitCode.Should().Be(1);
        result.Error().Should().Be("Option --root argument should not be set to /");
    }

    [Fact]
    public void Containers_stand_in_the_order_of_their_ids()
    {
        Bundle.Sleeps();
        Container b = NewContainer("b").Create();
        Bundle second = NewBundle();
        second.Sleeps().Set("/annotations", new JsonObject { ["k"] = "v" }).Save();
        Keep(new ForcedDelete(Bundle.Lade, "a-much-longer-id"));
        Bundle.Lade.Run("run", "--detach", "--bundle", second.Path, "a-much-longer-id").ExitCode.Should().Be(0);

        string[] lines = Bundle.Lade.Run("list").Lines;
        lines.Should().HaveCount(3);
        lines[0].Should().MatchRegex("^ID {17}PID {9}STATUS {6}BUNDLE +CREATED +OWNER$");
        lines[1].Should().MatchRegex("^a-much-longer-id   \\d+ +running +" + second.Path + "   \\S+Z +root$");
        lines[2].Should().MatchRegex("^b {18}" + b.Pid + " +created +" + Bundle.Path + "   +\\S+Z +root$");
        lines.Skip(1).Select(l => l.IndexOf('/')).Distinct().Should().Equal(lines[0].IndexOf("BUNDLE", System.StringComparison.Ordinal));

        Bundle.Lade.Run("list", "-q").Stdout.Should().Be("a-much-longer-id\nb\n");

        string json = Bundle.Lade.Run("list", "-f", "json").Stdout;
        json.Should().EndWith("}]\n").And.NotContain("\n{");
        JsonArray array = JsonNode.Parse(json)!.AsArray();
        array.Should().HaveCount(2);
        array[0]!.AsObject().Select(p => p.Key).Should().Equal("ociVersion", "id", "pid", "status", "bundle", "rootfs", "created", "annotations", "owner");
        ((string)array[0]!["owner"]!).Should().Be("root");
        JsonNode state = b.State();
        state["owner"] = "root";
        JsonNode.DeepEquals(array[1], state).Should().BeTrue("a list is the states, with owners");
    }

    [Fact]
    public void An_unknown_format_is_an_error()
    {
        Directory.CreateDirectory(Bundle.Lade.StateRoot);

        CommandResult result = Bundle.Lade.Run("list", "--format", "yaml");

        result.ExitCode.Should().Be(1);
        result.Error().Should().Be("invalid format option");
    }

    [Fact]
    public void A_damaged_state_is_a_warning_and_does_not_hide_the_others()
    {
        Bundle.Sleeps();
        NewContainer("good").Create();
        Directory.CreateDirectory(Bundle.Lade.StateRoot + "/bad");
        File.WriteAllText(Bundle.Lade.StateRoot + "/bad/state.json", "{");
        File.WriteAllText(Bundle.Lade.StateRoot + "/a file", "");

        CommandResult result = Bundle.Lade.Run("list", "--quiet");

        result.ExitCode.Should().Be(0);
        result.Stdout.Should().Be("good\n");
        result.Warnings().Should().ContainSingle().Which.Should().StartWith("load container bad: " + Bundle.Lade.StateRoot + "/bad/state.json");
    }
}
