using FluentAssertions;
using Lade.Configuration;
using Lade.Plan;
using Lade.Rootfs;
using Lade.Tests.Configuration;
using Lade.Tests.Plan;
using Xunit;

namespace Lade.Tests.Rootfs;

public sealed class RootFilesystemTests
{
    [Theory]
    [InlineData(null, "SetPropagation(REC|SLAVE) @/root/path")]
    [InlineData("slave", "SetPropagation(REC|SLAVE) @/linux/rootfsPropagation")]
    [InlineData("rslave", "SetPropagation(REC|SLAVE) @/linux/rootfsPropagation")]
    [InlineData("private", "SetPropagation(REC|PRIVATE) @/linux/rootfsPropagation")]
    [InlineData("rprivate", "SetPropagation(REC|PRIVATE) @/linux/rootfsPropagation")]
    [InlineData("shared", "SetPropagation(REC|SHARED) @/linux/rootfsPropagation")]
    [InlineData("rshared", "SetPropagation(REC|SHARED) @/linux/rootfsPropagation")]
    [InlineData("unbindable", "SetPropagation(REC|SLAVE) @/linux/rootfsPropagation")]
    public void PropagationIsSetOnTheWholeTree(string? propagation, string expected) => OperationText.Lines(Root(propagation).SetPropagation()).Should().Equal(expected);

    [Theory]
    [InlineData(null, "PivotRoot @/root/path")]
    [InlineData("rshared", "PivotRoot Propagation=REC|SHARED @/root/path")]
    [InlineData("unbindable", "PivotRoot Propagation=UNBINDABLE @/root/path")]
    public void NewRootHasThePropagation(string? propagation, string expected) => OperationText.Line(Root(propagation).Pivot(userNamespace: false)).Should().Be(expected);

    /// <summary>With a user namespace, mounts below the root cannot be detached.</summary>
    [Theory]
    [InlineData(false, "PivotRoot NoPivot @/root/path")]
    [InlineData(true, "PivotRoot @/root/path")]
    public void WithoutPivot(bool userNamespace, string expected) =>
        OperationText.Line(new RootFilesystem(Spec(null), "/b/rootfs", noPivot: true).Pivot(userNamespace)).Should().Be(expected);

    [Fact]
    public void TreeIsClonedRecursivelyAndAttachedOverItself()
    {
        OperationText.Line(Root(null).OpenTree(MountPropagation.MS_SLAVE)).Should().Be("OpenTree(rootfs, /b/rootfs) Recursive Propagation=SLAVE @/root/path");
        OperationText.Line(Root(null).Attach(ownMountNamespace: true)).Should().Be("AttachRoot(rootfs, /b/rootfs) @/root/path");
    }

    [Theory]
    [InlineData(null, true, false)]
    [InlineData("rslave", true, false)]
    [InlineData("shared", true, true)]
    [InlineData("rshared", true, true)]
    [InlineData(null, false, true)]
    public void ParentOfTheRootMayBeShared(string? propagation, bool own, bool shared) =>
        ((AttachRoot)Root(propagation).Attach(own)).SharedParent.Should().Be(shared);

    [Fact]
    public void WithoutAMountNamespaceTheRootIsChanged() => OperationText.Line(Root(null).Chroot()).Should().Be("ChangeRoot(/b/rootfs) @/root/path");

    [Fact]
    public void ReadOnly()
    {
        OperationText.Lines(Root(null, isReadonly: true).MakeReadonly()).Should().Equal("SetTargetAttributes(/) Set=RDONLY @/root/readonly");
        Root(null).MakeReadonly().Should().BeEmpty();
    }

    private static RootFilesystem Root(string? propagation, bool isReadonly = false) => new(Spec(propagation, isReadonly), "/b/rootfs", noPivot: false);

    private static Spec Spec(string? propagation, bool isReadonly = false) => new()
    {
        OciVersion = "1.3.0",
        Root = new RootSpec { Path = "rootfs", Readonly = isReadonly },
        Linux = new LinuxSpec { RootfsPropagation = propagation is null ? null : SpecName.Propagation(propagation) },
    };

    [Fact]
    public void MasksComeAfterReadonlyPathsWhichWouldCoverThem() =>
        Masks(["/proc/kcore", "/sys/firmware"], ["/proc/sys", "/proc"]).Should().Equal(
            "ReadonlyPath(/proc/sys) @/linux/readonlyPaths/0",
            "ReadonlyPath(/proc) @/linux/readonlyPaths/1",
            "MaskPath(/proc/kcore) @/linux/maskedPaths/0",
            "MaskPath(/sys/firmware) @/linux/maskedPaths/1");

    [Fact]
    public void RepeatedPathIsMaskedOnce() =>
        Masks(["/a", "/b", "/a", "/b/"], []).Should().Equal("MaskPath(/a) @/linux/maskedPaths/0", "MaskPath(/b) @/linux/maskedPaths/1", "MaskPath(/b/) @/linux/maskedPaths/3");

    private static string[] Masks(string[] masked, string[] readOnly) =>
        OperationText.Lines(MaskedPaths.Plan(new LinuxSpec { MaskedPaths = masked, ReadonlyPaths = readOnly }));
}
