using FluentAssertions;
using Lade.Configuration;
using Xunit;

namespace Lade.Tests.Configuration;

public sealed class JsonPointerTests
{
    [Fact]
    public void Escapes() => JsonPointer.Of("a/b").At("c~d").At(3).ToString().Should().Be("/a~1b/c~0d/3");

    [Theory]
    [InlineData("/a/b", "/a", true)]
    [InlineData("/a", "", true)]
    [InlineData("/a/b", "/a/b", false)]
    [InlineData("/a/b/c", "/a", false)]
    [InlineData("/ab/c", "/a", false)]
    [InlineData("", "", false)]
    public void DirectlyBelow(string pointer, string parent, bool expected) => new JsonPointer(pointer).IsDirectlyBelow(new JsonPointer(parent)).Should().Be(expected);
}
