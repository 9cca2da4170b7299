using System;
using FluentAssertions;
using Lade.Configuration;
using Lade.Planning;
using Lade.Tests.Plan;
using Xunit;

namespace Lade.Tests.Planning;

/// <summary>config.md "capabilities": capabilities that cannot be granted are ignored with a warning, and the kernel accepts the rest.</summary>
public sealed class CapabilitySetsTests
{
    // Numbers of linux/capability.h; KernelConstantsTests checks the names.
    private const ulong Chown = 1 << 0;
    private const ulong Kill = 1 << 5;
    private const ulong SysAdmin = 1 << 21;
    private const ulong CheckpointRestore = 1UL << 40;

    [Fact]
    public void EachSetIsItsOwnMask()
    {
        CapabilitySets sets = Sets(new CapabilitiesSpec
        {
            Bounding = ["CAP_CHOWN", "CAP_KILL", "CAP_SYS_ADMIN", "CAP_CHECKPOINT_RESTORE"],
            Permitted = ["CAP_CHOWN", "CAP_KILL"],
            Effective = ["CAP_KILL"],
            Inheritable = ["CAP_CHOWN", "CAP_SYS_ADMIN"],
            Ambient = ["CAP_CHOWN"],
        });

        sets.Bounding.Should().Be(Chown | Kill | SysAdmin | CheckpointRestore);
        sets.Permitted.Should().Be(Chown | Kill);
        sets.Effective.Should().Be(Kill);
        sets.Inheritable.Should().Be(Chown | SysAdmin);
        sets.Ambient.Should().Be(Chown);
        sets.Warnings.Should().BeEmpty();
        OperationText.Line(sets.DropBounding()).Should().Be($"DropBounding({Chown | Kill | SysAdmin | CheckpointRestore}, 40) @/process/capabilities/bounding");
        OperationText.Line(sets.Apply()).Should().Be($"SetCapabilities({Kill}, {Chown | Kill}, {Chown | SysAdmin}, {Chown}) @/process/capabilities");
    }

    [Fact]
    public void WithoutTheObjectAllAreDropped()
    {
        CapabilitySets sets = Sets(null);

        (sets.Bounding | sets.Permitted | sets.Effective | sets.Inheritable | sets.Ambient).Should().Be(0);
        sets.Warnings.Should().BeEmpty();
    }

    [Theory]
    [InlineData("CAP_NOT_REAL", ulong.MaxValue, 40, "unknown to lade")]
    [InlineData("KILL", ulong.MaxValue, 40, "unknown to lade")]
    [InlineData("cap_kill", ulong.MaxValue, 40, "unknown to lade")]
    [InlineData("CAP_CHECKPOINT_RESTORE", ulong.MaxValue, 39, "unknown to this kernel")]
    [InlineData("CAP_KILL", ~Kill, 40, "lade does not have it")]
    public void CapabilityThatCannotBeGrantedIsIgnoredWithAWarning(string name, ulong grantable, int last, string why)
    {
        var sets = new CapabilitySets(new CapabilitiesSpec { Bounding = ["CAP_CHOWN", name] }, grantable, last);

        sets.Bounding.Should().Be(Chown);
        sets.Warnings.Should().Equal($"/process/capabilities/bounding/1: {name} ignored: {why}");
    }

    [Fact]
    public void EffectiveIsRestrictedToPermitted()
    {
        CapabilitySets sets = Sets(new CapabilitiesSpec { Permitted = ["CAP_CHOWN"], Effective = ["CAP_CHOWN", "CAP_KILL", "CAP_CHECKPOINT_RESTORE"] });

        sets.Effective.Should().Be(Chown);
        sets.Warnings.Should().Equal(
            "/process/capabilities/effective: CAP_KILL ignored: not permitted",
            "/process/capabilities/effective: CAP_CHECKPOINT_RESTORE ignored: not permitted");
    }

    [Theory]
    [InlineData("CAP_KILL", "CAP_KILL", Kill)]
    [InlineData("CAP_KILL", "CAP_CHOWN", 0UL)]
    [InlineData("CAP_CHOWN", "CAP_KILL", 0UL)]
    [InlineData("CAP_CHOWN", "CAP_CHOWN", 0UL)]
    public void AmbientIsRestrictedToPermittedAndInheritable(string permitted, string inheritable, ulong ambient)
    {
        CapabilitySets sets = Sets(new CapabilitiesSpec { Permitted = [permitted], Inheritable = [inheritable], Ambient = ["CAP_KILL"] });

        sets.Ambient.Should().Be(ambient);
        sets.Warnings.Should().Equal(ambient == 0 ? ["/process/capabilities/ambient: CAP_KILL ignored: not permitted and inheritable"] : Array.Empty<string>());
    }

    [Fact]
    public void NamesMayRepeat() => Sets(new CapabilitiesSpec { Bounding = ["CAP_KILL", "CAP_KILL"] }).Bounding.Should().Be(Kill);

    [Fact]
    public void IgnoredCapabilityHasOneWarning() =>
        Sets(new CapabilitiesSpec { Effective = ["CAP_NOT_REAL"], Ambient = ["CAP_NOT_REAL"] }).Warnings.Should().Equal(
            "/process/capabilities/effective/0: CAP_NOT_REAL ignored: unknown to lade",
            "/process/capabilities/ambient/0: CAP_NOT_REAL ignored: unknown to lade");

    private static CapabilitySets Sets(CapabilitiesSpec? spec) => new(spec, ulong.MaxValue, 40);
}
