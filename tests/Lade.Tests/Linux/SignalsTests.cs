using FluentAssertions;
using Lade.Linux;
using Xunit;

namespace Lade.Tests.Linux;

public sealed class SignalsTests
{
    [Theory]
    [InlineData("TERM", 15)]
    [InlineData("sigterm", 15)]
    [InlineData("15", 15)]
    [InlineData("0", 0)]
    [InlineData("64", 64)]
    [InlineData("SIGCHLD", 17)]
    [InlineData("WINCH", 28)]
    [InlineData("POLL", 29)]
    [InlineData("SYS", 31)]
    [InlineData("RTMIN", 34)]
    [InlineData("RTMIN+3", 37)]
    [InlineData("sigrtmin+30", 64)]
    [InlineData("RTMAX", 64)]
    [InlineData("SIGRTMAX-1", 63)]
    [InlineData("RTMAX-30", 34)]
    public void Parses(string text, int number) => Signals.Parse(text).Should().Be(number);

    [Theory]
    [InlineData("")]
    [InlineData("SIG")]
    [InlineData("BOGUS")]
    [InlineData("SIGSIGTERM")]
    [InlineData("65")]
    [InlineData("-1")]
    [InlineData("99999999999")]
    [InlineData(" 9")]
    [InlineData("RTMIN-1")]
    [InlineData("RTMIN+31")]
    [InlineData("RTMAX+1")]
    [InlineData("RTMIN+")]
    [InlineData("RTMIN+ 1")]
    public void Rejects(string text) =>
        FluentActions.Invoking(() => Signals.Parse(text)).Should().Throw<LadeException>().WithMessage("unknown signal \"" + text + "\"");
}
