using FluentAssertions;
using Lade.Configuration;
using Lade.Namespaces;
using Lade.Plan;
using Lade.Rootfs;
using Lade.Tests.Plan;
using Xunit;

namespace Lade.Tests.Rootfs;

/// <summary>What `mounts add` and `mounts remove` make an `init` do.</summary>
public sealed class MountChangesTests
{
    private const CloneFlags Mount = CloneFlags.CLONE_NEWNS;

    [Fact]
    public void SourcesAreOpenedOutsideAndMountedInside() =>
        OperationText.Bare(Changes(Mount).Add(Spec(), Hosts.Plain)).Should().Equal(
            "OpenTree(mounts/0, /src) Propagation=SLAVE",
            "JoinNamespace(container, NEWNS, /proc/7/ns (CLONE_NEWNS))",
            "SetTreeAttributes(mounts/0, NOSUID, None, /src)",
            "Attach(mounts/0, /src, /a)",
            "Mount(tmpfs, t, /b) InheritMode",
            "SetTargetAttributes(/b) Set=RDONLY",
            "Sync(Ready)");

    [Fact]
    public void AnOrdinaryUserOpensSourcesInTheContainersUserNamespace() =>
        OperationText.Bare(Changes(Mount | CloneFlags.CLONE_NEWUSER).Add(Spec(), Hosts.Plain with { IsPrivileged = false, Capabilities = 0 }))[..6].Should().Equal(
            "JoinNamespace(container, NEWUSER, /proc/7/ns (CLONE_NEWUSER))",
            "BecomeRoot",
            "Unshare(NEWNS)",
            "OpenTree(mounts/0, /src) Propagation=SLAVE",
            "JoinNamespace(container, NEWNS, /proc/7/ns (CLONE_NEWNS))",
            "SetTreeAttributes(mounts/0, NOSUID, None, /src)");

    [Fact]
    public void TheContainerSeesNoProcessOfOurs() =>
        OperationText.Bare(Changes(Mount | CloneFlags.CLONE_NEWUSER | CloneFlags.CLONE_NEWPID).Remove(["/a"])).Should().Equal(
            "JoinNamespace(container, NEWNS|NEWUSER, /proc/7/ns (CLONE_NEWNS, CLONE_NEWUSER))",
            "BecomeRoot",
            "Unmount(/a)",
            "Sync(Ready)");

    /// <summary>The namespace is entered by no process of ours, and the procfs must not be one of the host.</summary>
    [Theory]
    [InlineData(Mount, "JoinNamespace(container, NEWNS, /proc/7/ns (CLONE_NEWNS))")]
    [InlineData(Mount | CloneFlags.CLONE_NEWUSER, "JoinNamespace(container, NEWNS|NEWUSER, /proc/7/ns (CLONE_NEWNS, CLONE_NEWUSER))", "BecomeRoot")]
    internal void AProcfsShowsThePidNamespaceOfTheContainer(CloneFlags foreign, params string[] join) =>
        OperationText.Bare(Changes(foreign | CloneFlags.CLONE_NEWPID).Add(WithProcfs(), Hosts.Plain)).Should().Equal(
            [.. join, "SetProcNamespace(init/pid, of process 7)", "Mount(proc, proc, /proc2) NoSymlinks", "Sync(Ready)"]);

    [Fact]
    public void TheFileOfThePidNamespaceIsAskedForOnlyWhereAProcfsNeedsIt()
    {
        Changes(Mount | CloneFlags.CLONE_NEWPID).NeedsPidNamespace(WithProcfs().Mounts).Should().BeTrue();
        Changes(Mount).NeedsPidNamespace(WithProcfs().Mounts).Should().BeFalse();
        Changes(Mount | CloneFlags.CLONE_NEWPID).NeedsPidNamespace(Spec().Mounts).Should().BeFalse();
        Changes(Mount).Add(WithProcfs(), Hosts.Plain).Should().NotContain(o => o is SetProcNamespace);
    }

    [Fact]
    public void TheLastIsRemovedFirst() =>
        OperationText.Lines(Changes(Mount).Remove(["/a", "b"]))[1..].Should().Equal(
            "Unmount(/b) @/mounts/1/destination", "Unmount(/a) @/mounts/0/destination", "Sync(Ready)");

    private static MountChanges Changes(CloneFlags foreign) => new(new JoinPlan(7, foreign));

    private static Spec WithProcfs() => Spec() with { Mounts = [MountsTests.Entry("/proc2", "proc", "proc", "")] };

    private static Spec Spec() => new()
    {
        OciVersion = "1.3.0",
        Mounts = [MountsTests.Entry("/a", null, "/src", "bind,nosuid"), MountsTests.Entry("/b", "tmpfs", "t", "ro")],
    };
}
