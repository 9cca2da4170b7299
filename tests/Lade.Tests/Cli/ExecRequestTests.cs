using System;
using FluentAssertions;
using Lade.Cli;
using Lade.Lifecycle;
using Lade.Planning;
using Lade.State;
using Xunit;

namespace Lade.Tests.Cli;

/// <summary>From the line of an `exec` to its request.</summary>
public sealed class ExecRequestTests
{
    [Fact]
    public void EveryOptionArrives()
    {
        ExecRequest request = Parse(
            "--console-socket", "s", "--pidfd-socket", "/p", "--cwd", "/c", "-e", "A=1,2", "--env=B=3", "-t", "-u", "1:2", "-g", "3", "--additional-gids", "4", "-d",
            "--pid-file", "pid", "--process-label", "l", "--apparmor", "a", "--no-new-privs", "--cap", "CAP_A", "-c", "CAP_B", "--preserve-fds", "5", "--cgroup", "cpu,cpuacct:x",
            "--cgroup", "memory:/y", "--ignore-paused", "c1", "ls", "-t", "--", "x");

        string here = Environment.CurrentDirectory;
        (request.Id.ToString(), request.StateRoot, request.ProcessFile).Should().Be(("c1", "/r", null));
        (request.ConsoleSocket, request.PidfdSocket, request.PidFile).Should().Be((here + "/s", "/p", here + "/pid"));
        (request.Detach, request.IgnorePaused, request.PreserveFds).Should().Be((true, true, 5));
        request.Cgroups.Should().BeEquivalentTo(new System.Collections.Generic.Dictionary<string, string> { ["cpu"] = "x", ["cpuacct"] = "x", ["memory"] = "/y" });
        ProcessOptions options = request.Options;
        options.Args.Should().Equal("ls", "-t", "--", "x");
        options.Env.Should().Equal("A=1,2", "B=3");
        (options.Cwd, options.Terminal, options.Uid, options.Gid, options.NoNewPrivileges).Should().Be(("/c", true, 1u, 2u, true));
        (options.SelinuxLabel, options.ApparmorProfile).Should().Be(("l", "a"));
        options.AdditionalGids.Should().Equal(3u, 4u);
        options.Capabilities.Should().Equal("CAP_A", "CAP_B");
    }

    [Fact]
    public void WhatIsNotGivenStaysOpen()
    {
        ExecRequest request = Parse("c1", "true");
        (request.Detach, request.IgnorePaused, request.PreserveFds, request.Cgroups).Should().Be((false, false, 0, null));
        request.Options.Should().BeEquivalentTo(new ProcessOptions { Args = ["true"] });
    }

    [Fact]
    public void AnEngineGivesADocument()
    {
        ExecRequest request = Parse("--process", "/run/p.json", "--detach", "--pid-file", "/run/pid", "c1");
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
    public void User(string text, uint? uid, uint? gid)
    {
        ProcessOptions options = Parse("--user", text, "c1", "a").Options;
        (options.Uid, options.Gid).Should().Be((uid, gid));
    }

    [Fact]
    public void OnePathWithoutAControllerIsForAll() => Parse("--cgroup", "a/b", "c1", "a").Cgroups.Should().Equal(new System.Collections.Generic.Dictionary<string, string> { [""] = "a/b" });

    [Theory]
    [InlineData("--user x", "invalid --user argument: 'x' is no id; a number from 0 to 4294967294 is needed")]
    [InlineData("--user 1:", "invalid --user argument: '' is no id; a number from 0 to 4294967294 is needed")]
    [InlineData("--user 1:2:3", "invalid --user argument: '2:3' is no id; a number from 0 to 4294967294 is needed")]
    [InlineData("--user 4294967295", "invalid --user argument: '4294967295' is no id; a number from 0 to 4294967294 is needed")]
    [InlineData("-g 1,2", "invalid --additional-gids argument: '1,2' is no id; a number from 0 to 4294967294 is needed")]
    [InlineData("--cgroup ,cpu:x", "invalid --cgroup argument: ,cpu:x (empty <controller> prefix)")]
    [InlineData("--cgroup cpu:x --cgroup y", "invalid --cgroup argument: y (missing <controller>: prefix)")]
    [InlineData("--cgroup cpu:x --cgroup cpu:y", "invalid --cgroup argument(s): controller cpu specified multiple times")]
    [InlineData("--preserve-fds -1", "invalid number of descriptors to preserve: -1")]
    public void Mistakes(string options, string message) =>
        FluentActions.Invoking(() => Parse([.. options.Split(' '), "c1", "a"])).Should().Throw<LadeException>().WithMessage(message);

    private static ExecRequest Parse(params string[] line)
    {
        Command definition = CommandTable.Find("exec")!;
        ParsedArguments parsed = OptionParser.Parse(definition.Options, line, definition.StopsAtFirstPositional);
        parsed.Problem.Should().BeNull();
        var globals = new GlobalOptions { StateRoot = new StateRoot("/r", true, false), CgroupManager = CgroupManager.Cgroupfs, Rootless = RootlessCgroups.Auto };
        return ExecCommand.RequestOf(new Invocation(globals, parsed, Log.ToStandardError()));
    }
}
