using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Cgroups;

/// <summary>`events`: statistics and the news that memory ran out.</summary>
public sealed class EventsTests : ContainerTest
{
    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(20);

    private RunningCommand Follow(Container container, params string[] options) => Bundle.Lade.Start("", ["events", .. options, container.Id]);

    [Fact]
    public void Stats_are_one_line_of_what_the_cgroup_says()
    {
        Machine.NeedsCgroup1();
        Bundle.Set("/linux/resources/memory", JsonNode.Parse("""{"limit":67108864}""")).Set("/linux/resources/pids", JsonNode.Parse("""{"limit":20}"""));
        Container container = StartSleeping();

        CommandResult result = Bundle.Lade.Run("events", "--stats", container.Id);

        result.ExitCode.Should().Be(0);
        result.Stdout.Should().MatchRegex("^\\{\"type\":\"stats\",\"id\":\"container\",\"data\":\\{\"cpu\":\\{.*\\}\\}\n$");
        JsonNode data = JsonNode.Parse(result.Stdout)!["data"]!;
        ((long)data["memory"]!["usage"]!["limit"]!).Should().Be(67108864);
        ((long)data["memory"]!["usage"]!["usage"]!).Should().BePositive();
        ((long)data["pids"]!["limit"]!).Should().Be(20);
        ((long)data["pids"]!["current"]!).Should().Be(1);
        ((long)data["cpu"]!["usage"]!["total"]!).Should().BePositive();
        data["cpu"]!["usage"]!["percpu"]!.AsArray().Should().HaveCountGreaterThan(0);
        data["memory"]!["raw"]!.AsObject().Count.Should().BeGreaterThan(10);
    }

    [Fact]
    public void The_same_keys_and_kinds_as_runcs()
    {
        Machine.NeedsCgroup1();
        string runc = Machine.Sh("command -v runc || true");
        Assert.SkipWhen(runc.Length == 0, "needs runc to compare with");
        string cgroup = Bundle.CgroupsPath;
        Bundle.Set("/linux/resources/pids", JsonNode.Parse("""{"limit":20}"""));
        Container container = StartSleeping();
        JsonNode ours = JsonNode.Parse(Bundle.Lade.Run("events", "--stats", container.Id).Stdout)!;
        // A container of runc's of its own, beside ours.
        Bundle.Set("/linux/cgroupsPath", cgroup + "-runc").Save();
        string root = Bundle.Directory + "/runc";
        JsonNode theirs;
        try
        {
            Machine.Sh($"'{runc}' --root '{root}' run -d --bundle '{Bundle.Path}' {Bundle.Name} </dev/null >/dev/null 2>&1");
            theirs = JsonNode.Parse(Machine.Sh($"'{runc}' --root '{root}' events --stats {Bundle.Name}"))!;
        }
        finally
        {
            Machine.Sh($"'{runc}' --root '{root}' delete --force {Bundle.Name}");
            foreach (MountInfo hierarchy in Machine.CgroupHierarchies)
                Machine.Sh($"rmdir '{hierarchy.Target}{cgroup}-runc' 2>/dev/null || true");
            Bundle.Set("/linux/cgroupsPath", cgroup);
        }

        // Counts that happen to be zero are left out, so the two containers may differ in those that come from disks and in memory.stat.
        string[] Shape(JsonNode node) => [.. Shapes("", node).Where(s => !s.StartsWith("/data/blkio", StringComparison.Ordinal) && !s.StartsWith("/data/memory/cache", StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal)];

        Shape(ours).Should().Equal(Shape(theirs));
    }

    [Fact]
    public void Lines_come_at_every_interval_until_the_container_ends()
    {
        Container container = StartSleeping();
        RunningCommand events = Follow(container, "--interval", "50ms");
        Machine.Eventually(() => events.Stdout.Count(c => c == '\n') >= 3, "three lines");

        container.Kill().ExitCode.Should().Be(0);
        CommandResult result = events.Wait(s_wait);

        result.ExitCode.Should().Be(0);
        result.Stderr.Should().BeEmpty();
        result.Lines.Should().OnlyContain(line => (string)JsonNode.Parse(line, null, default)!["type"]! == "stats");
    }

    [Fact]
    public void It_ends_with_the_container_and_not_at_the_next_interval()
    {
        Container container = StartSleeping();
        RunningCommand events = Follow(container, "--interval=1h");
        Machine.Eventually(() => IsInPoll(events.Pid), "events to wait");
        var time = Stopwatch.StartNew();

        container.Kill();

        events.Wait(s_wait).Should().Be(new CommandResult(0, "", ""));
        time.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void A_container_that_runs_out_of_memory_is_told()
    {
        Machine.NeedsCgroup1();
        Bundle.Set("/linux/resources/memory", JsonNode.Parse("""{"limit":8388608,"swap":8388608}"""))
            .Script("while ! test -e /go; do sleep 0.01; done; dd if=/dev/zero of=/dev/null bs=64M count=1; echo survived; sleep 1000");
        Container container = NewContainer().RunDetached();
        RunningCommand events = Follow(container, "--interval", "1h");
        Machine.Eventually(() => IsInPoll(events.Pid), "events to wait");
        File.WriteAllText(Bundle.Rootfs + "/go", "");

        container.WaitForOutput("survived");
        Machine.Eventually(() => events.Stdout.Length > 0, "the event");
        container.Kill();
        CommandResult result = events.Wait(s_wait);

        result.Stdout.Should().MatchRegex("^(\\{\"type\":\"oom\",\"id\":\"container\"\\}\n)+$");
        result.ExitCode.Should().Be(0);
    }

    [Fact]
    public void It_does_nothing_between_two_lines()
    {
        Container container = StartSleeping();
        RunningCommand events = Follow(container, "--interval", "1h");
        Machine.Eventually(() => IsInPoll(events.Pid), "events to wait");
        long before = Switches(events.Pid);

        System.Threading.Thread.Sleep(300);

        Switches(events.Pid).Should().Be(before);
        Directory.GetDirectories("/proc/" + events.Pid + "/task").Length.Should().BeLessThan(4);
        container.Kill();
        events.Wait(s_wait).ExitCode.Should().Be(0);
    }

    [Theory]
    [InlineData("0s")]
    [InlineData("-1s")]
    public void An_interval_is_longer_than_nothing(string interval)
    {
        Container container = StartSleeping();

        CommandResult result = Bundle.Lade.Run("events", "--interval=" + interval, container.Id);

        result.ExitCode.Should().Be(1);
        result.Error().Should().Be("duration interval must be greater than 0");
    }

    [Fact]
    public void A_stopped_container_has_no_events()
    {
        Container container = StartSleeping();
        container.Kill();
        container.WaitForExit();

        foreach (string[] options in (string[][])[[], ["--stats"]])
        {
            CommandResult result = Bundle.Lade.Run(["events", .. options, container.Id]);
            result.ExitCode.Should().Be(1);
            result.Error().Should().Be("container with id container is not running");
        }

        Bundle.Lade.Run("events", "nobody").Error().Should().Be("container does not exist");
    }

    [Fact]
    public void A_paused_container_has_statistics()
    {
        Container container = StartSleeping();
        Bundle.Lade.Run("pause", container.Id).ExitCode.Should().Be(0);

        Bundle.Lade.Run("events", "--stats", container.Id).Stdout.Should().StartWith("{\"type\":\"stats\"");
    }

    private static bool IsInPoll(int pid) => File.ReadAllText("/proc/" + pid + "/wchan").Contains("poll", StringComparison.Ordinal);

    private static long Switches(int pid) => long.Parse(Container.Status(pid)["voluntary_ctxt_switches"]);

    /// <summary>Path and kind of every value; the members of an array are alike.</summary>
    private static System.Collections.Generic.IEnumerable<string> Shapes(string path, JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(p => Shapes(path + "/" + p.Key, p.Value)).Prepend(path + " object"),
        JsonArray list => list.SelectMany(v => Shapes(path + "/-", v)).Prepend(path + " array"),
        null => [path + " null"],
        _ => [path + " " + node.GetValueKind()],
    };
}
