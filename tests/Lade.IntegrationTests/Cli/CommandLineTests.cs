using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Cli;

/// <summary>The command line as engines use it.</summary>
public sealed class CommandLineTests : ContainerTest
{
    [Fact]
    public void Without_arguments_it_explains_itself()
    {
        CommandResult result = Bundle.Lade.Run();

        result.ExitCode.Should().Be(0);
        result.Stdout.Should().StartWith("NAME:\n   lade - ").And.Contain("COMMANDS:").And.Contain("\n   create ").And.Contain("GLOBAL OPTIONS:");
        result.Stderr.Should().BeEmpty();
        Bundle.Lade.Run("help").Should().Be(result);
        Bundle.Lade.Run("--help").Should().Be(result);
        Bundle.Lade.Run("-h").Should().Be(result);
    }

    [Theory]
    [InlineData("create")]
    [InlineData("start")]
    [InlineData("run")]
    [InlineData("kill")]
    [InlineData("delete")]
    [InlineData("state")]
    [InlineData("list")]
    [InlineData("spec")]
    [InlineData("plan")]
    [InlineData("features")]
    [InlineData("exec")]
    public void Every_command_explains_itself(string command)
    {
        CommandResult result = Bundle.Lade.Run(command, "--help");

        result.ExitCode.Should().Be(0);
        result.Stdout.Should().StartWith("NAME:\n   lade " + command + " - ").And.Contain("USAGE:\n   lade " + command);
        Bundle.Lade.Run("help", command).Should().Be(result);
        Bundle.Lade.Run(command, "-h").Should().Be(result);
    }

    [Fact]
    public void An_unknown_command_is_exit_code_3()
    {
        CommandResult result = Bundle.Lade.Run("bogus");

        result.ExitCode.Should().Be(3);
        result.Error().Should().Be("No help topic for 'bogus'");
        Bundle.Lade.Run("help", "bogus").ExitCode.Should().Be(3);
    }

    [Fact]
    public void The_version_is_lines_that_engines_parse()
    {
        CommandResult result = Bundle.Lade.Run("--version");

        result.ExitCode.Should().Be(0);
        result.Lines[0].Should().MatchRegex(@"^lade version \d+\.\d+\.\d+");
        result.Lines.Should().Contain(l => l.StartsWith("spec: 1."));
        Bundle.Lade.Run("-v").Should().Be(result);
    }

    [Theory]
    [InlineData("lade: \"state\" requires exactly 1 argument(s)", "state")]
    [InlineData("lade: \"state\" requires exactly 1 argument(s)", "state", "a", "b")]
    [InlineData("lade: \"kill\" requires a minimum of 1 argument(s)", "kill")]
    [InlineData("lade: \"kill\" requires a maximum of 2 argument(s)", "kill", "a", "TERM", "b")]
    [InlineData("lade: \"list\" requires exactly 0 argument(s)", "list", "a")]
    public void A_wrong_number_of_arguments_is_answered_with_the_help(string text, params string[] args)
    {
        CommandResult result = Bundle.Lade.Run(args);

        result.ExitCode.Should().Be(1);
        result.Stdout.Should().StartWith("Incorrect Usage.\n\nNAME:\n   lade " + args[0] + " - ");
        result.Error().Should().Be(text);
    }

    [Theory]
    [InlineData("flag provided but not defined: -bogus", "state", "--bogus", "x")]
    [InlineData("flag needs an argument: -bundle", "create", "x", "--bundle")]
    [InlineData("flag provided but not defined: -bogus", "--bogus", "state", "x")]
    public void An_unknown_or_unfinished_option_is_an_error(string text, params string[] args)
    {
        CommandResult result = Bundle.Lade.Run(args);

        result.ExitCode.Should().Be(1);
        result.Stdout.Should().StartWith("Incorrect Usage");
        result.Error().Should().Be(text);
    }

    [Fact]
    public void Options_are_spelled_in_all_the_ways_of_go()
    {
        Bundle.Script("echo here").Save();
        string[][] spellings = [["--bundle", Bundle.Path], ["--bundle=" + Bundle.Path], ["-bundle", Bundle.Path], ["-b", Bundle.Path], ["-b=" + Bundle.Path]];
        foreach (string[] spelling in spellings)
            Bundle.Lade.Run(["run", .. spelling, "c"]).Should().Be(new CommandResult(0, "here\n", ""), string.Join(' ', spelling));

        Bundle.Lade.Run("run", "c", "--bundle", Bundle.Path).Stdout.Should().Be("here\n", "options may follow the id");
        Bundle.Lade.Run("run", "--bundle", Bundle.Path, "--", "c").Stdout.Should().Be("here\n");
        Bundle.Lade.Run("run", "--detach=false", "--keep=0", "-no-new-keyring", "--no-subreaper=true", "--bundle", Bundle.Path, "c").Stdout.Should().Be("here\n");
    }

    [Fact]
    public void Options_behind_the_id_of_kill_are_the_signal()
    {
        Bundle.Script("trap 'echo got; exit 0' HUP; echo ready; while :; do sleep 0.01; done");
        Container container = NewContainer().RunDetached().WaitForOutput("ready");

        Bundle.Lade.Run("kill", container.Id, "-1").ExitCode.Should().Be(0);

        container.WaitForExit().Stdout.Should().EndWith("got\n");
    }

    [Fact]
    public void A_command_as_containerd_calls_it()
    {
        Bundle.Sleeps().Save();
        string log = Bundle.Directory + "/log.json";
        string pidFile = Bundle.Path + "/init.pid";
        Bundle.Lade.GlobalOptions = ["--log", log, "--log-format", "json"];
        Container container = NewContainer();

        Bundle.Lade.Run("create", "--bundle", Bundle.Path, "--pid-file", pidFile, container.Id).Should().Be(new CommandResult(0, "", ""));
        Bundle.Lade.Run("start", container.Id).Should().Be(new CommandResult(0, "", ""));
        Bundle.Lade.Run("state", container.Id).ExitCode.Should().Be(0);
        Bundle.Lade.Run("kill", container.Id, "9").Should().Be(new CommandResult(0, "", ""));
        Machine.Eventually(() => !Machine.IsAlive(int.Parse(File.ReadAllText(pidFile))), "end");
        Bundle.Lade.Run("delete", container.Id).Should().Be(new CommandResult(0, "", ""));
        Bundle.Lade.Run("delete", "--force", container.Id).Should().Be(new CommandResult(0, "", ""));

        File.ReadAllText(log).Should().BeEmpty("a healthy life is nothing to write about");
    }

    [Theory]
    [InlineData("exec", 255)]
    [InlineData("pause", 1)]
    [InlineData("checkpoint", 1)]
    [InlineData("restore", 1)]
    [InlineData("update", 1)]
    [InlineData("ps", 1)]
    [InlineData("events", 1)]
    [InlineData("resume", 1)]
    public void A_command_on_nobody_fails_without_a_trace(string command, int code)
    {
        CommandResult result = command == "exec" ? Bundle.Lade.Run(command, "nobody", "true") : Bundle.Lade.Run(command, "nobody");

        result.ExitCode.Should().Be(code);
        result.Error().Should().NotContain("internal error").And.NotContain("Exception");
    }

    [Fact]
    public void Features_are_what_lade_does()
    {
        CommandResult result = Bundle.Lade.Run("features");

        result.ExitCode.Should().Be(0);
        result.Stdout.Should().StartWith("{\n    \"ociVersionMin\": \"1.0.0\",\n    \"ociVersionMax\": \"1.3.0\",");
        JsonNode features = JsonNode.Parse(result.Stdout)!;
        Words(features["hooks"]).Should().Equal("prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop");
        Words(features["mountOptions"]).Should().BeInAscendingOrder(System.StringComparer.Ordinal).And.Contain(["bind", "rbind", "ro", "rro", "nosuid", "tmpcopyup", "rshared", "relatime"]);
        Words(features["linux"]!["namespaces"]).Should().BeEquivalentTo("cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts");
        Words(features["linux"]!["capabilities"]).Should().HaveCount(41).And.Contain("CAP_CHECKPOINT_RESTORE");
        ((bool)features["linux"]!["cgroup"]!["v1"]!).Should().BeTrue();
        ((bool)features["linux"]!["seccomp"]!["enabled"]!).Should().BeTrue();
        Words(features["linux"]!["seccomp"]!["actions"]).Should().Contain(["SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL_PROCESS"]);
    }

    [Fact]
    public void Every_mount_option_of_the_features_is_taken()
    {
        string[] options = Words(JsonNode.Parse(Bundle.Lade.Run("features").Stdout)!["mountOptions"]);
        foreach (string option in options.Where(o => o is not ("bind" or "rbind" or "remount" or "tmpcopyup" or "idmap" or "ridmap")))
            Bundle.Mount("/mnt-" + option, null, "/usr", "rbind", option);
        Bundle.Tmpfs("/etc", "tmpcopyup").Script("test -s /etc/passwd && exit 0");

        NewContainer().Run().Should().Be(new CommandResult(0, "", ""));
    }

    private static string[] Words(JsonNode? array) => [.. array!.AsArray().Select(w => (string)w!)];
}
