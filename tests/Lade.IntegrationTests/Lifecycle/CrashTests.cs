using System;
using System.Collections.Generic;
using System.IO;
using System.Text.RegularExpressions;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;
using ChildProcess = System.Diagnostics.Process;

namespace Lade.IntegrationTests.Lifecycle;

/// <summary>Whatever instruction lade is killed at, `delete --force` leaves nothing.</summary>
public sealed class CrashTests : ContainerTest
{
    /// <summary>Calls at whose entry the world looks different from before.</summary>
    private static readonly string[] s_changing =
    [
        "mkdirat", "openat", "write", "renameat", "clone3", "sendmsg", "recvmsg", "unlinkat", "flock", "memfd_create", "socketpair", "bind", "connect", "pidfd_open",
        "pidfd_send_signal", "wait4",
    ];

    private void RemoveWhatIsLeft(Container container, string crashedAt)
    {
        CommandResult result = container.Delete(force: true);

        result.Should().Be(new CommandResult(0, "", ""), "lade was killed at " + crashedAt);
        container.Leftovers().Should().BeEmpty("lade was killed at " + crashedAt);
        Machine.Eventually(() => Bundle.Inhabitants().Count == 0, "end of all processes after a crash at " + crashedAt);
    }

    [Theory]
    [InlineData("create")]
    [InlineData("run")]
    public void Killed_after_some_time(string command)
    {
        Bundle.Sleeps().HookScript("createContainer", "exit 0").HookScript("createRuntime", "exit 0").Save();
        for (int i = 0; i < 30; i++)
        {
            Container container = NewContainer("c" + i);
            RunningCommand lade = Bundle.Lade.Start("", command, "--bundle", Bundle.Path, container.Id);
            System.Threading.Thread.Sleep(TimeSpan.FromMilliseconds(2 + (i * 1.5)));
            Machine.Kill(lade.Pid);
            lade.Wait(TimeSpan.FromSeconds(20));

            RemoveWhatIsLeft(container, "delay " + i);
        }
    }

    [Theory]
    [InlineData("create")]
    [InlineData("run")]
    [InlineData("start")]
    [InlineData("delete")]
    public void Killed_at_a_system_call(string command)
    {
        Machine.NeedsFile("/usr/bin/strace");
        Bundle.Sleeps().Save();
        List<(string Call, int Occurrence)> calls = Trace(command);
        calls.Should().HaveCountGreaterThan(8);
        int step = Math.Max(1, calls.Count / 40);
        for (int i = 0; i < calls.Count; i += step)
        {
            (string call, int occurrence) = calls[i];
            Container container = Prepare(command, "c" + i);

            Strace($"-o /dev/null -e trace={call} -e inject={call}:signal=KILL:when={occurrence}", command, container.Id);

            RemoveWhatIsLeft(container, call + " number " + occurrence);
        }
    }

    [Theory]
    [InlineData("prestart")]
    [InlineData("createContainer")]
    public void Killed_in_a_hook(string kind)
    {
        string started = Bundle.Directory + "/started";
        Bundle.Sleeps().HookScript(kind, "echo $$ >" + started + "; exec sleep 30").Save();
        Container container = NewContainer();
        RunningCommand lade = Bundle.Lade.Start("", "create", "--bundle", Bundle.Path, container.Id);
        Machine.Eventually(() => File.Exists(started) && File.ReadAllText(started).EndsWith('\n'), "hook");
        Machine.Kill(lade.Pid);
        lade.Wait(TimeSpan.FromSeconds(20));
        var watch = System.Diagnostics.Stopwatch.StartNew();

        RemoveWhatIsLeft(container, "a " + kind + " hook");

        watch.ElapsedMilliseconds.Should().BeLessThan(5000);
        // A hook on the host side is a program of the engine's, which lade started but does not own.
        if (kind == "prestart")
            Machine.Kill(int.Parse(File.ReadAllText(started)));
    }

    [Fact]
    public void Killed_in_the_foreground_the_container_goes_on()
    {
        Bundle.Sleeps().Save();
        Container container = NewContainer();
        RunningCommand lade = Bundle.Lade.Start("", "run", "--bundle", Bundle.Path, container.Id);
        Machine.Eventually(() => File.Exists(container.StateDirectory + "/state.json") && container.StatusWord == "running" && container.Status("Name") == "sleep", "running");

        Machine.Kill(lade.Pid);
        lade.Wait(TimeSpan.FromSeconds(20));

        container.StatusWord.Should().Be("running");
        RemoveWhatIsLeft(container, "wait");
    }

    /// <summary>A container in the state that the command starts from.</summary>
    private Container Prepare(string command, string id)
    {
        Container container = NewContainer(id);
        if (command is "start" or "delete")
            container.Create();
        return container;
    }

    /// <summary>The changing calls of a whole run of the command after the start of the .NET runtime, each with its number among those of its name.</summary>
    private List<(string Call, int Occurrence)> Trace(string command)
    {
        string file = Bundle.Directory + "/trace";
        Container container = Prepare(command, "traced");
        Strace("-o " + file + " -e trace=" + string.Join(',', s_changing), command, container.Id);
        RemoveWhatIsLeft(container, "no call");

        var counts = new Dictionary<string, int>();
        var calls = new List<(string, int)>();
        bool begun = false;
        foreach (string line in File.ReadLines(file))
        {
            Match match = Regex.Match(line, "^(\\w+)\\(");
            if (!match.Success)
                continue;
            string call = match.Groups[1].Value;
            counts[call] = counts.GetValueOrDefault(call) + 1;
            begun |= line.Contains(Bundle.Lade.StateRoot, StringComparison.Ordinal);
            if (begun)
                calls.Add((call, counts[call]));
        }

        return calls;
    }

    private void Strace(string options, string command, string id)
    {
        string arguments = command switch
        {
            "create" => "create --bundle " + Bundle.Path,
            "run" => "run --detach --bundle " + Bundle.Path,
            _ => command,
        };
        var start = new System.Diagnostics.ProcessStartInfo(
            "/bin/sh", ["-c", $"exec strace -qq {options} {LadeProgram.Path} --root {Bundle.Lade.StateRoot} {arguments} {id} </dev/null >/dev/null 2>&1"]);
        using ChildProcess process = ChildProcess.Start(start)!;
        process.WaitForExit(TimeSpan.FromSeconds(20)).Should().BeTrue();
    }
}
