using System;
using System.IO;
using System.Text.Json.Nodes;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Exec;

/// <summary>`exec`: a process in a container that runs, its input, output and end, and the texts of its failures.</summary>
public sealed class ExecTests : ExecTest
{
    [Fact]
    public void The_process_is_one_of_the_containers()
    {
        Container container = StartSleeping();

        CommandResult result = ExecScript(container, "hostname; for f in /proc/self/ns/*; do readlink $f; done; ls /; cat /proc/1/comm");

        result.Lines[0].Should().Be(Bundle.Name);
        foreach (string ns in (string[])["pid", "net", "ipc", "uts", "mnt", "cgroup", "user"])
            result.Lines.Should().Contain(Machine.NamespaceOf(container.Pid, ns));
        result.Lines[^1].Should().Be("sleep");
    }

    [Fact]
    public void It_inherits_the_process_of_the_configuration()
    {
        Bundle.Env("PATH=/bin", "A=1").Set("/process/cwd", "/var").User(0, 7, 8).SetJson("/process/rlimits", """[ { "type": "RLIMIT_CORE", "soft": 1024, "hard": 2048 } ]""")
            .Set("/process/oomScoreAdj", 123).Set("/process/user/umask", 63).Capabilities(["CAP_KILL", "CAP_CHOWN"]).Set("/process/noNewPrivileges", true);
        Container container = StartSleeping();

        CommandResult result = ExecScript(container, "echo $A; pwd; id -u; id -g; id -G; ulimit -c; ulimit -Hc; umask; cat /proc/self/oom_score_adj; cat /proc/self/status");

        // ulimit counts blocks of 512 bytes.
        result.Lines[..9].Should().Equal("1", "/var", "0", "7", "7 8", "2", "4", "0077", "123");
        foreach (string set in (string[])["CapPrm", "CapEff", "CapBnd"])
            StatusLine(result, set).Should().Be("0000000000000021");
        StatusLine(result, "NoNewPrivs").Should().Be("1");
    }

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("exit 255", 255)]
    [InlineData("kill -TERM $$", 143)]
    [InlineData("kill -KILL $$", 137)]
    public void Its_end_is_ours(string script, int code)
    {
        CommandResult result = StartSleeping().Exec("container", "sh", "-c", script);
        (result.ExitCode, result.Stderr).Should().Be((code, ""));
    }

    [Fact]
    public void Input_and_output_are_the_callers()
    {
        StartSleeping();
        CommandResult result = Bundle.Lade.Run("one\ntwo\n", ["exec", "container", "sh", "-c", "cat; echo done; echo wrong >&2"]);
        (result.Stdout, result.Stderr).Should().Be(("one\ntwo\ndone\n", "wrong\n"));
    }

    [Fact]
    public void What_looks_like_an_option_behind_the_id_is_an_argument() =>
        StartSleeping().Exec("container", "echo", "-t", "--user", "1").Output.Should().Be("-t --user 1");

    [Fact]
    public void A_hundred_megabytes_pass_unchanged()
    {
        Container container = StartSleeping();
        Bundle.Lade.Timeout = TimeSpan.FromSeconds(60);
        ExecScript(container, "yes 0123456789abcdef | head -c 100000000").Stdout.Length.Should().Be(100_000_000);
    }

    [Fact]
    public void A_closed_input_stays_closed_for_lade_alone()
    {
        StartSleeping();
        Bundle.Lade.Surroundings = "exec 8<&0";
        // Nobody's file must become the program's input.
        string lade = LadeProgram.Path + " --root " + Bundle.Lade.StateRoot;
        Machine.Sh(lade + " exec container sh -c 'cat; readlink /proc/self/fd/0' <&-").Should().Be("/dev/null");
    }

    [Theory]
    [InlineData("TERM", 15)]
    [InlineData("USR1", 10)]
    [InlineData("INT", 2)]
    public void Signals_are_passed_on(string name, int number)
    {
        Container container = StartSleeping();
        RunningCommand exec = StartExec(container, "container", "sh", "-c", "trap 'echo caught; exit 5' " + name + "; echo ready; while :; do sleep 0.05; done");
        Machine.Eventually(() => exec.Stdout.Contains("ready"), "the trap is set");

        Machine.Sh("kill -" + number + " " + exec.Pid);

        CommandResult result = exec.Wait(Bundle.Lade.Timeout);
        (result.ExitCode, result.Stdout).Should().Be((5, "ready\ncaught\n"));
    }

    [Fact]
    public void A_signal_that_ends_it_is_its_end()
    {
        Container container = StartSleeping();
        RunningCommand exec = StartExec(container, "container", "sleep", "1000");
        _ = container.OtherProcess("sleep");
        Machine.Sh("kill -TERM " + exec.Pid);
        exec.Wait(Bundle.Lade.Timeout).ExitCode.Should().Be(143);
    }

    [Fact]
    public void Orphans_are_the_containers()
    {
        Container container = StartSleeping();
        ExecScript(container, "sleep 1000 & echo started").Output.Should().Be("started");
        // The shell says so before its child has become another program.
        _ = container.OtherProcess("sleep");
        ExecScript(container, "ps -o ppid,args | grep '[s]leep 1000' | tail -1").Output.Trim().Should().Be("1 sleep 1000");
    }

    [Fact]
    public void Detached_it_stays_behind_and_is_known_by_its_pid_file()
    {
        Container container = StartSleeping();
        string file = Bundle.Directory + "/pid";

        CommandResult result = container.Exec("--detach", "--pid-file", file, "container", "sh", "-c", "echo started; exec sleep 1000");

        result.ExitCode.Should().Be(0);
        string pid = File.ReadAllText(file);
        pid.Should().MatchRegex("^[1-9][0-9]*$");
        container.Processes().Should().Contain(int.Parse(pid));
        Machine.NamespaceOf(int.Parse(pid), "mnt").Should().Be(Machine.NamespaceOf(container.Pid, "mnt"));
        Directory.GetFiles(Bundle.Directory, ".pid*").Should().BeEmpty();
        Machine.Kill(int.Parse(pid));
    }

    [Fact]
    public void A_failure_leaves_no_pid_file_and_no_process()
    {
        Container container = StartSleeping();
        string file = Bundle.Directory + "/pid";
        ExecError(container, "--detach", "--pid-file", file, "container", "/nope");
        File.Exists(file).Should().BeFalse();
        container.Processes().Should().HaveCount(1);
    }

    [Fact]
    public void A_pid_file_that_cannot_be_written_ends_the_process()
    {
        Container container = StartSleeping();
        ExecError(container, "--detach", "--pid-file", Bundle.Directory + "/none/pid", "container", "sleep", "1000").Should().Contain("/none/.pid: ENOENT");
        container.Processes().Should().HaveCount(1);
    }

    [Theory]
    [InlineData("nope", "unable to start container process: exec: \"nope\": executable file not found in $PATH")]
    [InlineData("/nope", "exec: \"/nope\": stat /nope: no such file or directory")]
    [InlineData("/etc/passwd", "exec: \"/etc/passwd\": permission denied")]
    [InlineData("/etc", "exec: \"/etc\": is a directory")]
    [InlineData("/etc/passwd/x", "exec: \"/etc/passwd/x\": stat /etc/passwd/x: not a directory")]
    public void Programs_that_cannot_run(string program, string text) =>
        ExecError(StartSleeping(), "container", program).Should().StartWith("exec failed: ").And.EndWith(text);

    [Fact]
    public void Errors_are_in_the_log_in_the_words_that_shims_look_for()
    {
        Container container = StartSleeping();
        string log = Bundle.Directory + "/log.json";
        Bundle.Lade.GlobalOptions = ["--log", log, "--log-format", "json"];
        container.Exec("container", "nope").ExitCode.Should().Be(255);
        JsonNode record = JsonNode.Parse(File.ReadAllText(log).TrimEnd('\n').Split('\n')[^1])!;
        ((string)record["level"]!).Should().Be("error");
        ((string)record["msg"]!).Should().StartWith("exec failed: ").And.EndWith("exec: \"nope\": executable file not found in $PATH");
    }

    [Fact]
    public void No_arguments() => ExecError(StartSleeping(), "container").Should().Be("exec failed: exec args cannot be empty");

    [Fact]
    public void No_container()
    {
        Bundle.Save();
        CommandResult result = Bundle.Lade.Run("exec", "none", "true");
        result.ExitCode.Should().Be(255);
        result.Stderr.Should().Contain("exec failed: container does not exist");
    }

    [Fact]
    public void A_stopped_container()
    {
        Bundle.Args("true");
        Container container = NewContainer().RunDetached();
        Machine.Eventually(() => container.StatusWord == "stopped", "its end");
        ExecError(container, "container", "true").Should().Be("exec failed: cannot exec in a stopped container");
    }

    [Fact]
    public void A_created_container()
    {
        Bundle.Args("sh", "-c", "cat /tmp/left; sleep 1000");
        Container container = Create();
        ExecScript(container, "echo early > /tmp/left; cat /proc/1/comm").Output.Should().Be("lade-init");
        container.StatusWord.Should().Be("created");
        container.Start().WaitForOutput("early");
    }

    [Fact]
    public void An_engines_process_document_on_an_engines_container()
    {
        string samples = RepositorySamples();
        Bundle.Capabilities(["CAP_KILL"]);
        Container container = StartSleeping();

        CommandResult result = container.Exec("--process", samples + "/docker-exec-process.json", "container");

        // Its program looks for the filter's mode.
        (result.ExitCode, result.Stderr).Should().Be((0, ""));
        result.Lines.Should().Contain("Seccomp:\t0");
    }

    private static string RepositorySamples()
    {
        for (string? at = AppContext.BaseDirectory; at is not null; at = Path.GetDirectoryName(at))
        {
            if (Directory.Exists(at + "/tests/Lade.Tests/Samples"))
                return at + "/tests/Lade.Tests/Samples";
        }

        throw new DirectoryNotFoundException("no tests/Lade.Tests/Samples above " + AppContext.BaseDirectory);
    }
}
