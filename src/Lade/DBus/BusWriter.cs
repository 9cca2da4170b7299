using System;
using System.Buffers.Binary;
using System.Text;

namespace Lade.DBus;

/// <summary>Marshals values in the D-Bus wire format, little endian (D-Bus specification "Marshaling").</summary>
internal sealed class BusWriter
{
    private byte[] _bytes = new byte[1024];
    private int _length;

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    public int Length => _length;

    public void Align(int boundary)
    {
        int padding = (boundary - (_length % boundary)) % boundary;
        Reserve(padding).Clear();
    }

    public void Byte(byte value) => Reserve(1)[0] = value;

    public void UInt32(uint value)
    {
        Align(4);
        BinaryPrimitives.WriteUInt32LittleEndian(Reserve(4), value);
    }

    public void UInt64(ulong value)
    {
        Align(8);
        BinaryPrimitives.WriteUInt64LittleEndian(Reserve(8), value);
    }

    public void String(string value)
    {
        int bytes = Encoding.UTF8.GetByteCount(value);
        UInt32((uint)bytes);
        Encoding.UTF8.GetBytes(value, Reserve(bytes));
        Byte(0);
    }

    public void Signature(string value)
    {
        Byte((byte)value.Length);
        Encoding.ASCII.GetBytes(value, Reserve(value.Length));
        Byte(0);
    }

    /// <summary>Begins an array; <see cref="Close"/> fills in its length, which does not include the padding before the first element.</summary>
    public (int Length, int Start) Open(char elementType)
    {
        UInt32(0);
        int at = _length - 4;
        Align(BusValue.Alignment(elementType));
        return (at, _length);
    }

    public void Close((int Length, int Start) array) =>
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(array.Length, 4), (uint)(_length - array.Start));

    /// <summary>A value inside a variant.</summary>
    public void Variant(BusValue value)
    {
        Signature(value.Signature);
        Value(value.Signature, value.Value);
    }

    /// <summary>The value of one complete type.</summary>
    public void Value(ReadOnlySpan<char> type, object value)
    {
        switch (type[0])
        {
            case 'y':
                Byte((byte)value);
                break;
            case 'b':
                UInt32((bool)value ? 1u : 0);
                break;
            case 'n':
            case 'q':
                Align(2);
                BinaryPrimitives.WriteUInt16LittleEndian(Reserve(2), value is short s ? (ushort)s : (ushort)value);
                break;
            case 'i':
                UInt32((uint)(int)value);
                break;
            case 'u':
                UInt32((uint)value);
                break;
            case 'x':
                UInt64((ulong)(long)value);
                break;
            case 't':
                UInt64((ulong)value);
                break;
            case 'd':
                UInt64(BitConverter.DoubleToUInt64Bits((double)value));
                break;
            case 's':
            case 'o':
                String((string)value);
                break;
            case 'g':
                Signature((string)value);
                break;
            case 'v':
                Variant((BusValue)value);
                break;
            case 'a':
                Array(type[1..], (object[])value);
                break;
            case '(':
                Struct(type[1..^1], (object[])value);
                break;
            default:
                throw new LadeException("D-Bus type '" + type.ToString() + "' is unknown");
        }
    }

    private void Array(ReadOnlySpan<char> elementType, object[] items)
    {
        (int, int) array = Open(elementType[0]);
        foreach (object item in items)
            Value(elementType, item);
        Close(array);
    }

    private void Struct(ReadOnlySpan<char> types, object[] members)
    {
        Align(8);
        foreach (object member in members)
        {
            int length = BusValue.FirstType(types);
            Value(types[..length], member);
            types = types[length..];
        }
    }

    private Span<byte> Reserve(int bytes)
    {
        if (_length + bytes > _bytes.Length)
            System.Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + bytes));
        _length += bytes;
        return _bytes.AsSpan(_length - bytes, bytes);
    }
}
