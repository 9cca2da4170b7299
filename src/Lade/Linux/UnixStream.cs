using System;

namespace Lade.Linux;

/// <summary>The moment until which something may take, on a clock that nobody sets.</summary>
internal readonly struct Deadline(int milliseconds)
{
    private readonly long _end = Environment.TickCount64 + milliseconds;

    /// <summary>Milliseconds, 0 when it has passed.</summary>
    public int Left => (int)Math.Max(0, _end - Environment.TickCount64);
}

/// <summary>A stream connection on a unix socket, no wait of which lasts longer than the deadline at hand.</summary>
internal sealed unsafe class UnixStream : IDisposable
{
    private readonly Fd _socket;

    private UnixStream(Fd socket) => _socket = socket;

    /// <param name="address">As in <see cref="Sockets.TryConnect(string, int, out Errno)"/>.</param>
    /// <returns>null and the errno when there is no connection.</returns>
    public static UnixStream? TryConnect(string address, Deadline deadline, out Errno errno)
    {
        while (true)
        {
            Fd? fd = Sockets.TryConnect(address, Libc.SOCK_STREAM | Libc.SOCK_NONBLOCK, out errno);
            if (fd is not null)
                return new UnixStream(fd);
            // The other side's queue of connections is full, which poll(2) cannot wait for.
            if (errno != Errno.EAGAIN)
                return null;
            if (deadline.Left == 0)
            {
                errno = Errno.ETIMEDOUT;
                return null;
            }

            new Backoff(50).Sleep();
        }
    }

    /// <summary>Writes all of it; the errno, ETIMEDOUT when the other side does not read, or 0.</summary>
    public Errno TryWrite(ReadOnlySpan<byte> data, Deadline deadline)
    {
        fixed (byte* p = data)
        {
            int written = 0;
            while (written < data.Length)
            {
                nint n = Libc.write(_socket.Number, p + written, data.Length - written);
                if (n >= 0)
                    written += (int)n;
                else if (Libc.LastError is var errno && errno != Errno.EINTR && (errno != Errno.EAGAIN || !Await(Libc.POLLOUT, deadline, out errno)))
                    return errno;
            }
        }

        return default;
    }

    /// <summary>Reads what is there, at least one byte; 0 with errno 0 at the end of the stream.</summary>
    public int TryRead(Span<byte> buffer, Deadline deadline, out Errno errno)
    {
        fixed (byte* p = buffer)
        {
            while (true)
            {
                nint n = Libc.read(_socket.Number, p, buffer.Length);
                errno = n < 0 ? Libc.LastError : default;
                if (n >= 0)
                    return (int)n;
                if (errno != Errno.EINTR && (errno != Errno.EAGAIN || !Await(Libc.POLLIN, deadline, out errno)))
                    return 0;
            }
        }
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>True when a read or write will not block; false with ETIMEDOUT at the deadline.</summary>
    private bool Await(short events, Deadline deadline, out Errno errno)
    {
        while (true)
        {
            Libc.PollFd poll = new() { Fd = _socket.Number, Events = events };
            int ready = Libc.poll(&poll, 1, deadline.Left);
            errno = ready < 0 ? Libc.LastError : ready == 0 ? Errno.ETIMEDOUT : default;
            if (ready > 0)
                return true;
            if (errno != Errno.EINTR)
                return false;
        }
    }
}
