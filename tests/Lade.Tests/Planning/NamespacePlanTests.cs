using System;
using System.Collections.Generic;
using System.Linq;
using FluentAssertions;
using Lade.Configuration;
using Lade.Plan;
using Lade.Planning;
using Lade.Tests.Plan;
using Xunit;

namespace Lade.Tests.Planning;

public sealed class NamespacePlanTests
{
    [Fact]
    public void DirectWayIsASingleClone()
    {
        NamespacePlan plan = Plan("pid network mount ipc uts");

        plan.IsStaged.Should().BeFalse();
        plan.StartFlags.Should().Be(
            CloneFlags.CLONE_NEWPID | CloneFlags.CLONE_NEWNET | CloneFlags.CLONE_NEWNS | CloneFlags.CLONE_NEWIPC | CloneFlags.CLONE_NEWUTS);
        plan.Enter().Should().BeEmpty();
        OperationText.Lines(plan.SetUp()).Should().Equal("LoopbackUp @/linux/namespaces/1");
    }

    [Fact]
    public void CgroupNamespaceIsUnsharedInside()
    {
        NamespacePlan plan = Plan("cgroup mount network");

        plan.StartFlags.Should().Be(CloneFlags.CLONE_NEWNS | CloneFlags.CLONE_NEWNET);
        OperationText.Lines(plan.SetUp()).Should().Equal("Unshare(NEWCGROUP) @/linux/namespaces/0", "LoopbackUp @/linux/namespaces/2");
    }

    [Theory]
    [InlineData("mount user")]
    [InlineData("mount time")]
    [InlineData("mount=/proc/1/ns/mnt")]
    [InlineData("cgroup=/proc/1/ns/cgroup")]
    public void StagedWayStartsOutside(string namespaces)
    {
        NamespacePlan plan = Plan(namespaces);

        plan.IsStaged.Should().BeTrue();
        plan.StartFlags.Should().Be(CloneFlags.None);
        plan.Enter().Last().Should().BeOfType<Clone>();
    }

    [Fact]
    public void PrivilegedJoinsOthersBeforeTheUserNamespace() =>
        Enter("user=/u network=/n mount ipc=/i", privileged: true).Should().Equal(
            "JoinNamespace(namespaces/network, NEWNET, /n) @/linux/namespaces/1/path",
            "JoinNamespace(namespaces/ipc, NEWIPC, /i) @/linux/namespaces/3/path",
            "JoinNamespace(namespaces/user, NEWUSER, /u) @/linux/namespaces/0/path",
            "BecomeRoot @/linux/namespaces/0",
            "Clone(NEWNS) @/linux/namespaces");

    [Fact]
    public void UnprivilegedJoinsTheUserNamespaceFirst() =>
        Enter("user=/u network=/n mount", privileged: false).Should().Equal(
            "JoinNamespace(namespaces/user, NEWUSER, /u) @/linux/namespaces/0/path",
            "BecomeRoot @/linux/namespaces/0",
            "JoinNamespace(namespaces/network, NEWNET, /n) @/linux/namespaces/1/path",
            "Clone(NEWNS) @/linux/namespaces");

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 3)]
    public void NewUserNamespaceIsMappedBeforeBecomingRoot(bool privileged, int join)
    {
        var expected = new List<string>
        {
            privileged ? "Unshare(NEWUSER) Disowned @/linux/namespaces/1" : "Unshare(NEWUSER) @/linux/namespaces/1",
            privileged ? "Sync(MapIds) @/linux/uidMappings" : "Sync(MapIds) Dumpable @/linux/uidMappings",
            "BecomeRoot @/linux/namespaces/1",
        };
        expected.Insert(join, "JoinNamespace(namespaces/network, NEWNET, /n) @/linux/namespaces/2/path");

        Enter("pid user network=/n mount", privileged).Should().Equal([.. expected, "Clone(NEWNS|NEWPID) @/linux/namespaces"]);
    }

    [Fact]
    public void TimeOffsetsAreWrittenBeforeEnteringTheTimeNamespace() =>
        Enter("time pid", privileged: true).Should().Equal(
            "Unshare(NEWTIME) @/linux/namespaces/0",
            "Sync(TimeOffsets) @/linux/timeOffsets",
            "Clone(NEWPID) @/linux/namespaces");

    [Fact]
    public void TimeNamespaceIsOwnedByTheUserNamespace() =>
        Enter("time user", privileged: true).Should().Equal(
            "Unshare(NEWUSER) Disowned @/linux/namespaces/1",
            "Sync(MapIds) @/linux/uidMappings",
            "BecomeRoot @/linux/namespaces/1",
            "Unshare(NEWTIME) @/linux/namespaces/0",
            "Sync(TimeOffsets) @/linux/timeOffsets",
            "Clone(None) @/linux/namespaces");

    [Fact]
    public void CgroupNamespaceIsNeverCloned()
    {
        Plan("network=/n cgroup=/c").SetUp().Should().BeEmpty("joined namespaces are not set up");
        Enter("network=/n cgroup uts", privileged: true).Should().Equal(
            "JoinNamespace(namespaces/network, NEWNET, /n) @/linux/namespaces/0/path", "Clone(NEWUTS) @/linux/namespaces");
    }

    /// <summary>Its processes would see one that still has the host's privileges.</summary>
    [Fact]
    public void ExistingPidNamespaceIsEnteredLast()
    {
        NamespacePlan plan = Plan("mount pid=/p cgroup uts");

        plan.JoinsPid.Should().BeTrue();
        plan.StartFlags.Should().Be(CloneFlags.None);
        OperationText.Lines(plan.Enter()).Should().Equal(
            "Unshare(NEWNS|NEWUTS) @/linux/namespaces", "SetProcNamespace(namespaces/pid, /p) @/linux/namespaces/1/path");
        OperationText.Lines(plan.PrepareJoin()).Should().Equal("JoinNamespace(namespaces/pid, NEWPID, /p) @/linux/namespaces/1/path");
        OperationText.Lines(plan.BecomeVisible()).Should().Equal("Clone(None) @/linux/namespaces/1");
        Enter("pid=/p", privileged: true).Should().Equal("SetProcNamespace(namespaces/pid, /p) @/linux/namespaces/0/path");
    }

    /// <summary>Joining it requires privileges in the parent user namespace; the clone still comes last.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ExistingPidNamespaceIsJoinedAlongWithAUserNamespace(bool privileged)
    {
        NamespacePlan plan = Plan("user=/u pid=/p mount", privileged);
        const string Pid = "JoinNamespace(namespaces/pid, NEWPID, /p) @/linux/namespaces/1/path";
        var expected = new List<string> { "JoinNamespace(namespaces/user, NEWUSER, /u) @/linux/namespaces/0/path", "BecomeRoot @/linux/namespaces/0" };
        expected.Insert(privileged ? 0 : 2, Pid);

        OperationText.Lines(plan.Enter()).Should().Equal(
            [.. expected, "Unshare(NEWNS) @/linux/namespaces", "SetProcNamespace(namespaces/pid, /p) IsJoined @/linux/namespaces/1/path"]);
        plan.PrepareJoin().Should().BeEmpty();
        OperationText.Lines(plan.BecomeVisible()).Should().Equal("Clone(None) @/linux/namespaces/1");
    }

    [Theory]
    [InlineData("pid mount")]
    [InlineData("mount user")]
    [InlineData("network=/n")]
    public void WithoutAnExistingPidNamespaceThereIsNothingToPrepare(string namespaces)
    {
        NamespacePlan plan = Plan(namespaces);

        plan.JoinsPid.Should().BeFalse();
        plan.PrepareJoin().Should().BeEmpty();
        plan.BecomeVisible().Should().BeEmpty();
    }

    /// <summary>
    /// The host's root may write the mappings of any process; a dumpable process in a user namespace is accessible to any process with uid 0.
    /// </summary>
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void OnlyAnUnprivilegedUserNeedsADumpableProcessForIdMappings(bool privileged, bool dumpable) =>
        Plan("user mount", privileged).Enter().OfType<Sync>().Single(sync => sync.Point == SyncPoint.MapIds).Dumpable.Should().Be(dumpable);

    [Theory]
    [InlineData("user")]
    [InlineData("user pid mount network ipc uts cgroup time")]
    [InlineData("user pid=/p")]
    public void InitIsNeverStartedInANewUserNamespace(string namespaces) =>
        (Plan(namespaces).StartFlags & CloneFlags.CLONE_NEWUSER).Should().Be(CloneFlags.None);

    [Fact]
    public void NewAndJoinedNamespaces()
    {
        NamespacePlan plan = Plan("user mount=/m");

        (plan.New, plan.Joined).Should().Be((CloneFlags.CLONE_NEWUSER, CloneFlags.CLONE_NEWNS));
        (plan.HasUser, plan.HasMount, plan.Has(CloneFlags.CLONE_NEWNET)).Should().Be((true, true, false));
        Plan("").Should().BeEquivalentTo(new { HasUser = false, HasMount = false, IsStaged = false, StartFlags = CloneFlags.None });
    }

    [Fact]
    public void EveryTypeHasAFlagAndNames()
    {
        NamespaceType[] types = Enum.GetValues<NamespaceType>();

        types.Select(NamespaceTable.FlagOf).Should().Equal(
            CloneFlags.CLONE_NEWPID, CloneFlags.CLONE_NEWNET, CloneFlags.CLONE_NEWNS, CloneFlags.CLONE_NEWIPC, CloneFlags.CLONE_NEWUTS,
            CloneFlags.CLONE_NEWUSER, CloneFlags.CLONE_NEWCGROUP, CloneFlags.CLONE_NEWTIME);
        string.Join(' ', types.Select(NamespaceTable.NameOf)).Should().Be(SpecNames.Namespaces);
        types.Select(NamespaceTable.FileOf).Should().Equal("pid", "net", "mnt", "ipc", "uts", "user", "cgroup", "time");
        types.Select(t => NamespaceTable.TypeOf(NamespaceTable.FlagOf(t))).Should().Equal(types);
        NamespaceTable.SlotOf(NamespaceType.Network).Should().Be(new Slot("namespaces/network"));
    }

    private static string[] Enter(string namespaces, bool privileged) => OperationText.Lines(Plan(namespaces, privileged).Enter());

    private static NamespacePlan Plan(string namespaces, bool privileged = true) => new(
        new LinuxSpec
        {
            Namespaces = namespaces.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(text => text.Split('='))
                .Select(parts => new NamespaceSpec(Enum.Parse<NamespaceType>(parts[0], ignoreCase: true), parts.Length > 1 ? parts[1] : null))
                .ToList(),
        },
        (privileged ? Hosts.Plain : Hosts.Plain with { IsPrivileged = false }).Host);

    /// <summary>Without one of the capabilities of host root lade needs those that its namespaces' owner has.</summary>
    [Theory]
    [InlineData(0, false)]
    [InlineData(19, false)] // SYS_PTRACE
    [InlineData(24, true)] // SYS_RESOURCE
    [InlineData(27, true)] // MKNOD
    public void AUserNamespaceIsDisownedWhereNothingDependsOnOwningIt(int missing, bool expected)
    {
        Host host = (Hosts.Plain with { Capabilities = ~(1UL << missing) }).Host;

        new NamespacePlan(new LinuxSpec { Namespaces = [new NamespaceSpec(NamespaceType.User, null)] }, host).Enter().OfType<Unshare>().First().Disowned.Should().Be(expected);
    }
}
