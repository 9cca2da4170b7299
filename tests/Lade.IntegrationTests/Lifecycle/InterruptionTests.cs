using System;
using System.IO;
using System.Text.Json.Nodes;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Lifecycle;

/// <summary>Who ends a lade that makes a container gets everything undone; what would end it by accident does not.</summary>
public sealed class InterruptionTests : ContainerTest
{
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(20);

    private string Started => Bundle.Directory + "/started";

    /// <summary>A lade that waits for a hook, whose pid stands in <see cref="Started"/>.</summary>
    private RunningCommand StartInHook(Container container, string hook, params string[] command)
    {
        Bundle.Sleeps().HookScript(hook, "echo $$ >" + Started + "; exec sleep 30").HookScript("poststop", "echo undone >>" + Started).Save();
        RunningCommand lade = Bundle.Lade.Start("", [.. command, "--bundle", Bundle.Path, container.Id]);
        Machine.Eventually(() => File.Exists(Started) && File.ReadAllText(Started).EndsWith('\n'), "hook");
        return lade;
    }

    [Theory]
    [InlineData("create", "createRuntime", "HUP", 1)]
    [InlineData("create", "createContainer", "TERM", 15)]
    [InlineData("run", "createRuntime", "INT", 2)]
    [InlineData("run", "createContainer", "QUIT", 3)]
    [InlineData("run --detach", "poststart", "TERM", 15)]
    public void A_signal_while_a_container_is_made_undoes_everything(string command, string hook, string name, int number)
    {
        Machine.NeedsRoot();
        Container container = NewContainer();
        RunningCommand lade = StartInHook(container, hook, command.Split(' '));
        string seen = File.ReadAllText(Started).Trim();

        Machine.Sh("kill -" + name + " " + lade.Pid);
        CommandResult result = lade.Wait(s_long);

        result.ExitCode.Should().Be(128 + number);
        result.Stderr.Should().Contain("interrupted by signal " + number);
        container.Leftovers().Should().BeEmpty();
        File.ReadAllText(Started).Should().EndWith("undone\n");
        // That of createContainer is a number in the container's pid namespace.
        if (hook != "createContainer")
            Machine.IsAlive(int.Parse(seen)).Should().BeFalse("the hook is killed");
        Machine.Eventually(() => Bundle.Inhabitants().Count == 0, "end of all processes");
    }

    [Fact]
    public void At_whatever_moment_a_signal_comes_there_is_the_whole_container_or_none()
    {
        Machine.NeedsRoot();
        Bundle.Sleeps().Save();
        for (int i = 0; i < 30; i++)
        {
            Container container = NewContainer("c" + i);
            RunningCommand lade = Bundle.Lade.Start("", "create", "--bundle", Bundle.Path, container.Id);
            // The first moments are the shell's that becomes lade.
            System.Threading.Thread.Sleep(TimeSpan.FromMilliseconds(1 + (i * 0.7)));
            Machine.Sh("kill -TERM " + lade.Pid + " 2>/dev/null || true");

            if (lade.Wait(s_long).ExitCode == 0)
                container.StatusWord.Should().Be("created");
            else
                container.Leftovers().Should().BeEmpty("lade was interrupted after step " + i);
            container.Delete(force: true).Should().Be(new CommandResult(0, "", ""));
        }
    }

    [Fact]
    public void The_second_signal_ends_lade_though_a_hook_hangs()
    {
        Machine.NeedsRoot();
        string undoing = Bundle.Directory + "/undoing";
        Bundle.HookScript("poststop", "echo $$ >" + undoing + "; exec sleep 30");
        Container container = NewContainer();
        RunningCommand lade = StartInHook(container, "createRuntime", "create");
        Machine.Sh("kill -TERM " + lade.Pid);
        Machine.Eventually(() => File.Exists(undoing) && File.ReadAllText(undoing).EndsWith('\n'), "poststop hook");

        Machine.Sh("kill -TERM " + lade.Pid);

        lade.Wait(s_long).ExitCode.Should().Be(128 + 15);
        Machine.Kill(int.Parse(File.ReadAllText(undoing)));
        container.Delete(force: true).Should().Be(new CommandResult(0, "", ""));
    }

    [Fact]
    public void A_signal_that_the_caller_ignores_changes_nothing()
    {
        Machine.NeedsRoot();
        Bundle.Lade.Surroundings = "trap '' HUP INT";
        string go = Bundle.Directory + "/go";
        Bundle.Sleeps().HookScript("createRuntime", "echo $$ >" + Started + "; while ! test -e " + go + "; do sleep 0.02; done").Save();
        Container container = NewContainer();
        RunningCommand lade = Bundle.Lade.Start("", "create", "--bundle", Bundle.Path, container.Id);
        Machine.Eventually(() => File.Exists(Started), "hook");

        Machine.Sh("kill -HUP " + lade.Pid + "; kill -INT " + lade.Pid + "; touch " + go);

        lade.Wait(s_long).Should().Be(new CommandResult(0, "", ""));
        container.StatusWord.Should().Be("created");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_limit_of_file_sizes_is_an_error_that_is_undone(int blocks)
    {
        Machine.NeedsRoot();
        Bundle.Lade.Surroundings = "ulimit -f " + blocks;
        Bundle.Set("/annotations", new JsonObject { ["filler"] = new string('x', 4096) }).Sleeps();
        Container container = NewContainer();

        CommandResult result = container.TryCreate();

        result.ExitCode.Should().Be(1);
        container.Leftovers().Should().BeEmpty();
    }
}
