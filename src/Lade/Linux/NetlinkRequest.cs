using System;
using System.Buffers.Binary;
using System.Text;

namespace Lade.Linux;

/// <summary>A request of rtnetlink(7) while it is put together: header, fixed part, attributes, each filled up to a multiple of 4 bytes.</summary>
internal sealed class NetlinkRequest
{
    public const int HeaderSize = 16;

    private byte[] _bytes = new byte[256];
    private int _length = HeaderSize;

    /// <param name="body">The fixed part: struct ifinfomsg or struct ifaddrmsg.</param>
    public NetlinkRequest(ushort type, int flags, ReadOnlySpan<byte> body)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(4), type);
        BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(6), (ushort)(flags | Libc.NLM_F_REQUEST));
        body.CopyTo(Grow(body.Length));
    }

    public NetlinkRequest Add(ushort type, ReadOnlySpan<byte> value)
    {
        Span<byte> attribute = Grow(4 + value.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(attribute, (ushort)(4 + value.Length));
        BinaryPrimitives.WriteUInt16LittleEndian(attribute[2..], type);
        value.CopyTo(attribute[4..]);
        return this;
    }

    public NetlinkRequest Add(ushort type, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return Add(type, bytes);
    }

    /// <summary>NUL-terminated.</summary>
    public NetlinkRequest Add(ushort type, string text) => Add(type, Encoding.UTF8.GetBytes(text + "\0"));

    public ReadOnlySpan<byte> Finish(uint sequence)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes, (uint)_length);
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(8), sequence);
        return _bytes.AsSpan(0, _length);
    }

    private Span<byte> Grow(int bytes)
    {
        int padded = (bytes + 3) & ~3;
        if (_length + padded > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + padded));
        Span<byte> grown = _bytes.AsSpan(_length, bytes);
        _length += padded;
        return grown;
    }
}
