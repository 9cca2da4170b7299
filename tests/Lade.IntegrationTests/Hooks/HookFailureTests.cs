using System.Diagnostics;
using System.IO;
using System.Text.Json.Nodes;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Hooks;

/// <summary>A failing hook is an error that undoes the container; after it poststop hooks run (runtime.md "Lifecycle").</summary>
public sealed class HookFailureTests : ContainerTest
{
    public static readonly TheoryData<string> OfCreate = ["prestart", "createRuntime", "createContainer"];
    public static readonly TheoryData<string> OfStart = ["startContainer", "poststart"];
    public static readonly TheoryData<string> BeforeRunning = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart"];

    private string Stopped => Bundle.Directory + "/poststop";

    private static string Error(string kind) => "/hooks/" + kind + "/0: error running " + kind + " hook #0: ";

    [Theory]
    [MemberData(nameof(OfCreate))]
    public void It_fails_create(string kind)
    {
        Bundle.Sleeps().HookScript(kind, "echo out; echo err >&2; exit 3").HookScript("poststop", "cat >" + Stopped);
        Container container = NewContainer();

        CommandResult result = container.TryCreate();

        result.ExitCode.Should().Be(1);
        result.Error().TrimEnd().Should().Be("lade create failed: " + Error(kind) + "exit status 3, stdout: out" + (kind == "createContainer" ? "\n" : "") + ", stderr: err");
        container.Leftovers().Should().BeEmpty();
        Bundle.Inhabitants().Should().BeEmpty();
        ((string)JsonNode.Parse(File.ReadAllText(Stopped))!["status"]!).Should().Be("stopped");
    }

    [Theory]
    [MemberData(nameof(OfStart))]
    public void It_fails_start(string kind)
    {
        Bundle.Sleeps().HookScript(kind, "exit 3").HookScript("poststop", "cat >" + Stopped);
        Container container = Create();
        int pid = container.Pid;

        CommandResult result = container.TryStart();

        result.ExitCode.Should().Be(1);
        result.Error().Should().Be(Error(kind) + "exit status 3, stdout: , stderr: ");
        Machine.IsAlive(pid).Should().BeFalse();
        container.Leftovers().Should().BeEmpty();
        ((string)JsonNode.Parse(File.ReadAllText(Stopped))!["status"]!).Should().Be("stopped");
    }

    [Theory]
    [MemberData(nameof(BeforeRunning))]
    public void It_fails_run(string kind)
    {
        Bundle.Script("sleep 1000").HookScript(kind, "kill -TERM $$").HookScript("poststop", "cat >" + Stopped);
        Container container = NewContainer();

        CommandResult result = container.Run();

        result.ExitCode.Should().Be(1);
        result.Error().Should().Be("lade run failed: " + Error(kind) + "signal 15, stdout: , stderr: ");
        container.Leftovers().Should().BeEmpty();
        Bundle.Inhabitants().Should().BeEmpty();
        File.Exists(Stopped).Should().BeTrue();
    }

    [Theory]
    [MemberData(nameof(BeforeRunning))]
    public void The_hooks_after_it_do_not_run(string kind)
    {
        Bundle.Mount("/shared", null, Bundle.Directory, "bind").Sleeps();
        string directory = kind == "startContainer" ? "/shared" : Bundle.Directory;
        Bundle.HookScript(kind, $"touch {directory}/one").HookScript(kind, "exit 1").HookScript(kind, $"touch {directory}/three");

        NewContainer().Run().Error().Should().Contain("error running " + kind + " hook #1: exit status 1");

        File.Exists(Bundle.Directory + "/one").Should().BeTrue();
        File.Exists(Bundle.Directory + "/three").Should().BeFalse();
    }

    [Theory]
    [MemberData(nameof(BeforeRunning))]
    public void A_missing_one_is_an_error(string kind)
    {
        Bundle.Sleeps().Hook(kind, "/no/such/hook");
        Container container = NewContainer();

        CommandResult result = container.Run();

        result.ExitCode.Should().Be(1);
        result.Error().Should().StartWith("lade run failed: " + Error(kind)).And.EndWith("/no/such/hook: ENOENT: no such file or directory");
        container.Leftovers().Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(BeforeRunning))]
    public void Its_time_is_limited_to_the_second(string kind)
    {
        Bundle.Sleeps().Mount("/shared", null, Bundle.Directory, "bind");
        string pids = (kind == "startContainer" ? "/shared" : Bundle.Directory) + "/pids";
        Bundle.HookScript(kind, $"sleep 30 & echo $! >{pids}; wait").Set("/hooks/" + kind + "/0/timeout", 1);
        Container container = NewContainer();
        var watch = Stopwatch.StartNew();

        CommandResult result = container.Run();

        watch.ElapsedMilliseconds.Should().BeInRange(1000, 2900);
        result.ExitCode.Should().Be(1);
        result.Error().Should().Be("lade run failed: " + Error(kind) + "hook ran past specified timeout of 1.0s");
        container.Leftovers().Should().BeEmpty();
        // What the hook has started goes with it; inside, its pid means another process here.
        if (kind is not ("createContainer" or "startContainer"))
            Machine.Eventually(() => !Machine.IsAlive(int.Parse(File.ReadAllText(Bundle.Directory + "/pids"))), "end of the hook's child");
    }

    [Theory]
    [MemberData(nameof(BeforeRunning))]
    public void The_limit_holds_for_one_that_never_stops_printing(string kind)
    {
        Bundle.Sleeps().HookScript(kind, "exec yes").Set("/hooks/" + kind + "/0/timeout", 1);
        var watch = Stopwatch.StartNew();

        NewContainer().Run().Error().Should().EndWith("hook ran past specified timeout of 1.0s");
        watch.ElapsedMilliseconds.Should().BeInRange(1000, 2900);
    }

    [Theory]
    [MemberData(nameof(BeforeRunning))]
    public void The_limit_holds_for_one_that_does_not_read_a_large_state(string kind)
    {
        Bundle.Sleeps().HookScript(kind, "exec sleep 30").Set("/hooks/" + kind + "/0/timeout", 1).Set("/annotations", new JsonObject { ["big"] = new string('x', 300_000) });
        var watch = Stopwatch.StartNew();

        NewContainer().Run().Error().Should().EndWith("hook ran past specified timeout of 1.0s");

        watch.ElapsedMilliseconds.Should().BeLessThan(5000);
    }

    [Fact]
    public void A_failing_poststop_hook_is_a_warning()
    {
        Bundle.Sleeps().HookScript("poststop", "echo no >&2; exit 1").Hook("poststop", "/no/such/hook").HookScript("poststop", "touch " + Stopped);
        Container container = Create();

        CommandResult result = container.Delete();

        result.ExitCode.Should().Be(0);
        result.Warnings().Should().Equal(
            "/hooks/poststop/0: error running poststop hook #0: exit status 1, stdout: , stderr: no",
            "/hooks/poststop/1: error running poststop hook #1: execute /no/such/hook: ENOENT: no such file or directory");
        File.Exists(Stopped).Should().BeTrue("the others run all the same");
        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void Poststop_hooks_run_when_nothing_is_left_but_the_state()
    {
        Bundle.Sleeps();
        string script = "for h in /sys/fs/cgroup/*; do test -d $h" + Bundle.CgroupsPath + " && echo $h; done >" + Stopped + "; true";
        Bundle.HookScript("poststop", script);
        Container container = Create().Start();
        container.Kill();
        container.WaitForExit().Delete().ExitCode.Should().Be(0);

        File.ReadAllText(Stopped).Should().BeEmpty();
    }
}
