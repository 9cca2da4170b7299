using System.IO;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Lifecycle;

/// <summary>A config without <c>process</c>: the container can be created, looked at, killed and deleted, but there is nothing to start.</summary>
public sealed class NoProcessTests : ContainerTest
{
    [Fact]
    public void Its_environment_is_made()
    {
        string marker = Bundle.Directory + "/hooks";
        Bundle.Remove("/process").HookScript("createRuntime", $"echo runtime >> {marker}").HookScript("createContainer", $"echo container >> {marker}").Tmpfs("/data");
        Container container = Create();

        container.StatusWord.Should().Be("created");
        container.MountAt("/data").Type.Should().Be("tmpfs");
        container.Cgroups().Should().NotBeEmpty();
        Machine.NamespaceOf(container.Pid, "uts").Should().NotBe(Machine.OwnNamespace("uts"));
        File.ReadAllLines(marker).Should().Equal("runtime", "container");
    }

    [Fact]
    public void Start_says_what_is_missing_and_leaves_it_as_it_is()
    {
        Bundle.Remove("/process");
        Container container = Create();

        CommandResult result = container.TryStart();

        result.ExitCode.Should().Be(1);
        result.Error().Should().Contain("/process: is missing; a container without a program cannot be started");
        container.StatusWord.Should().Be("created");
        Machine.IsAlive(container.Pid).Should().BeTrue();
        container.Delete().ExitCode.Should().Be(0);
        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void A_signal_ends_it()
    {
        Bundle.Remove("/process");
        Container container = Create();

        container.Kill("TERM").ExitCode.Should().Be(0);
        container.WaitForExit().StatusWord.Should().Be("stopped");
    }

    [Fact]
    public void It_cannot_be_run()
    {
        Bundle.Remove("/process");
        Container container = NewContainer();
        CommandResult result = container.Run();

        result.ExitCode.Should().Be(1);
        result.Error().Should().Contain("/process: is missing; a container without a program can be created, but not run");
        container.Leftovers().Should().BeEmpty();
    }
}
