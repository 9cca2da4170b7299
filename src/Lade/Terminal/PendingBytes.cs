using System;
using Lade.Linux;

namespace Lade.Terminal;

/// <summary>Bytes that one side has given and the other has not taken yet. They are read only when all before them are gone, so a slow reader slows the writer.</summary>
internal sealed class PendingBytes
{
    // Also what a pipe with any room takes without blocking: the caller's files are not ours to make non-blocking.
    private readonly byte[] _buffer = new byte[4096];
    private int _start;
    private int _end;

    public bool IsEmpty => _start == _end;

    /// <summary>One read. False when nothing came, with the errno; no errno is the end.</summary>
    public bool Fill(Fd from, out Errno errno)
    {
        _start = 0;
        _end = Streams.Read(from, _buffer, out errno);
        return _end > 0;
    }

    /// <summary>One write of what is left.</summary>
    public Errno Flush(Fd to)
    {
        _start += Streams.Write(to, _buffer.AsSpan(_start, _end - _start), out Errno errno);
        return errno;
    }

    public void Clear() => _start = _end = 0;
}
