using FluentAssertions;
using Xunit;

namespace Lade.Tests;

public sealed class SmokeTests
{
    [Fact]
    public void Works() => 1.Should().Be(1);
}
