using System;
using System.Linq;
using FluentAssertions;
using Lade.DBus;
using Xunit;

namespace Lade.Tests.DBus;

/// <summary>The wire format of D-Bus against bytes worked out by hand from the specification.</summary>
public sealed class BusFormatTests
{
    public static TheoryData<string, object, string> Values() => new()
    {
        { "y", (byte)7, "07" },
        { "b", true, "01 00 00 00" },
        { "n", (short)-2, "FE FF" },
        { "q", (ushort)0x1234, "34 12" },
        { "i", -1, "FF FF FF FF" },
        { "u", 0x01020304u, "04 03 02 01" },
        { "x", -2L, "FE FF FF FF FF FF FF FF" },
        { "t", 0x0102030405060708UL, "08 07 06 05 04 03 02 01" },
        { "d", 1.0, "00 00 00 00 00 00 F0 3F" },
        { "s", "ab", "02 00 00 00 61 62 00" },
        { "s", "ü", "02 00 00 00 C3 BC 00" },
        { "o", "/a", "02 00 00 00 2F 61 00" },
        { "g", "as", "02 61 73 00" },
        { "v", BusValue.From(5u), "01 75 00 00 05 00 00 00" },
        // The padding before the first element is not part of the array's length.
        { "at", new object[] { 1UL }, "08 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00" },
        { "at", Array.Empty<object>(), "00 00 00 00 00 00 00 00" },
        { "au", new object[] { 1u, 2u }, "08 00 00 00 01 00 00 00 02 00 00 00" },
        { "ay", new object[] { (byte)1, (byte)2 }, "02 00 00 00 01 02" },
        { "as", new object[] { "a", "b" }, "0E 00 00 00 01 00 00 00 61 00 00 00 01 00 00 00 62 00" },
        { "av", new object[] { BusValue.From(true) }, "08 00 00 00 01 62 00 00 01 00 00 00" },
        { "(ub)", new object[] { 1u, false }, "01 00 00 00 00 00 00 00" },
        { "a(ss)", new object[] { new object[] { "a", "rw" } }, "0F 00 00 00 00 00 00 00 01 00 00 00 61 00 00 00 02 00 00 00 72 77 00" },
        { "a(st)", new object[] { new object[] { "a", 2UL } }, "10 00 00 00 00 00 00 00 01 00 00 00 61 00 00 00 02 00 00 00 00 00 00 00" },
        { "a(sv)", new object[] { new object[] { "N", BusValue.From(9u) } }, "10 00 00 00 00 00 00 00 01 00 00 00 4E 00 01 75 00 00 00 00 09 00 00 00" },
        { "a(sa(sv))", Array.Empty<object>(), "00 00 00 00 00 00 00 00" },
        { "aau", new object[] { new object[] { 1u }, Array.Empty<object>() }, "0C 00 00 00 04 00 00 00 01 00 00 00 00 00 00 00" },
        { "a(ayu)", new object[] { new object[] { new object[] { (byte)9 }, 3u } }, "0C 00 00 00 00 00 00 00 01 00 00 00 09 00 00 00 03 00 00 00" },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void Values_are_marshalled(string type, object value, string bytes)
    {
        var writer = new BusWriter();
        writer.Value(type, value);

        Hex(writer.Bytes).Should().Be(bytes);
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void Values_are_read_back(string type, object value, string bytes)
    {
        byte[] wire = bytes.Split(' ').Select(b => Convert.ToByte(b, 16)).ToArray();

        new BusReader(wire).Values(type).Should().ContainSingle().Which.Should().BeEquivalentTo(value);
    }

    [Fact]
    public void Values_are_padded()
    {
        var writer = new BusWriter();
        writer.Value("y", (byte)1);
        writer.Value("u", 2u);
        writer.Value("t", 3UL);
        writer.Value("y", (byte)4);
        writer.Value("s", "x");

        Hex(writer.Bytes).Should().Be("01 00 00 00 02 00 00 00 03 00 00 00 00 00 00 00 04 00 00 00 01 00 00 00 78 00");
    }

    [Fact]
    public void A_call_is_encoded()
    {
        byte[] bytes = (BusMessage.Call("d.e", "/", "a.b", "M", "u", 7u) with { Serial = 2 }).Encode();

        Hex(bytes).Should().Be(
            "6C 01 00 01 04 00 00 00 02 00 00 00 47 00 00 00 "
            + "01 01 6F 00 01 00 00 00 2F 00 00 00 00 00 00 00 "
            + "02 01 73 00 03 00 00 00 61 2E 62 00 00 00 00 00 "
            + "03 01 73 00 01 00 00 00 4D 00 00 00 00 00 00 00 "
            + "06 01 73 00 03 00 00 00 64 2E 65 00 00 00 00 00 "
            + "08 01 67 00 01 75 00 00 07 00 00 00");
    }

    [Fact]
    public void Messages_are_read_back()
    {
        var error = new BusMessage
        {
            Kind = BusMessageKind.Error,
            Serial = 77,
            ReplySerial = 5,
            ErrorName = "a.b.C",
            Sender = ":1.0",
            Destination = ":1.9",
            Signature = "sv",
            Arguments = ["why", BusValue.From(1UL)],
        };
        byte[] bytes = error.Encode();

        BusMessage.SizeOf(bytes).Should().Be(bytes.Length);
        BusMessage.Parse(bytes).Should().BeEquivalentTo(error);
        BusMessage.Parse(bytes).Text(0).Should().Be("why");
        BusMessage.Parse(bytes).Text(9).Should().BeEmpty();
    }

    [Theory]
    [InlineData("42 01 00 01 00 00 00 00 01 00 00 00 00 00 00 00")]
    [InlineData("6C 01 00 02 00 00 00 00 01 00 00 00 00 00 00 00")]
    [InlineData("6C 01 00 01 FF FF FF FF 01 00 00 00 FF FF FF FF")]
    public void Unsupported_headers_are_refused(string header)
    {
        byte[] bytes = header.Split(' ').Select(b => Convert.ToByte(b, 16)).ToArray();

        new Action(() => BusMessage.SizeOf(bytes)).Should().Throw<LadeException>();
    }

    [Fact]
    public void Damaged_messages_cause_no_other_exception()
    {
        byte[] whole = new BusMessage { Kind = BusMessageKind.Signal, Serial = 1, Path = "/o", Member = "M", Signature = "ua(sv)as", Arguments = [1u, new object[] { new object[] { "n", BusValue.From("v") } }, new object[] { "x" }] }.Encode();
        var random = new Random(1);
        int refused = 0;
        for (int round = 0; round < 2000; round++)
        {
            byte[] bytes = whole[..random.Next(16, whole.Length + 1)];
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                BusMessage.Parse(bytes);
            }
            catch (LadeException)
            {
                refused++;
            }
        }

        refused.Should().BeGreaterThan(500);
    }

    [Theory]
    [InlineData("u", 1)]
    [InlineData("aau", 3)]
    [InlineData("a(sa(sv))u", 9)]
    [InlineData("(s(ii))x", 7)]
    [InlineData("a{sv}b", 5)]
    public void First_complete_type_of_a_signature(string signature, int length) => BusValue.FirstType(signature).Should().Be(length);

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexString(bytes).Chunk(2).Select(c => new string(c)).Aggregate((a, b) => a + " " + b);
}
