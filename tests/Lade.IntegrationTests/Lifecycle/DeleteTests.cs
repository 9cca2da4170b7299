using System.IO;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Lifecycle;

public sealed class DeleteTests : ContainerTest
{
    [Fact]
    public void A_created_container_is_killed_and_removed()
    {
        Container container = Create();
        int pid = container.Pid;

        container.Delete().ExitCode.Should().Be(0);

        Machine.IsAlive(pid).Should().BeFalse();
        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void A_running_container_is_not_deleted()
    {
        Container container = StartSleeping();

        CommandResult result = container.Delete();

        result.ExitCode.Should().Be(1);
        result.Error().Should().Be("cannot delete container container that is not stopped: running");
        container.StatusWord.Should().Be("running");
    }

    [Fact]
    public void By_force_a_running_container_is_deleted()
    {
        Container container = StartSleeping();
        int pid = container.Pid;

        container.Delete(force: true).Should().Be(new CommandResult(0, "", ""));

        Machine.IsAlive(pid).Should().BeFalse();
        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void By_force_a_frozen_container_is_deleted()
    {
        Machine.NeedsCgroup1();
        Container container = StartSleeping();
        int pid = container.Pid;
        File.WriteAllText(container.Cgroup("freezer") + "/freezer.state", "FROZEN");

        container.Delete(force: true).ExitCode.Should().Be(0);

        Machine.IsAlive(pid).Should().BeFalse();
        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void By_force_an_unknown_container_is_no_error()
    {
        Bundle.Lade.Run("delete", "--force", "nobody").Should().Be(new CommandResult(0, "", ""));
        Directory.Exists(Bundle.Lade.StateRoot).Should().BeFalse("a delete makes nothing");
    }

    [Fact]
    public void A_directory_without_a_state_is_removed_by_force_only()
    {
        Directory.CreateDirectory(Bundle.Lade.StateRoot + "/half");

        Bundle.Lade.Run("state", "half").Error().Should().Be("container does not exist");
        Bundle.Lade.Run("delete", "half").Error().Should().Be("container does not exist");
        Bundle.Lade.Run("list", "--quiet").Stdout.Should().BeEmpty();
        Bundle.Lade.Run("delete", "--force", "half").ExitCode.Should().Be(0);

        Directory.Exists(Bundle.Lade.StateRoot + "/half").Should().BeFalse();
    }

    [Fact]
    public void What_others_put_into_the_state_directory_stays_and_is_named()
    {
        Container container = Create();
        File.WriteAllText(container.StateDirectory + "/note", "");

        CommandResult result = container.Delete();

        result.ExitCode.Should().Be(1);
        result.Error().Should().Be("remove directory " + container.StateDirectory + " with foreign files (note): ENOTEMPTY: directory not empty");
        File.Delete(container.StateDirectory + "/note");
        container.Delete(force: true).ExitCode.Should().Be(0);
    }

    [Fact]
    public void An_id_is_free_again()
    {
        Bundle.Script("echo here");
        for (int i = 0; i < 3; i++)
            NewContainer().Run().Stdout.Should().Be("here\n");
    }

    [Fact]
    public void A_dead_process_that_nobody_reaps_is_stopped_and_keeps_nobody_from_deleting()
    {
        Bundle.Sleeps().Save();
        Container container = NewContainer();
        RunningCommand run = Bundle.Lade.Start("", "run", "--bundle", Bundle.Path, container.Id);
        Machine.Eventually(() => File.Exists(container.StateDirectory + "/state.json") && container.StatusWord == "running", "running");
        int pid = container.Pid;
        // Who has just started it still holds the lock.
        Machine.Sh("flock " + container.StateDirectory + " true");
        // Its parent is stopped, so that it stays a zombie.
        Machine.Sh("kill -STOP " + run.Pid);
        Machine.Kill(pid);
        Machine.Eventually(() => Machine.Proc(pid, "stat").Contains(") Z "), "zombie");

        container.StatusWord.Should().Be("stopped");
        container.Kill().Error().Should().Be("container not running");
        container.Delete().Should().Be(new CommandResult(0, "", ""));
        container.Leftovers().Should().BeEmpty();

        Machine.Sh("kill -CONT " + run.Pid);
        run.Wait(Bundle.Lade.Timeout).Should().Be(new CommandResult(137, "", ""));
    }

    [Fact]
    public void A_process_that_cannot_end_is_an_error_and_the_container_stays()
    {
        Machine.NeedsCgroup1();
        Container container = StartSleeping();
        // What is frozen from above cannot be thawed below, and takes no SIGKILL until then.
        string above = Path.GetDirectoryName(container.Cgroup("freezer")) + "/freezer.state";
        File.WriteAllText(above, "FROZEN");
        try
        {
            container.Delete(force: true).Error().Should().StartWith("container init still running: the cgroup /sys/fs/cgroup/freezer/").And.Contain("is frozen");
            Directory.Exists(container.StateDirectory).Should().BeTrue();
        }
        finally
        {
            File.WriteAllText(above, "THAWED");
        }

        container.Delete(force: true).ExitCode.Should().Be(0);
    }
}
