using FluentAssertions;
using Lade.Cli;
using Xunit;

namespace Lade.Tests.Cli;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("0", 0L)]
    [InlineData("4096", 4096L)]
    [InlineData("512M", 512L << 20)]
    [InlineData("512m", 512L << 20)]
    [InlineData("1G", 1L << 30)]
    [InlineData("1gb", 1L << 30)]
    [InlineData("1GiB", 1L << 30)]
    [InlineData("1.5k", 1536L)]
    [InlineData("2 kB", 2048L)]
    [InlineData("7b", 7L)]
    [InlineData("1T", 1L << 40)]
    [InlineData("1P", 1L << 50)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void Parses(string text, long bytes)
    {
        ByteSize.TryParse(text, out long parsed).Should().BeTrue();
        parsed.Should().Be(bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("M")]
    [InlineData("-1")]
    [InlineData("-5M")]
    [InlineData("1X")]
    [InlineData("1MM")]
    [InlineData("1 M B")]
    [InlineData("1e3")]
    [InlineData("1,5k")]
    [InlineData(" 1")]
    [InlineData("1.2.3k")]
    [InlineData("9000P")]
    [InlineData("9223372036854775808")]
    public void Rejects(string text) => ByteSize.TryParse(text, out _).Should().BeFalse();
}
