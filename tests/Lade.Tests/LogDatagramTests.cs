using System.Text;
using FluentAssertions;
using Xunit;

namespace Lade.Tests;

public sealed class LogDatagramTests
{
    [Fact]
    public void JournalFieldsAreLines() =>
        Encoding.UTF8.GetString(LogDatagram.Journal("web", LogLevel.Warning, "größer = besser")).Should()
            .Be("MESSAGE=größer = besser\nPRIORITY=4\nSYSLOG_FACILITY=3\nSYSLOG_IDENTIFIER=web\n");

    [Fact]
    public void AValueOfSeveralLinesHasItsLengthBeforeIt() =>
        LogDatagram.Journal("web", LogLevel.Error, "a\nb")[..20].Should()
            .Equal([.. "MESSAGE\n"u8, 3, 0, 0, 0, 0, 0, 0, 0, .. "a\nb\n"u8]);

    [Fact]
    public void ThePlaceInTheCodeIsFieldsToo() =>
        Encoding.UTF8.GetString(LogDatagram.Journal("web", LogLevel.Debug, "x", "Run", "/lade/Program.cs", 7)).Should()
            .EndWith("PRIORITY=7\nSYSLOG_FACILITY=3\nSYSLOG_IDENTIFIER=web\nCODE_FILE=Program.cs\nCODE_LINE=7\nCODE_FUNC=Run\n");

    [Theory]
    [InlineData(LogLevel.Error, "<27>")]
    [InlineData(LogLevel.Warning, "<28>")]
    [InlineData(LogLevel.Info, "<30>")]
    [InlineData(LogLevel.Debug, "<31>")]
    internal void SyslogHasFacilityAndSeverityInOneNumber(LogLevel level, string priority) =>
        Encoding.UTF8.GetString(LogDatagram.Syslog("web", 42, level, "two\nlines")).Should().Be(priority + "web[42]: two\\nlines");
}
