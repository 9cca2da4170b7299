using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Lifecycle;

/// <summary>create, start, state and delete in every status, with the words that engines know.</summary>
public sealed class StatusTests : ContainerTest
{
    [Fact]
    public void State_is_indented_json_in_a_fixed_order_without_a_newline_at_its_end()
    {
        Bundle.Sleeps().Set("/annotations", new JsonObject { ["org.example/b"] = "ü \"x\" <y>", ["a"] = "" });
        Container container = Create();

        string text = Bundle.Lade.Run("state", container.Id).Stdout;

        string created = Regex.Match(text, "\"created\": \"(.*)\"").Groups[1].Value;
        created.Should().MatchRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$");
        text.Should().Be($$"""
            {
              "ociVersion": "1.3.0",
              "id": "container",
              "pid": {{container.Pid}},
              "status": "created",
              "bundle": "{{Bundle.Path}}",
              "rootfs": "{{Bundle.Rootfs}}",
              "created": "{{created}}",
              "annotations": {
                "org.example/b": "ü \"x\" <y>",
                "a": ""
              },
              "owner": ""
            }
            """);
    }

    [Fact]
    public void Annotations_are_left_out_when_there_are_none()
    {
        Bundle.Sleeps().Remove("/annotations");

        Create().State().AsObject().Select(p => p.Key).Should().Equal("ociVersion", "id", "pid", "status", "bundle", "rootfs", "created", "owner");
    }

    [Fact]
    public void The_program_runs_after_start_and_not_before()
    {
        Bundle.Script("echo runs; sleep 1000");
        Container container = Create();
        new FileInfo("/proc/" + container.Pid + "/exe").LinkTarget.Should().StartWith("/memfd:lade-init");
        container.Stdout.Should().BeEmpty();
        container.StatusWord.Should().Be("created");

        container.Start();

        new FileInfo("/proc/" + container.Pid + "/exe").LinkTarget.Should().Be("/bin/busybox");
        container.StatusWord.Should().Be("running");
        container.WaitForOutput("runs\n");
    }

    [Fact]
    public void A_stopped_container_has_no_pid()
    {
        Container container = StartSleeping();
        container.Kill();
        JsonNode state = container.WaitForExit().State();

        ((string)state["status"]!).Should().Be("stopped");
        ((int)state["pid"]!).Should().Be(0);
    }

    [Fact]
    public void The_pid_file_is_digits_alone_and_no_other_file_stands_beside_it()
    {
        Directory.CreateDirectory(Bundle.Directory + "/pids");
        string file = Bundle.Directory + "/pids/pid";
        File.WriteAllText(file, "an older one that is longer");
        Bundle.Sleeps();

        Container container = NewContainer().Create("--pid-file", file);

        File.ReadAllText(file).Should().Be(container.Pid.ToString());
        Directory.GetFileSystemEntries(Bundle.Directory + "/pids").Should().Equal(file);
    }

    [Fact]
    public void The_pid_file_is_relative_to_the_current_directory_not_to_the_bundle()
    {
        Bundle.Lade.WorkingDirectory = Bundle.Directory;
        Bundle.Sleeps();

        Container container = NewContainer().Create("--pid-file", "pid");

        File.ReadAllText(Bundle.Directory + "/pid").Should().Be(container.Pid.ToString());
    }

    [Fact]
    public void A_pid_file_that_cannot_be_written_undoes_the_container()
    {
        Container container = NewContainer();

        CommandResult result = container.TryCreate("--pid-file", "/no/such/directory/pid");

        result.Error().Should().Be("lade create failed: open /no/such/directory/.pid: ENOENT: no such file or directory");
        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void Where_the_pid_file_cannot_be_no_half_of_it_stays()
    {
        string directory = Bundle.MakeDirectory("pids");
        Directory.CreateDirectory(directory + "/pid");
        Container container = NewContainer();

        CommandResult result = container.TryCreate("--pid-file", directory + "/pid");

        result.Error().Should().Be($"lade create failed: rename {directory}/.pid to {directory}/pid: EISDIR: is a directory");
        Directory.GetFileSystemEntries(directory).Should().Equal(directory + "/pid");
        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void An_id_is_used_once()
    {
        Bundle.Sleeps();
        Container container = Create();

        CommandResult second = Bundle.Lade.Run("create", "--bundle", Bundle.Path, container.Id);

        second.ExitCode.Should().Be(1);
        second.Error().Should().Be("lade create failed: container with given ID already exists");
        Bundle.Lade.Run("run", "--bundle", Bundle.Path, container.Id).Error().Should().Be("lade run failed: container with given ID already exists");
        container.StatusWord.Should().Be("created");
    }

    [Theory]
    [InlineData("", "container id cannot be empty")]
    [InlineData(".", "invalid container ID format")]
    [InlineData("..", "invalid container ID format")]
    [InlineData("a/b", "invalid container ID format")]
    [InlineData("a b", "invalid container ID format")]
    [InlineData("ä", "invalid container ID format")]
    public void A_bad_id_is_refused_by_every_command(string id, string text)
    {
        Bundle.Save();
        foreach (string command in (string[])["create", "run", "start", "state", "kill", "delete"])
        {
            CommandResult result = command is "create" or "run" ? Bundle.Lade.Run(command, "--bundle", Bundle.Path, id) : Bundle.Lade.Run(command, id);

            result.ExitCode.Should().Be(1);
            result.Error().Should().EndWith(text);
        }
    }

    [Fact]
    public void Start_twice_is_refused()
    {
        Container container = StartSleeping();

        CommandResult result = container.TryStart();

        result.ExitCode.Should().Be(1);
        result.Error().Should().Be("cannot start an already running container");
        container.StatusWord.Should().Be("running");
    }

    [Fact]
    public void Start_after_the_end_is_refused()
    {
        Container container = StartSleeping();
        container.Kill();
        container.WaitForExit();

        CommandResult result = container.TryStart();

        result.ExitCode.Should().Be(1);
        result.Error().Should().Be("cannot start a container that has stopped");
    }

    [Fact]
    public void Start_of_a_created_container_that_was_killed_is_refused()
    {
        Container container = Create();
        container.Kill().ExitCode.Should().Be(0);
        container.WaitForExit().StatusWord.Should().Be("stopped");

        container.TryStart().Error().Should().Be("cannot start a container that has stopped");
        container.Delete().ExitCode.Should().Be(0);
        container.Leftovers().Should().BeEmpty();
    }

    [Theory]
    [InlineData("state")]
    [InlineData("start")]
    [InlineData("kill")]
    [InlineData("delete")]
    public void A_container_that_does_not_exist_is_an_error(string command)
    {
        CommandResult result = Bundle.Lade.Run(command, "nobody");

        result.ExitCode.Should().Be(1);
        result.Error().Should().Be("container does not exist");
    }

    [Fact]
    public void Editing_the_bundle_after_create_changes_nothing()
    {
        string made = Bundle.Directory + "/made";
        Bundle.Script("echo first").HookScript("poststop", "echo first >" + made);
        Container container = Create();
        Bundle.Script("echo second").Remove("/hooks").HookScript("poststop", "echo second >" + made).HookScript("startContainer", "echo third; false").Save();

        container.Start().WaitForExit();
        container.Stdout.Should().Be("first\n");
        container.Delete().ExitCode.Should().Be(0);
        File.ReadAllText(made).Should().Be("first\n");
    }

    [Fact]
    public void A_bundle_that_is_gone_keeps_nobody_from_deleting()
    {
        Container container = StartSleeping();
        File.Delete(Bundle.Path + "/config.json");

        container.Kill();
        container.WaitForExit().Delete().ExitCode.Should().Be(0);
        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void The_state_directory_can_be_passed_and_its_files_not_read_by_others()
    {
        Container container = StartSleeping();

        File.GetUnixFileMode(Bundle.Lade.StateRoot).Should().Be((UnixFileMode)0b111_000_000);
        File.GetUnixFileMode(container.StateDirectory).Should().Be((UnixFileMode)0b111_001_001);
        File.GetUnixFileMode(container.StateDirectory + "/state.json").Should().Be((UnixFileMode)0b110_000_000);
    }

    [Fact]
    public void Another_config_than_the_bundles_can_be_given()
    {
        Bundle.Script("echo other").Save();
        File.Move(Bundle.Path + "/config.json", Bundle.Directory + "/other.json");

        Bundle.Lade.Run("run", "--bundle", Bundle.Path, "--config", Bundle.Directory + "/other.json", "other").Stdout.Should().Be("other\n");
        Bundle.Lade.Run("run", "--bundle", Bundle.Path, "other").Error().Should().Contain("JSON specification file config.json not found");
    }
}
