using System.Text;
using FluentAssertions;
using Lade.Process;
using Xunit;

namespace Lade.Tests.Process;

public sealed class HomeDirectoryTests
{
    private const string Passwd = "root:x:0:0:root:/root:/bin/sh\n# comment\n\nnobody:x:65534:65534::/:/sbin/nologin\nü:x:1000:1000:Ü,,,:/home/ü:/bin/sh\nroot2:x:0:0::/other:/bin/sh\n";

    [Theory]
    [InlineData(0u, "/root")]
    [InlineData(65534u, "/")]
    [InlineData(1000u, "/home/ü")]
    [InlineData(1u, "/")]
    public void OfTheFirstLineWithTheId(uint uid, string home) => HomeDirectory.Find(Encoding.UTF8.GetBytes(Passwd), uid).Should().Be(home);

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("a:x:5")]
    [InlineData("a:x:5:5:gecos")]
    [InlineData("a:x:5:5:gecos:")]
    [InlineData("a:x:5:5:gecos::/bin/sh")]
    [InlineData("a:x:+5:5:gecos:/a:/bin/sh")]
    [InlineData("a:x: 5:5:gecos:/a:/bin/sh")]
    [InlineData("a:x:05x:5:gecos:/a:/bin/sh")]
    [InlineData("a:x:4294967301:5:gecos:/a:/bin/sh")]
    [InlineData(":::::::::")]
    public void LineWithoutAHome(string passwd) => HomeDirectory.Find(Encoding.UTF8.GetBytes(passwd), 5).Should().Be("/");

    [Fact]
    public void LastLineWithoutNewline() => HomeDirectory.Find("a:x:5:5::/home/a"u8, 5).Should().Be("/home/a");
}
