using System;
using FluentAssertions;
using Lade.Plan;
using Lade.Planning;
using Lade.Tests.Plan;
using Xunit;

namespace Lade.Tests.Planning;

public sealed class JoinPlanTests
{
    [Fact]
    public void NothingToJoin() => new JoinPlan(7, CloneFlags.None) { UserNamespace = null }.Enter().Should().BeEmpty();

    [Theory]
    [InlineData(CloneFlags.CLONE_NEWNS | CloneFlags.CLONE_NEWNET, "JoinNamespace(container, NEWNS|NEWNET, /proc/7/ns (CLONE_NEWNS, CLONE_NEWNET))")]
    [InlineData(CloneFlags.CLONE_NEWTIME, "JoinNamespace(container, NEWTIME, /proc/7/ns (CLONE_NEWTIME))")]
    internal void OneCallForAll(CloneFlags foreign, string expected) => OperationText.Lines(new JoinPlan(7, foreign) { UserNamespace = null }.Enter()).Should().Equal(expected, "Sync(Joined)");

    [Fact]
    public void BecomesRootOfTheUserNamespace() =>
        OperationText.Lines(new JoinPlan(7, CloneFlags.CLONE_NEWUSER | CloneFlags.CLONE_NEWPID) { UserNamespace = null }.Enter()).Should().Equal(
            "JoinNamespace(container, NEWUSER|NEWPID, /proc/7/ns (CLONE_NEWUSER, CLONE_NEWPID))", "Sync(Joined)", "BecomeRoot");

    [Fact]
    public void FilesAreJoinedInOrderUserNamespaceFirst() =>
        OperationText.Lines((new JoinPlan(7, CloneFlags.CLONE_NEWNS | CloneFlags.CLONE_NEWUSER | CloneFlags.CLONE_NEWPID) { UserNamespace = null, ByFile = true }).Enter()).Should().Equal(
            "JoinNamespace(init/user, NEWUSER, the user namespace of process 7)",
            "JoinNamespace(init/pid, NEWPID, the pid namespace of process 7)",
            "JoinNamespace(init/mnt, NEWNS, the mnt namespace of process 7)",
            "BecomeRoot");

    [Theory]
    [InlineData(CloneFlags.CLONE_NEWUSER | CloneFlags.CLONE_NEWPID, true)]
    [InlineData(CloneFlags.CLONE_NEWPID, true)]
    [InlineData(CloneFlags.CLONE_NEWUSER | CloneFlags.CLONE_NEWNS, false)]
    [InlineData(CloneFlags.None, false)]
    internal void BecomesVisibleByCloning(CloneFlags foreign, bool clones)
    {
        OperationText.Lines(new JoinPlan(7, foreign) { UserNamespace = null }.BecomeVisible()).Should().Equal(clones ? ["Clone(None)"] : Array.Empty<string>());
        new JoinPlan(7, foreign) { UserNamespace = null }.Enter().Should().NotContain(o => o is Clone);
    }

    [Fact]
    public void EveryTypeHasAFile()
    {
        CloneFlags all = CloneFlags.None;
        foreach (CloneFlags type in JoinPlan.Types)
        {
            (all & type).Should().Be(CloneFlags.None);
            all |= type;
            System.IO.File.Exists("/proc/self/ns/" + JoinPlan.FileOf(type)).Should().BeTrue(type.ToString());
        }

        foreach (CloneFlags type in Enum.GetValues<CloneFlags>())
            (all & type).Should().Be(type);
    }
}
