using System;
using FluentAssertions;
using Lade.Cli;
using Xunit;

namespace Lade.Tests.Cli;

public sealed class GoDurationTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    [InlineData("5s", 50_000_000)]
    [InlineData("+5s", 50_000_000)]
    [InlineData("-5s", -50_000_000)]
    [InlineData("1m30s", 900_000_000)]
    [InlineData("1h2m3.5s", 37_235_000_000)]
    [InlineData("1.5h", 54_000_000_000)]
    [InlineData(".5s", 5_000_000)]
    [InlineData("5.s", 50_000_000)]
    [InlineData("250ms", 2_500_000)]
    [InlineData("10us", 100)]
    [InlineData("10µs", 100)]
    [InlineData("300ns", 3)]
    public void Parses(string text, long ticks)
    {
        GoDuration.TryParse(text, out TimeSpan duration).Should().BeTrue();
        duration.Ticks.Should().Be(ticks);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("-")]
    [InlineData("5x")]
    [InlineData("5 s")]
    [InlineData("1..5s")]
    [InlineData("5s3")]
    [InlineData("5S")]
    [InlineData("99999999999999999999h")]
    public void Rejects(string text) => GoDuration.TryParse(text, out _).Should().BeFalse();
}
