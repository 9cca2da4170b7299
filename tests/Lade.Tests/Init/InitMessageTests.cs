using System;
using FluentAssertions;
using Lade.Init;
using Lade.Plan;
using Xunit;

namespace Lade.Tests.Init;

public sealed class InitMessageTests
{
    [Fact]
    public void ReadsEveryField()
    {
        byte[] packet = EncodedMessage.Of(MessageKind.Error, operation: 17, Stage.Fsconfig, error: -1, value: 0x1_0000_0002, text: "size=ü: Bad value", number: 9);

        InitMessage.Parse(packet, null).Should().Be(
                new InitMessage(MessageKind.Error, 17, Stage.Fsconfig, -1, 0x1_0000_0002, "size=ü: Bad value") { Number = 9 });
    }


    [Theory]
    [InlineData(uint.MaxValue, "abc")]
    [InlineData(4u, "abc")]
    [InlineData(2u, "ab")]
    [InlineData(0u, "")]
    public void TextIsLimitedToThePacket(uint length, string text) =>
        InitMessage.Parse(EncodedMessage.Of(MessageKind.Error, text: "abc", length: length), null).Text.Should().Be(text);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(31)]
    public void PacketShorterThanItsHeaderIsAnError(int length)
    {
        Action parse = () => InitMessage.Parse(new byte[length], null);

        parse.Should().Throw<LadeException>().WithMessage($"init sent a malformed message of {length} bytes");
    }
}
