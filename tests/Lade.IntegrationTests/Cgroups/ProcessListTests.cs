using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Cgroups;

/// <summary>`ps`.</summary>
public sealed class ProcessListTests : ContainerTest
{
    private Container Two()
    {
        Bundle.Script("sleep 1111 & echo ready; wait");
        Container container = NewContainer().RunDetached().WaitForOutput("ready");
        // The shell says so before its child has become another program.
        _ = container.OtherProcess("sleep");
        return container;
    }

    [Fact]
    public void Json_is_the_pids_of_the_host()
    {
        Container container = Two();

        CommandResult result = Bundle.Lade.Run("ps", "--format", "json", container.Id);

        result.ExitCode.Should().Be(0);
        result.Stdout.Should().MatchRegex(@"^\[\d+,\d+\]\n$");
        result.Output.Trim('[', ']').Split(',').Select(int.Parse).Order().Should().Equal(container.Processes());
    }

    [Fact]
    public void A_table_is_what_the_hosts_ps_says_of_them()
    {
        Container container = Two();

        string[] lines = Bundle.Lade.Run("ps", container.Id).Lines;

        lines[0].Should().StartWith("UID").And.Contain(" PID ").And.EndWith("CMD");
        lines.Skip(1).Select(l => l.Split(' ', System.StringSplitOptions.RemoveEmptyEntries)[1]).Select(int.Parse).Order().Should().Equal(container.Processes());
        lines.Should().Contain(l => l.EndsWith("sleep 1111"));
    }

    [Fact]
    public void Options_behind_the_id_are_those_of_ps()
    {
        Container container = Two();

        string[] lines = Bundle.Lade.Run("ps", container.Id, "-A", "-o", "args,pid").Lines;

        lines[0].Should().MatchRegex("^COMMAND +PID$");
        lines.Should().HaveCount(3).And.Contain(l => l.StartsWith("sleep 1111"));
    }

    [Fact]
    public void What_ps_cannot_do_is_an_error()
    {
        Container container = Two();

        CommandResult result = Bundle.Lade.Run("ps", container.Id, "-A", "-o", "args");
        result.ExitCode.Should().Be(1);
        result.Error().Should().Be("couldn't find PID field in ps output");
        Bundle.Lade.Run("ps", container.Id, "--no-such-option").Error().Should().StartWith("ps: exit status 1: ").And.Contain("unknown");
        Bundle.Lade.Run("ps", "--format", "yaml", container.Id).Error().Should().Be("invalid format option");
        Bundle.Lade.Environment["PATH"] = "/no/such/directory";
        Bundle.Lade.Run("ps", container.Id).Error().Should().Be("exec: \"ps\": executable file not found in $PATH");
    }

    [Fact]
    public void Processes_of_sub_cgroups_belong_to_it()
    {
        Machine.NeedsCgroup1();
        Container container = Two();
        string below = container.Cgroup("freezer") + "/below/deeper";
        Directory.CreateDirectory(below);
        int[] pids = container.Processes();
        File.WriteAllText(below + "/cgroup.procs", pids.Single(p => p != container.Pid).ToString());

        Bundle.Lade.Run("ps", "--format", "json", container.Id).Output.Trim('[', ']').Split(',').Select(int.Parse).Order().Should().Equal(pids);
    }

    [Fact]
    public void A_stopped_container_has_none()
    {
        Container container = Two();
        container.Kill();
        container.WaitForExit();
        Machine.Eventually(() => container.Processes().Length == 0, "an empty cgroup");

        Bundle.Lade.Run("ps", "--format", "json", container.Id).Should().Be(new CommandResult(0, "null\n", ""));
        Bundle.Lade.Run("ps", container.Id).Lines.Should().ContainSingle();
        Bundle.Lade.Run("ps", "nobody").Error().Should().Be("container does not exist");
    }

    [Fact]
    public void Without_a_cgroup_nobody_knows_them()
    {
        Bundle.Sleeps();
        Bundle.Lade.GlobalOptions = ["--cgroup-manager", "disabled"];
        Container container = NewContainer().RunDetached();

        CommandResult result = Bundle.Lade.Run("ps", container.Id);

        result.ExitCode.Should().Be(1);
        result.Error().Should().Be("cannot list the processes: the container runs without a cgroup of its own");
    }
}
