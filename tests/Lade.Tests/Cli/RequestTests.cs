using System;
using FluentAssertions;
using Lade.Cli;
using Lade.Lifecycle;
using Lade.State;
using Xunit;

namespace Lade.Tests.Cli;

/// <summary>From a parsed line to the request that the lifecycle gets.</summary>
public sealed class RequestTests
{
    [Fact]
    public void CreateMakesEveryPathAbsolute()
    {
        CreateRequest request = CreateCommand.RequestOf(Parse("create", "--bundle", "b/../c", "--config", "x.json", "--console-socket", "s", "--pidfd-socket", "/p",
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
    public void CreateTakesTheCurrentDirectoryForTheBundle()
    {
        CreateRequest request = CreateCommand.RequestOf(Parse("create", "c1"));
        request.Bundle.Should().Be(Environment.CurrentDirectory);
        request.ConfigFile.Should().BeNull();
        request.PidFile.Should().BeNull();
        (request.NoPivot, request.NoNewKeyring, request.PreserveFds).Should().Be((false, false, 0));
    }

    [Fact]
    public void RunIsACreateAndMore()
    {
        RunRequest request = RunCommand.RequestOf(Parse("run", "-d", "--keep", "--no-subreaper", "-b", "/b", "--preserve-fds=2", "c1"));
        (request.Detach, request.Keep, request.NoSubreaper).Should().Be((true, true, true));
        (request.Bundle, request.PreserveFds, request.Id.ToString()).Should().Be(("/b", 2, "c1"));
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("99999999999")]
    public void CreateRefusesASenselessNumberOfDescriptors(string number) =>
        FluentActions.Invoking(() => CreateCommand.RequestOf(Parse("create", "--preserve-fds", number, "c1")))
            .Should().Throw<LadeException>().WithMessage("invalid number of descriptors to preserve: " + number);

    [Fact]
    public void PlanNeedsNoIdAndTakesOne()
    {
        PlanRequest any = PlanCommand.RequestOf(Parse("plan", "-b", "/b"));
        (any.Create.Id.ToString(), any.Create.Bundle, any.Format).Should().Be(("container", "/b", PlanOutput.Text));
        PlanRequest named = PlanCommand.RequestOf(Parse("plan", "-f", "/c.json", "--format", "json", "web1"));
        (named.Create.Id.ToString(), named.Create.ConfigFile, named.Format).Should().Be(("web1", "/c.json", PlanOutput.Json));
    }

    [Theory]
    [InlineData("c1", 15)]
    [InlineData("c1 9", 9)]
    [InlineData("c1 -9", 9)]
    [InlineData("c1 -KILL", 9)]
    [InlineData("c1 hup", 1)]
    public void KillFindsItsSignal(string line, int signal) =>
        KillCommand.SignalOf(Parse("kill", line.Split(' ')).Arguments).Should().Be(signal);

    [Theory]
    [InlineData("", CgroupManager.Cgroupfs, RootlessCgroups.Auto)]
    [InlineData("--systemd-cgroup --rootless true", CgroupManager.Systemd, RootlessCgroups.Ignore)]
    [InlineData("--cgroup-manager systemd --rootless=false", CgroupManager.Systemd, RootlessCgroups.Fail)]
    [InlineData("--cgroup-manager disabled --rootless=auto", CgroupManager.Disabled, RootlessCgroups.Auto)]
    [InlineData("--cgroup-manager cgroupfs --systemd-cgroup=false", CgroupManager.Cgroupfs, RootlessCgroups.Auto)]
    internal void GlobalOptionsChooseTheCgroupManager(string line, CgroupManager manager, RootlessCgroups rootless)
    {
        GlobalOptions globals = Globals(line);
        (globals.CgroupManager, globals.Rootless).Should().Be((manager, rootless));
    }

    [Theory]
    [InlineData("--cgroup-manager x", "invalid cgroup-manager: x")]
    [InlineData("--rootless x", "invalid rootless: x")]
    [InlineData("--root /", "Option --root argument should not be set to /")]
    [InlineData("--root /a/..", "Option --root argument should not be set to /")]
    public void GlobalOptionsRefuse(string line, string message) =>
        FluentActions.Invoking(() => Globals(line)).Should().Throw<LadeException>().WithMessage(message);

    private static GlobalOptions Globals(string line) =>
        GlobalOptions.Of(OptionParser.Parse(GlobalOptions.Table, line.Split(' ', StringSplitOptions.RemoveEmptyEntries), true));

    private static Invocation Parse(string command, params string[] line)
    {
        Command definition = CommandTable.Find(command)!;
        ParsedArguments parsed = OptionParser.Parse(definition.Options, line, definition.StopsAtFirstPositional);
        parsed.Problem.Should().BeNull();
        var globals = new GlobalOptions { StateRoot = new StateRoot("/r", true, false), CgroupManager = CgroupManager.Cgroupfs, Rootless = RootlessCgroups.Auto };
        return new Invocation(globals, parsed, Log.ToStandardError());
    }
}
