using FluentAssertions;
using Lade.Cgroups.Controllers;
using Xunit;

namespace Lade.Tests.Cgroups;

public sealed class ResourceNumbersTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(4, 2)]
    [InlineData(102, 17)]
    [InlineData(512, 59)]
    [InlineData(1023, 100)]
    [InlineData(1024, 100)]
    [InlineData(1025, 101)]
    [InlineData(2048, 174)]
    [InlineData(4096, 303)]
    [InlineData(262143, 10000)]
    [InlineData(262144, 10000)]
    [InlineData(300000, 10000)]
    public void Converts_shares(ulong shares, ulong weight) => CpuSettings.WeightOfShares(shares).Should().Be(weight);

    [Fact]
    public void A_higher_share_is_never_a_lower_weight()
    {
        ulong last = 0;
        for (ulong shares = 2; shares <= 262144; shares += 13)
        {
            ulong weight = CpuSettings.WeightOfShares(shares);
            weight.Should().BeInRange(last, 10000);
            last = weight;
        }
    }

    [Theory]
    [InlineData(10, 1)]
    [InlineData(100, 910)]
    [InlineData(500, 4950)]
    [InlineData(1000, 10000)]
    public void Converts_block_weights(ushort weight, ulong expected) => BlockIoSettings.IoWeight(weight).Should().Be(expected);

    [Theory]
    [InlineData("2MB", true)]
    [InlineData("64KB", true)]
    [InlineData("1GB", true)]
    [InlineData("64kB", false)]
    [InlineData("02MB", false)]
    [InlineData("MB", false)]
    [InlineData("2TB", false)]
    [InlineData("2MB/../x", false)]
    [InlineData("", false)]
    public void Knows_page_sizes(string text, bool valid) => HugetlbSettings.IsPageSize(text).Should().Be(valid);
}
