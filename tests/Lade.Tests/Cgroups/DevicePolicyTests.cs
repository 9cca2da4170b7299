using FluentAssertions;
using Lade.Cgroups.Controllers;
using Xunit;

namespace Lade.Tests.Cgroups;

public sealed class DevicePolicyTests
{
    [Theory]
    [InlineData("", 'c', 1, 3, 7, true)]
    [InlineData("", 'c', 1, 3, 6, true)]
    [InlineData("", 'b', 8, 0, 1, true)]
    [InlineData("", 'b', 8, 0, 2, false)]
    [InlineData("", 'c', 136, 42, 6, true)]
    [InlineData("", 'c', 10, 200, 6, true)]
    [InlineData("", 'c', 10, 229, 2, false)]
    [InlineData("+a", 'b', 8, 0, 7, true)]
    [InlineData("+a; -b 8:0 w", 'b', 8, 0, 2, true)]
    [InlineData("+a; -b 8:0 w", 'b', 8, 0, 6, false)]
    [InlineData("-a; +c 1:11 r", 'c', 1, 11, 2, true)]
    [InlineData("+c 1:11 r; -a", 'c', 1, 11, 2, false)]
    [InlineData("-a; +c 1:11 r; -c 1:11 r", 'c', 1, 11, 2, false)]
    [InlineData("-a; -c 1:3 rwm", 'c', 1, 3, 2, true)]
    [InlineData("-a; +b 8:* r; +b 8:3 w", 'b', 8, 3, 6, true)]
    [InlineData("-a; +a 7:7 r", 'b', 7, 7, 2, true)]
    [InlineData("-a; +a 7:7 r", 'c', 7, 8, 2, false)]
    public void The_last_match_counts(string rules, char type, uint major, uint minor, int access, bool allowed) =>
        DeviceRuleSets.Policy(rules).Allows(type, major, minor, (DeviceAccess)access).Should().Be(allowed);

    [Fact]
    public void Refuses_unknown_access() =>
        FluentActions.Invoking(() => DeviceRuleSets.Policy("-a; +c 1:1 rx")).Should().Throw<LadeException>().WithMessage("*'x'*");
}
