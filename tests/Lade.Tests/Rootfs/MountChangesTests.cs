using FluentAssertions;
using Lade.Configuration;
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
        OperationText.Bare(new MountChanges(7, Mount).Add(Spec(), Hosts.Plain)).Should().Equal(
            "OpenTree(mounts/0, /src) Propagation=SLAVE",
            "JoinNamespace(container, NEWNS, /proc/7/ns (CLONE_NEWNS))",
            "SetTreeAttributes(mounts/0, NOSUID, None, /src)",
            "Attach(mounts/0, /src, /a)",
            "Mount(tmpfs, t, /b) InheritMode",
            "SetTargetAttributes(/b) Set=RDONLY",
            "Sync(Ready)");

    [Fact]
    public void ANewFileSystemBelongsToTheContainersUserAndPidNamespace() =>
        OperationText.Bare(new MountChanges(7, Mount | CloneFlags.CLONE_NEWUSER | CloneFlags.CLONE_NEWPID).Remove(["/a"])).Should().Equal(
            "JoinNamespace(container, NEWNS|NEWUSER|NEWPID, /proc/7/ns (CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWPID))",
            "BecomeRoot",
            "Clone(None)",
            "Unmount(/a)",
            "Sync(Ready)");

    [Fact]
    public void TheLastIsRemovedFirst() =>
        OperationText.Lines(new MountChanges(7, Mount).Remove(["/a", "b"]))[1..].Should().Equal(
            "Unmount(/b) @/mounts/1/destination", "Unmount(/a) @/mounts/0/destination", "Sync(Ready)");

    private static Spec Spec() => new()
    {
        OciVersion = "1.3.0",
        Mounts = [MountsTests.Entry("/a", null, "/src", "bind,nosuid"), MountsTests.Entry("/b", "tmpfs", "t", "ro")],
    };
}
