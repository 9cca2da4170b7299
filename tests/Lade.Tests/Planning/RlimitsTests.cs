using System;
using System.Linq;
using FluentAssertions;
using Lade.Configuration;
using Lade.Planning;
using Xunit;

namespace Lade.Tests.Planning;

public sealed class RlimitsTests
{
    [Fact]
    public void EveryNameOfTheSpecificationHasANumber() =>
        SpecNames.Rlimits.Split(' ').Select(Rlimits.NumberOf).Order().Should().Equal(Enumerable.Range(0, 16).Select(n => (uint)n));

    [Theory]
    [InlineData("RLIMIT_FOO")]
    [InlineData("rlimit_cpu")]
    [InlineData("")]
    public void UnknownName(string name)
    {
        Action find = () => Rlimits.NumberOf(name);

        find.Should().Throw<LadeException>().WithMessage("unknown resource limit " + name);
    }
}
