using System;
using System.Linq;
using FluentAssertions;
using Lade.Plan;
using Xunit;

namespace Lade.Tests.Plan;

public sealed class ContainerPlanTests
{
    /// <summary>A process executed in a user namespace is accessible to any process with all capabilities over it, such as uid 0 outside.</summary>
    [Theory]
    [InlineData(CloneFlags.CLONE_NEWUSER)]
    [InlineData(CloneFlags.CLONE_NEWUSER | CloneFlags.CLONE_NEWNS | CloneFlags.CLONE_NEWPID)]
    internal void InitIsNeverStartedInANewUserNamespace(CloneFlags flags)
    {
        FluentActions.Invoking(() => new ContainerPlan { StartFlags = flags, Operations = [] }).Should().Throw<InvalidOperationException>();
        FluentActions.Invoking(() => new ContainerPlan { StartFlags = CloneFlags.None, Operations = [] } with { StartFlags = flags })
            .Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void OtherNamespacesAreAllowed()
    {
        CloneFlags others = Enum.GetValues<CloneFlags>().Aggregate((all, flag) => all | flag) & ~CloneFlags.CLONE_NEWUSER;
        new ContainerPlan { StartFlags = others, Operations = [] }.StartFlags.Should().Be(others);
    }
}
