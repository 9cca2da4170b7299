using System;
using System.Collections.Generic;
using FluentAssertions;
using Lade.Linux;
using Lade.Network;
using Xunit;

namespace Lade.Tests.Network;

/// <summary>The messages of rtnetlink(7), byte for byte.</summary>
public sealed class NetlinkTests
{
    [Fact]
    public void A_request_is_header_body_and_padded_attributes() =>
        new NetlinkRequest(16, 4, [1, 2, 3, 4]).Add(3, "ab").Add(28, 7).Finish(9).ToArray().Should().Equal(
            36, 0, 0, 0, 16, 0, 5, 0, 9, 0, 0, 0, 0, 0, 0, 0,
            1, 2, 3, 4,
            7, 0, 3, 0, (byte)'a', (byte)'b', 0, 0,
            8, 0, 28, 0, 7, 0, 0, 0);

    [Fact]
    public void Long_requests_grow() => new NetlinkRequest(16, 0, new byte[300]).Add(1, new byte[1000]).Finish(1).Length.Should().Be(16 + 300 + 1004);

    [Fact]
    public void Truncated_attributes_are_ignored()
    {
        byte[] message = [5, 0, 3, 0x80, 42, 0, 0, 0, 4, 0, 9, 0, 6, 0, 4, 0, 1, 2];

        Read(message).Should().Equal((3, "2A"), (9, ""), (4, "0102"));
        Read(message[..^1]).Should().Equal((3, "2A"), (9, ""));
        Read([3, 0, 1, 0]).Should().BeEmpty("an attribute is never shorter than its header");
        Read([]).Should().BeEmpty();
    }

    [Fact]
    public void A_request_for_a_link() =>
        NetworkLink.Request(16, 5, 1).Finish(1).ToArray()[16..].Should().Equal(0, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0);

    [Theory]
    [InlineData(0x1043, true)]
    [InlineData(0x1002, false)]
    public void Parses_a_link(int flags, bool up)
    {
        byte[] message = [0, 0, 1, 0, 7, 1, 0, 0, .. BitConverter.GetBytes(flags), 0, 0, 0, 0, .. Attribute(13, 1, 2), .. Attribute(3, (byte)'e', (byte)'0', 0)];

        NetworkLink.Parse(message).Should().Be(new NetworkLink(263, "e0", up));
    }

    [Theory]
    [InlineData(9, 0, 0x80, null, true)]
    [InlineData(9, 0, 0x81, null, true)]
    [InlineData(8, 0, 0x80, null, false)]
    [InlineData(9, 253, 0x80, null, false)]
    [InlineData(9, 0, 0x00, null, false)]
    [InlineData(9, 0, 0x80, 0x101u, false)]
    [InlineData(9, 0, 0x00, 0x280u, true)]
    public void Only_permanent_global_addresses_of_the_interface_are_parsed(int index, byte scope, byte flags, uint? longFlags, bool parsed)
    {
        byte[] more = longFlags is { } given ? Attribute(8, BitConverter.GetBytes(given)) : [];

        (NetworkAddress.Parse([2, 24, flags, scope, (byte)index, 0, 0, 0, .. Attribute(1, 10, 0, 0, 2), .. more], 9) is not null).Should().Be(parsed);
    }

    [Fact]
    public void An_address_is_requested_as_it_was()
    {
        byte[] address = Attribute(1, 10, 0, 0, 2);
        byte[] local = Attribute(2, 10, 0, 0, 2);
        byte[] priority = Attribute(9, 100, 0, 0, 0);
        NetworkAddress parsed = NetworkAddress.Parse(
            [2, 24, 0x80, 0, 9, 0, 0, 0, .. address, .. local, .. Attribute(3, (byte)'e', (byte)'0', (byte)':', (byte)'1', 0), .. Attribute(8, 0x80 | 0x40 | 0x02, 2, 0, 0), .. priority, .. Attribute(6, 1, 1, 1, 1)], 9)!;

        parsed.Request(new NetworkLink(3, "net7", false), "e0").Finish(1).ToArray()[16..].Should().Equal(
            [2, 24, 0, 0, 3, 0, 0, 0, .. Attribute(8, 2, 2, 0, 0), .. address, .. local, .. priority, .. Attribute(3, [.. "net7:1\0"u8])]);
    }

    private static List<(int Type, string Value)> Read(byte[] message)
    {
        var read = new List<(int, string)>();
        var attributes = new NetlinkAttributes(message);
        while (attributes.Next())
            read.Add((attributes.Type, Convert.ToHexString(attributes.Value)));
        return read;
    }

    private static byte[] Attribute(byte type, params byte[] value) => [(byte)(4 + value.Length), 0, type, 0, .. value, .. new byte[(4 - (value.Length % 4)) % 4]];
}
