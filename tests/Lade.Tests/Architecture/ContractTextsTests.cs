using System;
using System.Linq;
using FluentAssertions;
using Xunit;

namespace Lade.Tests.Architecture;

/// <summary>Texts that engines and their users search for in lade's output. Each is in the source, and in a test that sees it come out.</summary>
/// <remarks>
/// Two more, "container still running" and "container paused", are errors of runc's library for whoever calls its Destroy; `runc delete` looks at the status
/// before, and says "cannot delete container ID that is not stopped: STATUS". So does lade.
/// </remarks>
public sealed class ContractTextsTests
{
    private const string Integration = "tests/Lade.IntegrationTests/";
    private const string Unit = "tests/Lade.Tests/";

    [Theory]
    [InlineData("container does not exist", Integration + "Lifecycle/DeleteTests.cs")]
    [InlineData("container with given ID already exists", Integration + "Lifecycle/ConcurrencyTests.cs")]
    [InlineData("invalid container ID format", Integration + "Lifecycle/StatusTests.cs")]
    [InlineData("container id cannot be empty", Integration + "Lifecycle/StatusTests.cs")]
    [InlineData("container not running", Integration + "Lifecycle/KillTests.cs")]
    [InlineData("cannot start an already running container", Integration + "Lifecycle/StatusTests.cs")]
    [InlineData("cannot start a container that has stopped", Integration + "Lifecycle/StatusTests.cs")]
    [InlineData("that is not stopped: ", Integration + "Lifecycle/DeleteTests.cs")]
    [InlineData("container init still running", Integration + "Lifecycle/DeleteTests.cs")]
    [InlineData("container's cgroup is not empty: ", Integration + "Cgroups/PathTests.cs")]
    [InlineData("container's cgroup unexpectedly frozen", Integration + "Cgroups/PathTests.cs")]
    [InlineData("container not paused", Integration + "Cgroups/PauseTests.cs")]
    [InlineData("cannot start a container in the ", Integration + "Cgroups/PauseTests.cs")]
    [InlineData("cgroup not exist", Integration + "Cgroups/PauseTests.cs")]
    [InlineData("cannot exec in a stopped container", Integration + "Exec/ExecTests.cs")]
    [InlineData("cannot exec in a paused container (use --ignore-paused to override)", Integration + "Exec/ExecCgroupTests.cs")]
    [InlineData("exec args cannot be empty", Integration + "Exec/ExecTests.cs")]
    [InlineData(" (possibly OOM-killed)", Integration + "Exec/ExecCgroupTests.cs")]
    [InlineData(" is not running", Integration + "Cgroups/EventsTests.cs")]
    [InlineData(" to cgroups: ", Unit + "Init/InitFailureTests.cs")]
    [InlineData("unable to apply cgroup configuration: ", Integration + "Cgroups/PathTests.cs")]
    [InlineData("JSON specification file ", Integration + "Errors/ErrorTests.cs")]
    [InlineData("cannot allocate tty if lade will detach without setting console socket", Integration + "Terminal/ConsoleSocketTests.cs")]
    [InlineData("cannot use console socket if lade will not detach or allocate tty", Integration + "Terminal/ConsoleSocketTests.cs")]
    [InlineData("lade run failed", Integration + "Lifecycle/RunTests.cs")]
    [InlineData("lade create failed", Integration + "Errors/ErrorTests.cs")]
    [InlineData("executable file not found in $PATH", Integration + "ProcessTests.cs")]
    [InlineData("unable to start container process: ", Integration + "Errors/ErrorTests.cs")]
    [InlineData("error during container init: ", Integration + "Errors/ErrorTests.cs")]
    [InlineData("container init was OOM-killed (memory limit too low?)", Integration + "Cgroups/LimitTests.cs")]
    [InlineData("current working directory is outside of container mount namespace root -- possible container breakout detected", Unit + "Init/InitFailureTests.cs")]
    [InlineData("error mounting ", Integration + "Errors/BrokenConfigTests.cs")]
    [InlineData(" cannot be mounted because it is inside /proc", Integration + "AttackTests.cs")]
    [InlineData(" must be mounted on ordinary directory", Integration + "AttackTests.cs")]
    [InlineData("unknown signal ", Integration + "Lifecycle/KillTests.cs")]
    [InlineData("File config.json exists. Remove it first", Integration + "Cli/SpecAndPlanTests.cs")]
    [InlineData("invalid log-format: ", Integration + "Errors/ErrorTests.cs")]
    [InlineData("Option --root argument should not be set to /", Integration + "Lifecycle/ListTests.cs")]
    [InlineData("No help topic for '", Integration + "Cli/CommandLineTests.cs")]
    [InlineData("Incorrect Usage.", Integration + "Cli/CommandLineTests.cs")]
    [InlineData("unable to stat preserved-fd ", Integration + "ProcessTests.cs")]
    [InlineData("hook ran past specified timeout of ", Integration + "Hooks/HookFailureTests.cs")]
    [InlineData("error running ", Integration + "Hooks/HookFailureTests.cs")]
    [InlineData("cannot set any additional groups in a rootless container", Integration + "RootlessTests.cs")]
    public void Is_in_the_source_and_in_a_test(string text, string test)
    {
        // In the source a text may be cut by the value in it, or continued on the next line.
        string code = string.Concat(Repository.Sources("src/Lade").Select(path => Repository.Read("src/Lade/" + path)));

        code.Contains(text, StringComparison.Ordinal).Should().BeTrue("lade says it");
        Repository.Read(test).Contains(text.Trim(), StringComparison.Ordinal).Should().BeTrue(test + " looks for it");
    }
}
