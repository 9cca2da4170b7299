using System;
using System.Text;
using FluentAssertions;
using Lade.Plan;
using Xunit;

namespace Lade.Tests.Plan;

public sealed class PlanWriterTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(16 * 1024)]
    [InlineData(1_000_000)]
    public void ReservesRoomForTheHeader(int reserved)
    {
        var writer = new PlanWriter(reserved, 4);

        writer.Written.ContainsAnyExcept((byte)0).Should().BeFalse();
        writer.Length.Should().Be(reserved);
        uint at = writer.String("text");
        if (reserved > 0)
            writer.PutUInt32(reserved - 4, 7);

        at.Should().Be((uint)reserved);
        Encoding.UTF8.GetString(writer.Written[reserved..]).Should().Be("text\0");
    }
}
