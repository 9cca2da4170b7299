using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Lifecycle;

/// <summary>Signals, and what becomes of a container's processes.</summary>
public sealed class KillTests : ContainerTest
{
    [Theory]
    [InlineData("TERM", "TERM")]
    [InlineData("SIGTERM", "TERM")]
    [InlineData("sigterm", "TERM")]
    [InlineData("15", "TERM")]
    [InlineData("-15", "TERM")]
    [InlineData("HUP", "HUP")]
    [InlineData("SIGUSR2", "USR2")]
    [InlineData("RTMIN+1", "RTMIN+1")]
    [InlineData("SIGRTMAX-2", "RTMAX-2")]
    public void A_signal_can_be_spelled_in_many_ways(string spelled, string trapped)
    {
        // busybox knows real-time signals by number only, and counts from the kernel's 32.
        string name = trapped switch { "RTMIN+1" => "35", "RTMAX-2" => "62", _ => trapped };
        Bundle.Script($"trap 'echo got {trapped}; exit 3' {name}; echo ready; while :; do sleep 0.01; done");
        Container container = NewContainer().RunDetached().WaitForOutput("ready");

        container.Kill(spelled).ExitCode.Should().Be(0);

        container.WaitForExit().Stdout.Should().Be("ready\ngot " + trapped + "\n");
    }

    [Fact]
    public void Term_is_sent_when_no_signal_is_named()
    {
        Bundle.Script("trap 'echo got it; exit 0' TERM; echo ready; while :; do sleep 0.01; done");
        Container container = NewContainer().RunDetached().WaitForOutput("ready");

        Bundle.Lade.Run("kill", container.Id).ExitCode.Should().Be(0);

        container.WaitForExit().Stdout.Should().EndWith("got it\n");
    }

    [Theory]
    [InlineData("BOGUS")]
    [InlineData("65")]
    [InlineData("RTMIN+31")]
    [InlineData("RTMAX+1")]
    [InlineData("")]
    public void An_unknown_signal_is_an_error_and_none_is_sent(string signal)
    {
        Container container = StartSleeping();

        CommandResult result = container.Kill(signal);

        result.ExitCode.Should().Be(1);
        result.Error().Should().Be("unknown signal \"" + signal + "\"");
        container.StatusWord.Should().Be("running");
    }

    [Fact]
    public void Signal_0_asks_whether_the_process_is_there()
    {
        Container container = StartSleeping();
        container.Kill("0").ExitCode.Should().Be(0);
        container.Kill();
        container.WaitForExit();

        container.Kill("0").Error().Should().Be("container not running");
    }

    [Fact]
    public void A_stopped_container_cannot_be_killed()
    {
        Container container = StartSleeping();
        container.Kill();
        container.WaitForExit();

        CommandResult result = container.Kill();

        result.ExitCode.Should().Be(1);
        result.Error().Should().Be("container not running");
    }

    [Fact]
    public void With_all_it_is_no_error_that_a_container_is_stopped()
    {
        Container container = StartSleeping();
        container.Kill();
        container.WaitForExit();

        Bundle.Lade.Run("kill", "--all", container.Id, "KILL").ExitCode.Should().Be(0);
    }

    [Fact]
    public void A_created_container_can_be_killed()
    {
        Container container = Create();
        int pid = container.Pid;

        container.Kill("KILL").ExitCode.Should().Be(0);

        Machine.Eventually(() => !Machine.IsAlive(pid), "end of " + pid);
        container.StatusWord.Should().Be("stopped");
    }

    [Fact]
    public void Without_a_pid_namespace_kill_reaches_every_process()
    {
        Bundle.WithoutNamespace("pid").Script("sleep 1000 & sleep 1000 & echo ready; wait");
        Container container = NewContainer().RunDetached().WaitForOutput("ready");
        int[] pids = container.Processes();
        pids.Should().HaveCount(3).And.Contain(container.Pid);

        container.Kill().ExitCode.Should().Be(0);

        Machine.Eventually(() => pids.All(p => !Machine.IsAlive(p)), "end of all processes");
    }

    [Fact]
    public void Without_a_pid_namespace_other_signals_go_to_the_first_process_alone()
    {
        Bundle.WithoutNamespace("pid").Script("sleep 1000 & trap 'exit 0' TERM; echo ready; while :; do wait; done");
        Container container = NewContainer().RunDetached().WaitForOutput("ready");
        int[] pids = container.Processes();

        container.Kill("TERM").ExitCode.Should().Be(0);

        container.WaitForExit().StatusWord.Should().Be("stopped");
        pids.Where(Machine.IsAlive).Should().HaveCount(1).And.NotContain(container.Pid);
        container.Delete().ExitCode.Should().Be(0);
        pids.Where(Machine.IsAlive).Should().BeEmpty("delete kills what is left when the processes have no pid namespace to die with");
        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void Kill_all_reaches_what_outlived_the_first_process()
    {
        Bundle.WithoutNamespace("pid").Script("sleep 1000 & sleep 1000 & echo ready");
        Container container = NewContainer().RunDetached().WaitForOutput("ready").WaitForExit();
        int[] pids = container.Processes();
        pids.Should().HaveCount(2);

        Bundle.Lade.Run("kill", "--all", container.Id, "KILL").ExitCode.Should().Be(0);

        Machine.Eventually(() => !pids.Any(Machine.IsAlive), "end of all processes");
    }

    [Fact]
    public void A_pattern_names_many_containers()
    {
        Bundle.Sleeps();
        Container one = NewContainer("web-1").RunDetached();
        Bundle otherBundle = NewBundle();
        otherBundle.Sleeps().Save();
        Keep(new ForcedDelete(Bundle.Lade, "web-2"));
        Bundle.Lade.Run("run", "--detach", "--bundle", otherBundle.Path, "web-2").ExitCode.Should().Be(0);
        Bundle thirdBundle = NewBundle();
        thirdBundle.Sleeps().Save();
        Keep(new ForcedDelete(Bundle.Lade, "db"));
        Bundle.Lade.Run("run", "--detach", "--bundle", thirdBundle.Path, "db").ExitCode.Should().Be(0);

        Bundle.Lade.Run("kill", "--regex", "^web-", "KILL").ExitCode.Should().Be(0);
        one.WaitForExit();
        Machine.Eventually(() => Bundle.Lade.Run("state", "web-2").Stdout.Contains("stopped"), "end of web-2");
        Bundle.Lade.Run("state", "db").Stdout.Should().Contain("running");
        Bundle.Lade.Run("delete", "--force", "--regex", "^(web|db)").ExitCode.Should().Be(0);

        Bundle.Lade.Run("list", "--quiet").Stdout.Should().BeEmpty();
    }
}
