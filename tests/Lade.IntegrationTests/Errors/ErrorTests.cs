using System.IO;
using System.Text.Json.Nodes;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Errors;

/// <summary>Where errors go, and the words by which engines know them.</summary>
public sealed class ErrorTests : ContainerTest
{
    [Theory]
    [InlineData("nope", "lade create failed: /process/args/0: unable to start container process: exec: \"nope\": executable file not found in $PATH")]
    [InlineData("/nope", "lade create failed: /process/args/0: unable to start container process: error during container init: exec: \"/nope\": stat /nope: no such file or directory")]
    [InlineData("/etc/passwd", "lade create failed: /process/args/0: unable to start container process: error during container init: exec: \"/etc/passwd\": permission denied")]
    [InlineData("/etc", "lade create failed: /process/args/0: unable to start container process: error during container init: exec: \"/etc\": is a directory")]
    public void A_program_that_cannot_be_executed_is_found_at_create(string program, string text)
    {
        Bundle.Args(program);
        Container container = NewContainer();

        container.TryCreate().Error().Should().Be(text);

        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void What_only_execve_finds_is_an_error_of_start_and_ends_the_container()
    {
        Bundle.File("/broken", "\u007fELF but not really").Args("/broken");
        File.SetUnixFileMode(Bundle.Rootfs + "/broken", (UnixFileMode)0b111_101_101);
        Container container = NewContainer().Create();
        int pid = container.Pid;

        CommandResult result = container.TryStart();

        result.ExitCode.Should().Be(1);
        result.Error().Should().Be("/process/args/0: unable to start container process: error during container init: exec: \"/broken\": exec format error");
        Machine.IsAlive(pid).Should().BeFalse();
        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void A_script_whose_interpreter_is_missing()
    {
        Bundle.File("/script", "#!/no/such/interpreter\n").Args("/script");
        File.SetUnixFileMode(Bundle.Rootfs + "/script", (UnixFileMode)0b111_101_101);
        Container container = NewContainer();

        container.Run().Error().Should().Be("lade run failed: /process/args/0: unable to start container process: error during container init: exec: \"/script\": no such file or directory");

        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void A_bundle_without_a_config()
    {
        Directory.CreateDirectory(Bundle.Directory + "/empty");

        CommandResult result = Bundle.Lade.Run("create", "--bundle", Bundle.Directory + "/empty", "c");

        result.ExitCode.Should().Be(1);
        result.Error().Should().StartWith("lade create failed: JSON specification file config.json not found");
    }

    [Fact]
    public void A_bundle_that_does_not_exist()
    {
        CommandResult result = Bundle.Lade.Run("run", "--bundle", "/no/such/bundle", "c");

        result.ExitCode.Should().Be(1);
        result.Error().Should().Contain("JSON specification file config.json not found");
    }

    [Theory]
    [InlineData("", "config.json: ")]
    [InlineData("{", "config.json: ")]
    [InlineData("[]", "config.json: ")]
    [InlineData("{\"ociVersion\":\"1.0.0\"} x", "config.json: ")]
    public void A_config_that_is_no_json_object(string text, string words)
    {
        File.WriteAllText(Bundle.Path + "/config.json", text);

        CommandResult result = Bundle.Lade.Run("run", "--bundle", Bundle.Path, "c");

        result.ExitCode.Should().Be(1);
        result.Error().Should().StartWith("lade run failed: ").And.Contain(words).And.NotContain("Exception");
    }

    [Fact]
    public void All_problems_of_a_config_are_told_at_once()
    {
        Bundle.Set("/process/cwd", "relative").Set("/hostname", new string('x', 100)).Set("/process/args", new JsonArray());
        Bundle.Lade.GlobalOptions = ["--log", Bundle.Directory + "/log"];

        CommandResult result = NewContainer().Run();

        string[] lines = result.Stderr.TrimEnd('\n').Split('\n');
        lines[0].Should().Be("lade run failed: " + Bundle.Path + "/config.json: 3 problems:");
        lines[1..].Should().HaveCount(3).And.OnlyContain(l => l.StartsWith("  /"));
    }

    [Fact]
    public void The_log_is_appended_to_and_standard_error_has_the_error_too()
    {
        string log = Bundle.Directory + "/log";
        File.WriteAllText(log, "before\n");
        Bundle.Lade.GlobalOptions = ["--log", log, "--log-format", "json"];

        CommandResult result = Bundle.Lade.Run("state", "nobody");

        result.Stderr.Should().Be("container does not exist\n");
        string[] lines = File.ReadAllLines(log);
        lines[0].Should().Be("before");
        lines[1].Should().MatchRegex("^\\{\"level\":\"error\",\"msg\":\"container does not exist\",\"time\":\"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ\"\\}$");
        lines.Should().HaveCount(2);
    }

    [Fact]
    public void Without_a_log_file_standard_error_is_the_log()
    {
        Bundle.Lade.GlobalOptions = ["--log-format", "json"];

        JsonNode record = JsonNode.Parse(Bundle.Lade.Run("state", "nobody").Stderr)!;

        ((string)record["msg"]!).Should().Be("container does not exist");
    }

    [Fact]
    public void With_debug_a_record_says_where_in_lade_it_comes_from()
    {
        Bundle.Lade.GlobalOptions = ["--debug", "--log-format", "json"];

        JsonNode record = JsonNode.Parse(Bundle.Lade.Run("state", "nobody").Stderr.Split('\n')[^2])!;

        ((string)record["file"]!).Should().MatchRegex(@"^\w+\.cs:\d+$");
        ((string)record["func"]!).Should().EndWith("()");
    }

    [Theory]
    [InlineData("--log-format", "xml", "invalid log-format: xml")]
    [InlineData("--log-level", "loud", "invalid log-level: loud")]
    [InlineData("--rootless", "maybe", "invalid rootless: maybe")]
    [InlineData("--cgroup-manager", "nobody", "invalid cgroup-manager: nobody")]
    [InlineData("--log", "/no/such/directory/log", "open /no/such/directory/log: ENOENT: no such file or directory")]
    public void A_bad_global_option_is_an_error(string option, string value, string text)
    {
        Bundle.Lade.GlobalOptions = [option, value];

        CommandResult result = Bundle.Lade.Run("list");

        result.ExitCode.Should().Be(1);
        result.Error().Should().Be(text);
    }

    [Fact]
    public void Escape_sequences_of_a_config_are_shown_and_not_obeyed()
    {
        Bundle.Args("/\u001b[2Jx");
        Bundle.Lade.GlobalOptions = ["--log", Bundle.Directory + "/log"];

        CommandResult result = NewContainer().Run();

        result.Stderr.Should().NotContain("\u001b").And.Contain("\\u001b[2Jx");
    }

    [Theory]
    [InlineData("mkdir etc/passwd")]
    [InlineData("mkfifo etc/passwd")]
    [InlineData("mknod etc/passwd c 1 5")]
    [InlineData("ln -s /dev/zero etc/passwd")]
    [InlineData("truncate -s 10G etc/passwd")]
    public void Whatever_an_image_has_for_the_list_of_users_it_holds_nobody_up(string command)
    {
        Machine.Sh("cd " + Bundle.Rootfs + "; rm etc/passwd; " + command);
        Bundle.Script("echo $HOME");

        NewContainer().Run().Should().Be(new CommandResult(0, "/\n", ""));
    }

    [Fact]
    public void An_unknown_capability_is_a_warning()
    {
        Bundle.Script("exit 0").Capabilities(["CAP_KILL", "CAP_FROM_THE_FUTURE"]);

        CommandResult result = NewContainer().Run();

        result.ExitCode.Should().Be(0, result.Stderr);
        result.Warnings().Should().Contain("/process/capabilities/bounding/1: CAP_FROM_THE_FUTURE ignored: unknown to lade").And.OnlyContain(w => w.Contains("CAP_FROM_THE_FUTURE"));
    }
}
