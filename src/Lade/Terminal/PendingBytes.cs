using System;
using Lade.Linux;

namespace Lade.Terminal;

/// <summary>Bytes read from one side and not yet written to the other. More are read only once these are written, so a slow reader slows the writer.</summary>
internal sealed class PendingBytes
{
    // PIPE_BUF, which a writable pipe takes without blocking: the caller's files cannot be made non-blocking, since others share them.
    private readonly byte[] _buffer = new byte[4096];
    private int _start;
    private int _end;

    public bool IsEmpty => _start == _end;

    /// <summary>One read. False when there was no data; without an errno that is end of file.</summary>
    public bool Fill(Fd from, out Errno errno)
    {
        _start = 0;
        _end = Streams.Read(from, _buffer, out errno);
        return _end > 0;
    }

    /// <summary>One write of what is pending; the errno or 0.</summary>
    public Errno Flush(Fd to)
    {
        _start += Streams.Write(to, _buffer.AsSpan(_start, _end - _start), out Errno errno);
        return errno;
    }

    public void Clear() => _start = _end = 0;
}
