using FluentAssertions;
using Xunit;

namespace Lade.Tests.Architecture;

public sealed class SourceTextTests
{
    [Theory]
    [InlineData("a // b\nc", "a     \nc")]
    [InlineData("a /* b\n */ c", "a     \n    c")]
    [InlineData("f(\"x // y\", 'q')", "f(        ,    )")]
    [InlineData("\"\\\"\" + x", "     + x")]
    [InlineData("'\"' + x", "    + x")]
    [InlineData("\"\"\"\n a \" b\n \"\"\" + x", "   \n      \n     + x")]
    public void Blanks_comments_and_literals(string source, string code) => SourceText.CodeOf(source).Should().Be(code);
}
