using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Labels;

/// <summary>The session keyring: one of the container's own, unless the caller wants to share.</summary>
public sealed class KeyringTests : ContainerTest
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_container_has_its_own_keyring_unless_told_otherwise(bool own)
    {
        Bundle.Remove("/linux/maskedPaths").Args("cat", "/proc/keys");

        CommandResult result = own ? NewContainer("ship").Run() : NewContainer("ship").Run("--no-new-keyring");

        result.ExitCode.Should().Be(0, result.Stderr);
        result.Output.Contains(" _ses.ship.").Should().Be(own, result.Output);
    }
}
