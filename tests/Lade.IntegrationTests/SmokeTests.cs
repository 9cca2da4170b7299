using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests;

/// <summary>The fixtures and a container's whole life.</summary>
public sealed class SmokeTests : ContainerTest
{
    [Fact]
    public void A_container_runs_and_is_gone()
    {
        Bundle.Script("echo hello; exit 3");
        Container container = NewContainer();

        CommandResult result = container.Run();

        result.ExitCode.Should().Be(3, result.Stderr);
        result.Stdout.Should().Be("hello\n");
        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void A_container_is_created_started_killed_and_deleted()
    {
        Bundle.Sleeps();
        Container container = Create();
        container.StatusWord.Should().Be("created");
        container.Cgroups().Should().NotBeEmpty();
        container.Start().StatusWord.Should().Be("running");
        container.Kill().ExitCode.Should().Be(0);
        container.WaitForExit().StatusWord.Should().Be("stopped");
        container.Delete().ExitCode.Should().Be(0);
        container.Leftovers().Should().BeEmpty();
    }
}
