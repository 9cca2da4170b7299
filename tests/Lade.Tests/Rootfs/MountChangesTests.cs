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
            "JoinNamespace(container, NEWNS|NEWUSER, /proc/7/ns (CLONE_NEWNS, CLONE_NEWUSER)) IsLast",
            "BecomeRoot",
            "Unmount(/a)",
            "Sync(Ready)");

    [Fact]
    public void AProcfsIsMadeInThePidNamespace()
    {
        Spec spec = Spec() with { Mounts = [MountsTests.Entry("/proc2", "proc", "proc", "")] };

        OperationText.Bare(Changes(Mount | CloneFlags.CLONE_NEWPID).Add(spec, Hosts.Plain)).Should().Equal(
            "JoinNamespace(container, NEWNS|NEWPID, /proc/7/ns (CLONE_NEWNS, CLONE_NEWPID))",
            "Clone(None)",
            "Mount(proc, proc, /proc2) NoSymlinks",
            "Sync(Ready)");
    }

    [Fact]
    public void TheLastIsRemovedFirst() =>
        OperationText.Lines(Changes(Mount).Remove(["/a", "b"]))[1..].Should().Equal(
            "Unmount(/b) @/mounts/1/destination", "Unmount(/a) @/mounts/0/destination", "Sync(Ready)");

    private static MountChanges Changes(CloneFlags foreign) => new(new JoinPlan(7, foreign));

    private static Spec Spec() => new()
    {
        OciVersion = "1.3.0",
        Mounts = [MountsTests.Entry("/a", null, "/src", "bind,nosuid"), MountsTests.Entry("/b", "tmpfs", "t", "ro")],
    };
}
