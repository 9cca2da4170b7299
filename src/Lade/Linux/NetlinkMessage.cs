using System;
using System.Buffers.Binary;
using System.Text;

namespace Lade.Linux;

/// <summary>Builds an rtnetlink(7) request: header, fixed part and attributes, each padded to 4 bytes.</summary>
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

/// <summary>Iterates over the attributes of a netlink(7) message, as far as the first malformed one.</summary>
internal ref struct NetlinkAttributes(ReadOnlySpan<byte> bytes)
{
    /// <summary>Masks out NLA_F_NESTED and NLA_F_NET_BYTEORDER.</summary>
    private const int TypeMask = 0x3fff;

    private ReadOnlySpan<byte> _rest = bytes;

    public ushort Type { get; private set; }

    public ReadOnlySpan<byte> Value { get; private set; }

    public bool Next()
    {
        if (_rest.Length < 4)
            return false;
        int length = BinaryPrimitives.ReadUInt16LittleEndian(_rest);
        if (length < 4 || length > _rest.Length)
            return false;
        Type = (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(_rest[2..]) & TypeMask);
        Value = _rest[4..length];
        _rest = _rest[Math.Min((length + 3) & ~3, _rest.Length)..];
        return true;
    }
}
