using System.IO;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Lifecycle;

/// <summary>`run` in the foreground and detached.</summary>
public sealed class RunTests : ContainerTest
{
    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 1", 1)]
    [InlineData("exit 42", 42)]
    [InlineData("exit 255", 255)]
    public void The_exit_code_is_the_programs(string script, int code)
    {
        Bundle.Script(script);
        Container container = NewContainer();

        container.Run().Should().Be(new CommandResult(code, "", ""));

        container.Leftovers().Should().BeEmpty();
    }

    [Theory]
    [InlineData("KILL", 137)]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    [InlineData("USR1", 138)]
    public void Death_by_a_signal_is_128_and_its_number(string signal, int code)
    {
        // The first process of a pid namespace cannot send itself a deadly signal.
        Bundle.WithoutNamespace("pid").Script("kill -" + signal + " $$");

        NewContainer().Run().ExitCode.Should().Be(code);
    }

    [Fact]
    public void Standard_input_and_output_are_the_callers()
    {
        Bundle.Script("cat; echo to err >&2").Save();

        Bundle.Lade.Run("from stdin\n", ["run", "--bundle", Bundle.Path, "c"]).Should().Be(new CommandResult(0, "from stdin\n", "to err\n"));
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    [InlineData("HUP")]
    [InlineData("USR1")]
    [InlineData("QUIT")]
    [InlineData("CONT")]
    public void Signals_to_lade_reach_the_program(string signal)
    {
        Bundle.Script($"trap 'echo got {signal}; exit 9' {signal}; echo ready; while :; do sleep 0.01; done").Save();
        Container container = NewContainer();
        RunningCommand run = Bundle.Lade.Start("", "run", "--bundle", Bundle.Path, container.Id);
        Machine.Eventually(() => run.Stdout.Contains("ready"), "ready");

        Machine.Sh("kill -" + signal + " " + run.Pid);

        run.Wait(Bundle.Lade.Timeout).Should().Be(new CommandResult(9, "ready\ngot " + signal + "\n", ""));
        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void Detached_it_returns_while_the_program_runs()
    {
        Bundle.Script("echo out; echo err >&2; sleep 1000");
        Container container = NewContainer();

        container.Run("--detach").ExitCode.Should().Be(0);

        container.StatusWord.Should().Be("running");
        container.WaitForOutput("out\n");
        Machine.Eventually(() => container.Status("State").StartsWith('S'), "sleep");
    }

    [Fact]
    public void Detached_the_container_stays_after_its_end()
    {
        Bundle.Script("exit 3");
        Container container = NewContainer();

        container.Run("--detach").ExitCode.Should().Be(0);

        Machine.Eventually(() => container.StatusWord == "stopped", "stopped");
        container.Cgroups().Should().NotBeEmpty();
        container.Delete().ExitCode.Should().Be(0);
        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void With_keep_the_container_stays_until_it_is_deleted()
    {
        Bundle.Script("exit 3");
        Container container = NewContainer();

        container.Run("--keep").ExitCode.Should().Be(3);

        container.StatusWord.Should().Be("stopped");
        container.Cgroups().Should().NotBeEmpty();
        container.Delete().ExitCode.Should().Be(0);
        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void A_container_deleted_by_somebody_else_meanwhile_still_gives_its_exit_code()
    {
        Bundle.Sleeps().Save();
        Container container = NewContainer();
        RunningCommand run = Bundle.Lade.Start("", "run", "--bundle", Bundle.Path, container.Id);
        Machine.Eventually(() => File.Exists(container.StateDirectory + "/state.json") && container.StatusWord == "running", "running");

        container.Delete(force: true).ExitCode.Should().Be(0);

        run.Wait(Bundle.Lade.Timeout).Should().Be(new CommandResult(137, "", ""));
        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void Orphans_do_not_keep_the_command_when_the_program_has_ended()
    {
        Bundle.WithoutNamespace("pid").Script("(sleep 0.1; sleep 1000) & exit 5");
        Container container = NewContainer();

        container.Run().ExitCode.Should().Be(5);

        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void The_bundle_is_the_current_directory_by_default()
    {
        Bundle.Script("echo here").Save();
        Bundle.Lade.WorkingDirectory = Bundle.Path;

        Bundle.Lade.Run("run", "c").Should().Be(new CommandResult(0, "here\n", ""));
    }

    [Fact]
    public void Ignored_and_blocked_signals_of_the_caller_are_not_inherited()
    {
        Bundle.Args("cat", "/proc/self/status");
        Bundle.Lade.Surroundings = "trap '' HUP TERM USR1 PIPE";

        CommandResult result = NewContainer().Run();

        result.Stdout.Should().Contain("SigBlk:\t0000000000000000\n").And.Contain("SigIgn:\t0000000000000000\n");
    }

    [Fact]
    public void Without_a_preserved_descriptor_only_three_are_open()
    {
        // Those of the shell, which has none for the directory that its child lists.
        Bundle.Script("ls /proc/$$/fd; true");
        Bundle.Lade.Surroundings = "exec 7</etc/passwd 8</";

        NewContainer().Run().Lines.Should().Equal("0", "1", "2");
    }

    [Fact]
    public void Preserved_descriptors_must_be_open()
    {
        Container container = NewContainer();

        CommandResult result = container.Run("--preserve-fds", "2");

        result.ExitCode.Should().Be(1);
        result.Error().Should().Be("lade run failed: unable to stat preserved-fd 0 (of 2): EBADF: bad file descriptor");
        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void Preserved_descriptors_reach_the_program()
    {
        Bundle.Script("ls /proc/$$/fd; cat <&3; cat <&4").File("/../../a", "A").File("/../../b", "B");
        Bundle.Lade.Surroundings = "exec 3<" + Bundle.Directory + "/a 4<" + Bundle.Directory + "/b 5</";

        NewContainer().Run("--preserve-fds", "2").Lines.Should().Equal("0", "1", "2", "3", "4", "AB");
    }

    [Theory]
    [InlineData("create", "cannot allocate tty if lade will detach without setting console socket")]
    [InlineData("run", "cannot use console socket if lade will not detach or allocate tty")]
    public void Terminal_and_console_socket_belong_together(string command, string text)
    {
        Bundle.Set("/process/terminal", true).Save();
        Container container = NewContainer();
        string[] socket = command == "run" ? ["--console-socket", Bundle.Directory + "/socket"] : [];

        CommandResult result = Bundle.Lade.Run([command, "--bundle", Bundle.Path, .. socket, container.Id]);

        result.ExitCode.Should().Be(1);
        result.Error().Should().Contain(text);
        container.Leftovers().Should().BeEmpty();
    }
}
