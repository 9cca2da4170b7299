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
    public void It_has_room_for_any_number_of_operations(int reserved)
    {
        var writer = new PlanWriter(reserved);

        uint at = writer.String("text");

        at.Should().Be((uint)reserved);
        Encoding.UTF8.GetString(writer.Written[reserved..]).Should().Be("text\0");
    }
}
