using System;
using System.Collections.Generic;
using FluentAssertions;
using Lade.Cli;
using Lade.Lifecycle;
using Lade.Planning;
using Lade.State;
using Xunit;

namespace Lade.Tests.Cli;

/// <summary>From a parsed line to the request that the lifecycle gets.</summary>
public sealed class RequestTests
{
    [Fact]
    public void Create_makes_paths_absolute()
    {
        CreateRequest request = CreateCommand.ParseRequest(Parse("create", "--bundle", "b/../c", "--config", "x.json", "--console-socket", "s", "--pidfd-socket", "/p",
            "--pid-file", "./pid", "--no-pivot", "--no-new-keyring", "--preserve-fds", "3", "c1"));

        string here = Environment.CurrentDirectory;
        request.Bundle.Should().Be(here + "/c");
        request.ConfigFile.Should().Be(here + "/x.json");
        request.ConsoleSocket.Should().Be(here + "/s");
        request.PidfdSocket.Should().Be("/p");
        request.PidFile.Should().Be(here + "/pid");
        request.StateRoot.Should().Be("/r");
        request.Id.ToString().Should().Be("c1");
        (request.NoPivot, request.NoNewKeyring, request.PreserveFds).Should().Be((true, true, 3));
    }

    [Fact]
    public void Bundle_defaults_to_the_current_directory()
    {
        CreateRequest request = CreateCommand.ParseRequest(Parse("create", "c1"));
        request.Bundle.Should().Be(Environment.CurrentDirectory);
        request.ConfigFile.Should().BeNull();
        request.PidFile.Should().BeNull();
        (request.NoPivot, request.NoNewKeyring, request.PreserveFds).Should().Be((false, false, 0));
    }

    [Fact]
    public void Run_extends_create()
    {
        RunRequest request = RunCommand.ParseRequest(Parse("run", "-d", "--keep", "--no-subreaper", "-b", "/b", "--preserve-fds=2", "c1"));
        (request.Detach, request.Keep, request.NoSubreaper).Should().Be((true, true, true));
        (request.Bundle, request.PreserveFds, request.Id.ToString()).Should().Be(("/b", 2, "c1"));
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("99999999999")]
    public void Rejects_an_invalid_number_of_descriptors(string number) =>
        FluentActions.Invoking(() => CreateCommand.ParseRequest(Parse("create", "--preserve-fds", number, "c1")))
            .Should().Throw<LadeException>().WithMessage("invalid number of descriptors to preserve: " + number);

    [Fact]
    public void Plan_takes_an_optional_id()
    {
        PlanRequest any = PlanCommand.ParseRequest(Parse("plan", "-b", "/b"));
        (any.Create.Id.ToString(), any.Create.Bundle, any.Format).Should().Be(("container", "/b", PlanOutput.Text));
        PlanRequest named = PlanCommand.ParseRequest(Parse("plan", "-f", "/c.json", "--format", "json", "web1"));
        (named.Create.Id.ToString(), named.Create.ConfigFile, named.Format).Should().Be(("web1", "/c.json", PlanOutput.Json));
    }

    [Theory]
    [InlineData("c1", 15)]
    [InlineData("c1 9", 9)]
    [InlineData("c1 -9", 9)]
    [InlineData("c1 -KILL", 9)]
    [InlineData("c1 hup", 1)]
    public void Kill_parses_its_signal(string line, int signal) =>
        KillCommand.ParseSignal(Parse("kill", line.Split(' ')).Arguments).Should().Be(signal);

    [Theory]
    [InlineData("", CgroupManager.Cgroupfs, RootlessCgroups.Auto)]
    [InlineData("--systemd-cgroup --rootless true", CgroupManager.Systemd, RootlessCgroups.Ignore)]
    [InlineData("--cgroup-manager systemd --rootless=false", CgroupManager.Systemd, RootlessCgroups.Fail)]
    [InlineData("--cgroup-manager disabled --rootless=auto", CgroupManager.Disabled, RootlessCgroups.Auto)]
    [InlineData("--cgroup-manager cgroupfs --systemd-cgroup=false", CgroupManager.Cgroupfs, RootlessCgroups.Auto)]
    internal void Global_options_select_the_cgroup_manager(string line, CgroupManager manager, RootlessCgroups rootless)
    {
        GlobalOptions globals = Globals(line);
        (globals.CgroupManager, globals.Rootless).Should().Be((manager, rootless));
    }

    [Theory]
    [InlineData("--cgroup-manager x", "invalid cgroup-manager: x")]
    [InlineData("--rootless x", "invalid rootless: x")]
    [InlineData("--root /", "Option --root argument should not be set to /")]
    [InlineData("--root /a/..", "Option --root argument should not be set to /")]
    public void Rejects_global_options(string line, string message) =>
        FluentActions.Invoking(() => Globals(line)).Should().Throw<LadeException>().WithMessage(message);

    [Fact]
    public void Exec_passes_every_option_on()
    {
        ExecRequest request = ParseExec(
            "--console-socket", "s", "--pidfd-socket", "/p", "--cwd", "/c", "-e", "A=1,2", "--env=B=3", "-t", "-u", "1:2", "-g", "3", "--additional-gids", "4", "-d",
            "--pid-file", "pid", "--process-label", "l", "--apparmor", "a", "--no-new-privs", "--cap", "CAP_A", "-c", "CAP_B", "--preserve-fds", "5", "--cgroup", "cpu,cpuacct:x",
            "--cgroup", "memory:/y", "--ignore-paused", "c1", "ls", "-t", "--", "x");

        string here = Environment.CurrentDirectory;
        (request.Id.ToString(), request.StateRoot, request.ProcessFile).Should().Be(("c1", "/r", null));
        (request.ConsoleSocket, request.PidfdSocket, request.PidFile).Should().Be((here + "/s", "/p", here + "/pid"));
        (request.Detach, request.IgnorePaused, request.PreserveFds).Should().Be((true, true, 5));
        request.Cgroups.Should().BeEquivalentTo(new Dictionary<string, string> { ["cpu"] = "x", ["cpuacct"] = "x", ["memory"] = "/y" });
        ProcessOptions options = request.Options;
        options.Args.Should().Equal("ls", "-t", "--", "x");
        options.Env.Should().Equal("A=1,2", "B=3");
        (options.Cwd, options.Terminal, options.Uid, options.Gid, options.NoNewPrivileges).Should().Be(("/c", true, 1u, 2u, true));
        (options.SelinuxLabel, options.ApparmorProfile).Should().Be(("l", "a"));
        options.AdditionalGids.Should().Equal(3u, 4u);
        options.Capabilities.Should().Equal("CAP_A", "CAP_B");
    }

    [Fact]
    public void Exec_leaves_options_not_given_unset()
    {
        ExecRequest request = ParseExec("c1", "true");
        (request.Detach, request.IgnorePaused, request.PreserveFds, request.Cgroups).Should().Be((false, false, 0, null));
        request.Options.Should().BeEquivalentTo(new ProcessOptions { Args = ["true"] });
    }

    [Fact]
    public void Exec_takes_a_process_document()
    {
        ExecRequest request = ParseExec("--process", "/run/p.json", "--detach", "--pid-file", "/run/pid", "c1");
        (request.ProcessFile, request.Detach, request.PidFile).Should().Be(("/run/p.json", true, "/run/pid"));
        request.Options.Args.Should().BeEmpty();
    }

    /// <summary>CVE-2026-30892: a user without a group is that user.</summary>
    [Theory]
    [InlineData("1", 1u, null)]
    [InlineData("0", 0u, null)]
    [InlineData("1:0", 1u, 0u)]
    [InlineData("4294967294:1", 4294967294u, 1u)]
    [InlineData("", null, null)]
    public void Exec_user(string text, uint? uid, uint? gid)
    {
        ProcessOptions options = ParseExec("--user", text, "c1", "a").Options;
        (options.Uid, options.Gid).Should().Be((uid, gid));
    }

    [Fact]
    public void Exec_cgroup_path_without_a_controller_is_for_all() => ParseExec("--cgroup", "a/b", "c1", "a").Cgroups.Should().Equal(new Dictionary<string, string> { [""] = "a/b" });

    [Theory]
    [InlineData("--user x", "invalid --user argument: 'x' is not an id from 0 to 4294967294")]
    [InlineData("--user 1:", "invalid --user argument: '' is not an id from 0 to 4294967294")]
    [InlineData("--user 1:2:3", "invalid --user argument: '2:3' is not an id from 0 to 4294967294")]
    [InlineData("--user 4294967295", "invalid --user argument: '4294967295' is not an id from 0 to 4294967294")]
    [InlineData("-g 1,2", "invalid --additional-gids argument: '1,2' is not an id from 0 to 4294967294")]
    [InlineData("--cgroup ,cpu:x", "invalid --cgroup argument: ,cpu:x (empty <controller> prefix)")]
    [InlineData("--cgroup cpu:x --cgroup y", "invalid --cgroup argument: y (missing <controller>: prefix)")]
    [InlineData("--cgroup cpu:x --cgroup cpu:y", "invalid --cgroup argument(s): controller cpu specified multiple times")]
    [InlineData("--preserve-fds -1", "invalid number of descriptors to preserve: -1")]
    public void Exec_rejects(string options, string message) =>
        FluentActions.Invoking(() => ParseExec([.. options.Split(' '), "c1", "a"])).Should().Throw<LadeException>().WithMessage(message);

    private static GlobalOptions Globals(string line) =>
        GlobalOptions.From(OptionParser.Parse(GlobalOptions.Table, line.Split(' ', StringSplitOptions.RemoveEmptyEntries), true));

    private static ExecRequest ParseExec(params string[] line) => ExecCommand.ParseRequest(Parse("exec", line));

    private static Invocation Parse(string command, params string[] line)
    {
        Command definition = CommandTable.Find(command)!;
        ParsedArguments parsed = OptionParser.Parse(definition.Options, line, definition.StopsAtFirstPositional);
        parsed.Problem.Should().BeNull();
        var globals = new GlobalOptions { StateRoot = new StateRoot("/r", true, false), CgroupManager = CgroupManager.Cgroupfs, Rootless = RootlessCgroups.Auto };
        return new Invocation(globals, parsed, Log.ToStandardError());
    }
}
