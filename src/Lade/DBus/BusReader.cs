using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;

namespace Lade.DBus;

/// <summary>Unmarshals the D-Bus wire format, little endian. Input is not trusted: every length is checked.</summary>
/// <param name="bytes">Begins where alignment is counted from: at the first byte of a message or body.</param>
internal ref struct BusReader(ReadOnlySpan<byte> bytes)
{
    /// <summary>Nested arrays and structures; the limit of the specification.</summary>
    private const int MaxDepth = 64;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _depth;

    public int Position { get; private set; }

    public void Align(int boundary) => Take((boundary - (Position % boundary)) % boundary);

    public byte Byte() => Take(1)[0];

    public uint UInt32()
    {
        Align(4);
        return BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
    }

    public ulong UInt64()
    {
        Align(8);
        return BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
    }

    public string String()
    {
        string text = Encoding.UTF8.GetString(Take(UInt32()));
        Take(1);
        return text;
    }

    public string Signature()
    {
        string text = Encoding.ASCII.GetString(Take(Byte()));
        Take(1);
        return text;
    }

    public BusValue Variant()
    {
        string signature = Signature();
        if (signature.Length == 0 || BusValue.FirstType(signature) != signature.Length)
            throw Malformed();
        return new BusValue(signature, Value(signature));
    }

    /// <summary>All values of a body.</summary>
    public List<object> Values(ReadOnlySpan<char> signature)
    {
        var values = new List<object>();
        while (signature.Length > 0)
        {
            int length = BusValue.FirstType(signature);
            values.Add(Value(signature[..length]));
            signature = signature[length..];
        }

        return values;
    }

    private object Value(ReadOnlySpan<char> type)
    {
        if (++_depth > MaxDepth)
            throw Malformed();
        object value = type[0] switch
        {
            'y' => Byte(),
            'b' => UInt32() != 0,
            'n' => (short)UInt16(),
            'q' => UInt16(),
            'i' => (int)UInt32(),
            'u' or 'h' => UInt32(),
            'x' => (long)UInt64(),
            't' => UInt64(),
            'd' => BitConverter.UInt64BitsToDouble(UInt64()),
            's' or 'o' => String(),
            'g' => Signature(),
            'v' => Variant(),
            'a' => Array(type[1..]),
            '(' or '{' => Struct(type[1..^1]),
            _ => throw Malformed(),
        };
        _depth--;
        return value;
    }

    private ushort UInt16()
    {
        Align(2);
        return BinaryPrimitives.ReadUInt16LittleEndian(Take(2));
    }

    private object[] Array(ReadOnlySpan<char> elementType)
    {
        uint length = UInt32();
        Align(BusValue.Alignment(elementType[0]));
        if (length > _bytes.Length - Position)
            throw Malformed();
        int end = Position + (int)length;
        var items = new List<object>();
        while (Position < end)
        {
            int before = Position;
            items.Add(Value(elementType));
            if (Position == before)
                throw Malformed();
        }

        return items.ToArray();
    }

    private object[] Struct(ReadOnlySpan<char> types)
    {
        Align(8);
        return Values(types).ToArray();
    }

    private ReadOnlySpan<byte> Take(uint count)
    {
        if (count > _bytes.Length - Position)
            throw Malformed();
        Position += (int)count;
        return _bytes.Slice(Position - (int)count, (int)count);
    }

    private ReadOnlySpan<byte> Take(int count) => Take((uint)count);

    private static LadeException Malformed() => new("a D-Bus message is malformed");
}
