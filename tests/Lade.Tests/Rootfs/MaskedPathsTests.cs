using FluentAssertions;
using Lade.Configuration;
using Lade.Rootfs;
using Lade.Tests.Plan;
using Xunit;

namespace Lade.Tests.Rootfs;

public sealed class MaskedPathsTests
{
    [Fact]
    public void MasksComeAfterReadonlyPathsWhichWouldCoverThem() =>
        Plan(["/proc/kcore", "/sys/firmware"], ["/proc/sys", "/proc"]).Should().Equal(
            "ReadonlyPath(/proc/sys) @/linux/readonlyPaths/0",
            "ReadonlyPath(/proc) @/linux/readonlyPaths/1",
            "MaskPath(/proc/kcore) @/linux/maskedPaths/0",
            "MaskPath(/sys/firmware) @/linux/maskedPaths/1");

    [Fact]
    public void RepeatedPathIsMaskedOnce() =>
        Plan(["/a", "/b", "/a", "/b/"], []).Should().Equal("MaskPath(/a) @/linux/maskedPaths/0", "MaskPath(/b) @/linux/maskedPaths/1", "MaskPath(/b/) @/linux/maskedPaths/3");

    private static string[] Plan(string[] masked, string[] readOnly) =>
        OperationText.Lines(MaskedPaths.Plan(new LinuxSpec { MaskedPaths = masked, ReadonlyPaths = readOnly }));
}
