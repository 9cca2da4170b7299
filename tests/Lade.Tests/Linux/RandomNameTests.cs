using System.Linq;
using FluentAssertions;
using Lade.Linux;
using Xunit;

namespace Lade.Tests.Linux;

public sealed class RandomNameTests
{
    [Fact]
    public void Is128BitsInHexadecimalDigits() => RandomName.Create().Should().MatchRegex("^[0-9a-f]{32}$");

    /// <summary>Every digit takes every value, so that none is fixed; that one of 512 values is missing by chance happens once in 10^25 runs.</summary>
    [Fact]
    public void NoDigitCanBeGuessed()
    {
        string[] names = Enumerable.Range(0, 1000).Select(_ => RandomName.Create()).ToArray();

        names.Should().OnlyHaveUniqueItems();
        for (int i = 0; i < 32; i++)
            names.Select(name => name[i]).Distinct().Should().HaveCount(16, "digit {0}", i);
    }
}
