using System.Linq;
using System.Text.Json.Nodes;
using System.Threading;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Cgroups;

/// <summary>`pause` and `resume`, and what the other commands make of a paused container.</summary>
public sealed class PauseTests : ContainerTest
{
    private CommandResult Pause(Container container) => Bundle.Lade.Run("pause", container.Id);

    private CommandResult Resume(Container container) => Bundle.Lade.Run("resume", container.Id);

    private Container Paused()
    {
        Container container = StartSleeping();
        Pause(container).Should().Be(new CommandResult(0, "", ""));
        return container;
    }

    [Fact]
    public void A_paused_container_stands_still_and_goes_on()
    {
        Bundle.Script("i=0; while :; do i=$((i+1)); echo line; sleep 0.01; done");
        Container container = NewContainer().RunDetached().WaitForOutput("line");

        Pause(container).Should().Be(new CommandResult(0, "", ""));
        container.StatusWord.Should().Be("paused");
        container.CgroupValue("freezer", "freezer.state").Should().Be("FROZEN");
        int lines = container.Stdout.Length;
        Thread.Sleep(100);
        container.Stdout.Length.Should().Be(lines);

        Resume(container).Should().Be(new CommandResult(0, "", ""));
        container.StatusWord.Should().Be("running");
        Machine.Eventually(() => container.Stdout.Length > lines, "more output");
    }

    [Fact]
    public void List_shows_it_as_paused_with_its_pid()
    {
        Container container = Paused();

        JsonNode entry = JsonNode.Parse(Bundle.Lade.Run("list", "--format", "json").Stdout)![0]!;
        ((string)entry["status"]!).Should().Be("paused");
        ((int)entry["pid"]!).Should().Be(container.Pid);
        Bundle.Lade.Run("list").Lines[1].Should().Contain(" paused ");
    }

    [Fact]
    public void A_created_container_can_be_paused_and_is_created_again_after_it()
    {
        Bundle.Sleeps();
        Container container = Create();

        Pause(container).ExitCode.Should().Be(0);
        container.StatusWord.Should().Be("paused");
        container.TryStart().Error().Should().Be("cannot start a container in the paused state");
        Resume(container).ExitCode.Should().Be(0);
        container.StatusWord.Should().Be("created");
        container.Start().StatusWord.Should().Be("running");
    }

    [Fact]
    public void What_is_not_possible_in_a_status_is_refused_in_runcs_words()
    {
        Container container = Paused();
        Pause(container).Error().Should().Be("container not running");
        container.Delete().Error().Should().Be("cannot delete container container that is not stopped: paused");
        Resume(container).ExitCode.Should().Be(0);
        Resume(container).Error().Should().Be("container not paused");
        container.Kill();
        container.WaitForExit();
        Pause(container).Error().Should().Be("container not running");
        Resume(container).Error().Should().Be("container not paused");
        container.Delete().ExitCode.Should().Be(0);
        Pause(container).Error().Should().Be("container does not exist");
    }

    [Fact]
    public void Kill_ends_a_paused_container()
    {
        Container container = Paused();

        container.Kill().ExitCode.Should().Be(0);

        container.WaitForExit().StatusWord.Should().Be("stopped");
    }

    [Fact]
    public void Kill_ends_a_paused_container_that_waits_for_start_by_a_signal_that_terminates()
    {
        Bundle.Sleeps();
        Container container = Create();
        Pause(container).ExitCode.Should().Be(0);

        container.Kill("TERM").ExitCode.Should().Be(0);

        container.WaitForExit().StatusWord.Should().Be("stopped");
    }

    [Fact]
    public void Other_signals_wait_until_it_is_resumed()
    {
        Bundle.Script("trap 'echo caught' USR1; echo ready; while :; do sleep 0.01; done");
        Container container = NewContainer().RunDetached().WaitForOutput("ready");
        Pause(container).ExitCode.Should().Be(0);

        container.Kill("USR1").ExitCode.Should().Be(0);
        container.StatusWord.Should().Be("paused");
        container.Stdout.Should().Be("ready\n");

        Resume(container).ExitCode.Should().Be(0);
        container.WaitForOutput("caught");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Delete_by_force_ends_a_paused_container(bool ownPidNamespace)
    {
        if (!ownPidNamespace)
            Bundle.WithoutNamespace("pid");
        Bundle.Script("sleep 1000 & sleep 1000");
        Container container = NewContainer().RunDetached();
        int[] pids = container.Processes();
        Pause(container).ExitCode.Should().Be(0);

        container.Delete(force: true).ExitCode.Should().Be(0);

        container.Leftovers().Should().BeEmpty();
        Machine.Eventually(() => !pids.Any(Machine.IsAlive), "end of all processes");
    }

    [Fact]
    public void Kill_of_a_paused_container_without_a_pid_namespace_reaches_all()
    {
        Bundle.WithoutNamespace("pid").Script("sleep 1000 & sleep 1000");
        Container container = NewContainer().RunDetached();
        int[] pids = container.Processes();
        Pause(container).ExitCode.Should().Be(0);

        container.Kill().ExitCode.Should().Be(0);

        Machine.Eventually(() => !pids.Any(Machine.IsAlive), "end of all processes");
    }

    [Fact]
    public void Without_a_cgroup_it_says_so()
    {
        Bundle.Sleeps();
        Bundle.Lade.GlobalOptions = ["--cgroup-manager", "disabled"];
        Container container = NewContainer().RunDetached();

        CommandResult result = Pause(container);

        result.ExitCode.Should().Be(1);
        result.Error().Should().Be("cgroup not exist: the container has none of its own, and cannot be paused without");
    }
}
