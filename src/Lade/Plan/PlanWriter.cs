using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;

namespace Lade.Plan;

/// <summary>A growing buffer for a plan or a part of it: appends strings, vectors and blobs and returns their offsets.</summary>
internal sealed class PlanWriter
{
    private byte[] _buffer;

    /// <param name="reserved">Bytes reserved at the front for a header.</param>
    /// <param name="expected">Expected size of the rest, in bytes.</param>
    public PlanWriter(int reserved, int expected)
    {
        _buffer = new byte[reserved + expected];
        Length = reserved;
    }

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

    /// <summary>A NUL-terminated UTF-8 string; null returns offset 0.</summary>
    public uint String(string? text)
    {
        if (text is null)
            return 0;
        int offset = Length;
        Span<byte> to = Grow(Encoding.UTF8.GetMaxByteCount(text.Length) + 1);
        int n = Encoding.UTF8.GetBytes(text, to);
        to[n] = 0;
        Length = offset + n + 1;
        return (uint)offset;
    }

    /// <summary>A u32 count followed by that many u32 string offsets.</summary>
    public uint Vector(IReadOnlyList<string> strings)
    {
        uint start = BeginVector(strings.Count);
        for (int i = 0; i < strings.Count; i++)
            SetVector(start, i, String(strings[i]));
        return start;
    }

    /// <summary>A vector of alternating keys and values.</summary>
    public uint Options(IReadOnlyList<FsOption> options)
    {
        uint start = BeginVector(options.Count * 2);
        for (int i = 0; i < options.Count; i++)
        {
            SetVector(start, 2 * i, String(options[i].Key));
            SetVector(start, (2 * i) + 1, String(options[i].Value));
        }

        return start;
    }

    /// <summary>A u32 length followed by the bytes, aligned to 8 for the structures that `init` passes to the kernel.</summary>
    public uint Blob(ReadOnlySpan<byte> bytes)
    {
        Align(8);
        Grow(4);
        Length += 4;
        uint start = (uint)Length;
        Grow(4 + bytes.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(Length), (uint)bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(Length + 4));
        Length += 4 + bytes.Length;
        return start;
    }

    /// <summary>Appends bytes aligned to 4.</summary>
    public uint Append(ReadOnlySpan<byte> bytes)
    {
        Align(4);
        uint start = (uint)Length;
        bytes.CopyTo(Grow(bytes.Length));
        Length += bytes.Length;
        return start;
    }

    public void AppendUInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(Grow(4), value);
        Length += 4;
    }

    public void PutUInt32(int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(offset), value);

    private uint BeginVector(int count)
    {
        Align(4);
        uint start = (uint)Length;
        Grow(4 + (4 * count)).Clear();
        PutUInt32(Length, (uint)count);
        Length += 4 + (4 * count);
        return start;
    }

    private void SetVector(uint start, int index, uint offset) => PutUInt32((int)start + 4 + (4 * index), offset);

    private void Align(int to)
    {
        int padding = (to - (Length % to)) % to;
        Grow(padding).Clear();
        Length += padding;
    }

    private Span<byte> Grow(int bytes)
    {
        if (Length + bytes > _buffer.Length)
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, Length + bytes));
        return _buffer.AsSpan(Length, bytes);
    }
}
