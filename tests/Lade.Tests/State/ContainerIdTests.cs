using System;
using FluentAssertions;
using Lade.State;
using Xunit;

namespace Lade.Tests.State;

public sealed class ContainerIdTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("web-1.example_x+y")]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    [InlineData("...")]
    [InlineData("-")]
    [InlineData(".hidden")]
    public void Accepts(string text) => ContainerId.Parse(text).ToString().Should().Be(text);

    [Theory]
    [InlineData("", "container id cannot be empty")]
    [InlineData(".", "invalid container ID format")]
    [InlineData("..", "invalid container ID format")]
    [InlineData("a/b", "invalid container ID format")]
    [InlineData("../x", "invalid container ID format")]
    [InlineData("/", "invalid container ID format")]
    [InlineData("a b", "invalid container ID format")]
    [InlineData("a\n", "invalid container ID format")]
    [InlineData("a\0", "invalid container ID format")]
    [InlineData("ü", "invalid container ID format")]
    [InlineData("٣", "invalid container ID format")]
    [InlineData("a:b", "invalid container ID format")]
    [InlineData("a@b", "invalid container ID format")]
    public void Refuses(string text, string message) =>
        FluentActions.Invoking(() => ContainerId.Parse(text)).Should().Throw<LadeException>().WithMessage(message);

    [Fact]
    public void An_id_that_was_not_parsed_is_a_bug() => FluentActions.Invoking(() => default(ContainerId).ToString()).Should().Throw<InvalidOperationException>();
}
