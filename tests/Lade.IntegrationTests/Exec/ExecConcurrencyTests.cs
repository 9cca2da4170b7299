using System.Collections.Generic;
using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Exec;

/// <summary>Several processes in one container, and other commands meanwhile: `exec` holds no lock.</summary>
public sealed class ExecConcurrencyTests : ExecTest
{
    [Fact]
    public void Twenty_at_once()
    {
        Container container = StartSleeping();
        RunningCommand[] all = [.. Enumerable.Range(0, 20).Select(i => StartExec(container, "container", "sh", "-c", "echo " + i + "; exit " + i))];
        for (int i = 0; i < all.Length; i++)
            all[i].Wait(Bundle.Lade.Timeout).Should().Be(new CommandResult(i, i + "\n", ""));
        container.Processes().Should().Equal(container.Pid);
    }

    [Fact]
    public void A_long_one_hinders_nobody()
    {
        Container container = StartSleeping();
        RunningCommand exec = StartExec(container, "container", "sh", "-c", "echo ready; sleep 1000");
        Machine.Eventually(() => exec.Stdout == "ready\n", "the long process");

        ExecScript(container, "echo other").Output.Should().Be("other");
        container.StatusWord.Should().Be("running");
        container.Delete(force: true).ExitCode.Should().Be(0);
        exec.Wait(Bundle.Lade.Timeout).ExitCode.Should().Be(137);
    }

    [Fact]
    public void Not_even_a_run_in_the_foreground_or_its_end()
    {
        Bundle.Script("while [ ! -e /tmp/end ]; do sleep 0.05; done");
        Bundle.Save();
        Container container = NewContainer();
        RunningCommand run = Bundle.Lade.Start("", "run", "--bundle", Bundle.Path, container.Id);
        Machine.Eventually(() => System.IO.Directory.Exists(container.StateDirectory) && container.Exec("container", "true").ExitCode == 0, "the container runs");
        RunningCommand exec = StartExec(container, "container", "sleep", "1000");
        // It ends the container, and may be killed with it before it can say that it is done.
        container.Exec("container", "sh", "-c", "touch /tmp/end").ExitCode.Should().BeOneOf(0, 137, 255);
        run.Wait(Bundle.Lade.Timeout).ExitCode.Should().Be(0);
        exec.Wait(Bundle.Lade.Timeout).ExitCode.Should().BeOneOf(137, 255);
    }

    [Fact]
    public void Processes_that_come_while_the_container_ends_fail_and_leave_nothing()
    {
        Container container = StartSleeping();
        var all = new List<RunningCommand>();
        for (int i = 0; i < 10; i++)
            all.Add(StartExec(container, "container", "sleep", "1000"));
        container.Kill();
        for (int i = 0; i < 10; i++)
            all.Add(StartExec(container, "container", "sleep", "1000"));

        foreach (RunningCommand exec in all)
            exec.Wait(Bundle.Lade.Timeout).ExitCode.Should().BeOneOf(137, 255);
        Machine.Eventually(() => container.Processes().Length == 0, "nobody is left");
    }
}
