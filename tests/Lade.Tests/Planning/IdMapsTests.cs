using System.Collections.Generic;
using FluentAssertions;
using Lade.Configuration;
using Lade.Planning;
using Xunit;

namespace Lade.Tests.Planning;

public sealed class IdMapsTests
{
    private static readonly IdMapping[] s_two = [new IdMapping(0, 100000, 65536), new IdMapping(65536, 4294967294, 1)];

    [Fact]
    public void TextHasALinePerRange() => IdMaps.Text(s_two).Should().Be("0 100000 65536\n65536 4294967294 1\n");

    [Fact]
    public void HelperTakesThePidAndThreeNumbersPerRange() =>
        IdMaps.HelperArguments("newuidmap", 4242, s_two).Should().Equal("newuidmap", "4242", "0", "100000", "65536", "65536", "4294967294", "1");

    [Theory]
    [InlineData(0, 1000, 1, true)]
    [InlineData(1000, 1000, 1, true)]
    [InlineData(0, 1001, 1, false)]
    [InlineData(0, 1000, 2, false)]
    public void UnprivilegedProcessMayMapOnlyItsOwnId(uint container, uint host, uint size, bool own) =>
        IdMaps.IsOwnIdOnly([new IdMapping(container, host, size)], 1000).Should().Be(own);

    [Fact]
    public void UnprivilegedProcessMayMapOnlyOneId()
    {
        IdMaps.IsOwnIdOnly([new IdMapping(0, 1000, 1), new IdMapping(1, 1000, 1)], 1000).Should().BeFalse();
        IdMaps.IsOwnIdOnly([], 1000).Should().BeFalse();
    }

    [Fact]
    public void TimeOffsetsAreALinePerClock() =>
        IdMaps.TimeOffsets(new Dictionary<string, TimeOffset> { ["monotonic"] = new(-172800, 0), ["boottime"] = new(604800, 999999999) })
            .Should().Be("monotonic -172800 0\nboottime 604800 999999999\n");
}
