using System;
using FluentAssertions;
using Lade.Plan;
using Xunit;

namespace Lade.Tests.Plan;

public sealed class ContainerPlanTests
{
    /// <summary>Whoever has all rights over the user namespace, as every process of uid 0 outside, could look into a process that was executed in it.</summary>
    [Theory]
    [InlineData(CloneFlags.CLONE_NEWUSER)]
    [InlineData(CloneFlags.CLONE_NEWUSER | CloneFlags.CLONE_NEWNS | CloneFlags.CLONE_NEWPID)]
    internal void NothingIsStartedInANewUserNamespace(CloneFlags flags)
    {
        FluentActions.Invoking(() => new ContainerPlan { StartFlags = flags, Operations = [] }).Should().Throw<InvalidOperationException>();
        FluentActions.Invoking(() => new ContainerPlan { StartFlags = CloneFlags.None, Operations = [] } with { StartFlags = flags })
            .Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void EveryOtherNamespaceIsAllowed()
    {
        foreach (CloneFlags flag in Enum.GetValues<CloneFlags>())
        {
            if (flag != CloneFlags.CLONE_NEWUSER)
                new ContainerPlan { StartFlags = flag, Operations = [] }.StartFlags.Should().Be(flag);
        }
    }
}
