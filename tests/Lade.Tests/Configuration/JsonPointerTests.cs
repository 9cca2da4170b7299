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
    public void Directly_below(string pointer, string parent, bool expected) => new JsonPointer(pointer).IsDirectlyBelow(new JsonPointer(parent)).Should().Be(expected);

    [Theory]
    [InlineData("/process/cwd", "/process", "/cwd")]
    [InlineData("/process", "/process", "/process")]
    [InlineData("/processes/cwd", "/process", "/processes/cwd")]
    [InlineData("/linux/seccomp", "/process", "/linux/seccomp")]
    [InlineData("", "/process", "")]
    public void Within(string pointer, string parent, string expected) => new JsonPointer(pointer).Within(new JsonPointer(parent)).ToString().Should().Be(expected);
}
