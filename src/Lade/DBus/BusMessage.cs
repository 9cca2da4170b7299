using System;
using System.Collections.Generic;

namespace Lade.DBus;

internal enum BusMessageKind : byte
{
    Call = 1,
    Return = 2,
    Error = 3,
    Signal = 4,
}

/// <summary>One D-Bus message (D-Bus specification "Message Format").</summary>
internal sealed record BusMessage
{
    /// <summary>Size of the fixed part, which tells the length of the message.</summary>
    public const int HeaderSize = 16;

    private const byte LittleEndian = (byte)'l';
    private const byte NoReplyExpected = 1;
    private const int MaxSize = 1 << 27;

    private enum Field : byte
    {
        Path = 1,
        Interface = 2,
        Member = 3,
        ErrorName = 4,
        ReplySerial = 5,
        Destination = 6,
        Sender = 7,
        Signature = 8,
    }

    public required BusMessageKind Kind { get; init; }
    public uint Serial { get; init; }

    /// <summary>Of a call: the caller does not want a reply.</summary>
    public bool NoReply { get; init; }
    public string? Path { get; init; }
    public string? Interface { get; init; }
    public string? Member { get; init; }

    /// <summary>Of an error: <c>org.freedesktop.systemd1.NoSuchUnit</c>.</summary>
    public string? ErrorName { get; init; }

    /// <summary>Of a return or an error: the call it answers.</summary>
    public uint ReplySerial { get; init; }
    public string? Destination { get; init; }

    /// <summary>The sender, set by the bus so that it cannot be forged; null from a peer.</summary>
    public string? Sender { get; init; }

    /// <summary>The types of <see cref="Arguments"/>.</summary>
    public string Signature { get; init; } = "";
    public IReadOnlyList<object> Arguments { get; init; } = [];

    public static BusMessage Call(string destination, string path, string @interface, string member, string signature = "", params object[] arguments) => new()
    {
        Kind = BusMessageKind.Call,
        Destination = destination,
        Path = path,
        Interface = @interface,
        Member = member,
        Signature = signature,
        Arguments = arguments,
    };

    public byte[] Encode()
    {
        var body = new BusWriter();
        ReadOnlySpan<char> types = Signature;
        foreach (object argument in Arguments)
        {
            int length = BusValue.FirstType(types);
            body.Value(types[..length], argument);
            types = types[length..];
        }

        var message = new BusWriter();
        message.Byte(LittleEndian);
        message.Byte((byte)Kind);
        message.Byte(NoReply ? NoReplyExpected : (byte)0);
        message.Byte(1);
        message.UInt32((uint)body.Length);
        message.UInt32(Serial);
        (int, int) fields = message.Open('(');
        Add(message, Field.Path, "o", Path);
        Add(message, Field.Interface, "s", Interface);
        Add(message, Field.Member, "s", Member);
        Add(message, Field.ErrorName, "s", ErrorName);
        if (ReplySerial != 0)
            Add(message, Field.ReplySerial, "u", ReplySerial);
        Add(message, Field.Destination, "s", Destination);
        Add(message, Field.Sender, "s", Sender);
        if (Signature.Length > 0)
            Add(message, Field.Signature, "g", Signature);
        message.Close(fields);
        message.Align(8);
        return [.. message.Bytes, .. body.Bytes];
    }

    /// <summary>Size of the whole message that begins with <paramref name="header"/>.</summary>
    public static int SizeOf(ReadOnlySpan<byte> header)
    {
        if (header[0] != LittleEndian || header[3] != 1)
            throw new LadeException("the bus does not speak D-Bus version 1 in little endian");
        var reader = new BusReader(header);
        reader.UInt32();
        uint body = reader.UInt32();
        reader.UInt32();
        uint fields = reader.UInt32();
        ulong size = HeaderSize + ((ulong)fields + 7) / 8 * 8 + body;
        return size <= MaxSize ? (int)size : throw new LadeException("a D-Bus message of " + size + " bytes exceeds the maximum");
    }

    public static BusMessage Parse(ReadOnlySpan<byte> bytes)
    {
        var reader = new BusReader(bytes);
        reader.Byte();
        var message = new BusMessage { Kind = (BusMessageKind)reader.Byte(), NoReply = (reader.Byte() & NoReplyExpected) != 0 };
        reader.Byte();
        reader.UInt32();
        message = message with { Serial = reader.UInt32() };
        int end = HeaderSize + (int)reader.UInt32();
        while (reader.Position < end)
        {
            reader.Align(8);
            message = With(message, (Field)reader.Byte(), reader.Variant().Value);
        }

        reader.Align(8);
        return message with { Arguments = new BusReader(bytes[reader.Position..]).Values(message.Signature) };
    }

    /// <summary>The argument at <paramref name="index"/>; empty if it is not a string.</summary>
    public string Text(int index) => index < Arguments.Count && Arguments[index] is string text ? text : "";

    private static void Add(BusWriter message, Field field, string type, object? value)
    {
        if (value is null)
            return;
        message.Align(8);
        message.Byte((byte)field);
        message.Variant(new BusValue(type, value));
    }

    private static BusMessage With(BusMessage message, Field field, object value) => (field, value) switch
    {
        (Field.Path, string text) => message with { Path = text },
        (Field.Interface, string text) => message with { Interface = text },
        (Field.Member, string text) => message with { Member = text },
        (Field.ErrorName, string text) => message with { ErrorName = text },
        (Field.ReplySerial, uint serial) => message with { ReplySerial = serial },
        (Field.Destination, string text) => message with { Destination = text },
        (Field.Sender, string text) => message with { Sender = text },
        (Field.Signature, string text) => message with { Signature = text },
        // Unknown fields must be ignored.
        _ => message,
    };
}
