using System;
using Tmds.Linux;

namespace Lade.Linux;

/// <summary>A stream connection over a unix(7) socket; no operation outlasts its deadline.</summary>
internal sealed class UnixStream : IDisposable
{
    private readonly Fd _socket;

    private UnixStream(Fd socket) => _socket = socket;

    /// <param name="address">As in <see cref="Sockets.TryConnect(string, int, out Errno)"/>.</param>
    /// <returns>null and the errno when the connection fails.</returns>
    public static UnixStream? TryConnect(string address, Deadline deadline, out Errno errno)
    {
        while (true)
        {
            Fd? fd = Sockets.TryConnect(address, Libc.SOCK_STREAM | LibC.SOCK_NONBLOCK, out errno);
            if (fd is not null)
                return new UnixStream(fd);
            // EAGAIN: the peer's backlog is full, which poll(2) cannot wait for.
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

    /// <summary>Writes all of <paramref name="data"/>; the errno, ETIMEDOUT at the deadline, or 0.</summary>
    public Errno TryWrite(ReadOnlySpan<byte> data, Deadline deadline)
    {
        while (!data.IsEmpty)
        {
            data = data[Streams.Write(_socket, data, out Errno errno)..];
            if (errno == Errno.EAGAIN)
                errno = Streams.WaitFor(_socket, Libc.POLLOUT, deadline) ? default : Errno.ETIMEDOUT;
            if (errno != default)
                return errno;
        }

        return default;
    }

    /// <summary>Reads at least one byte; 0 with errno 0 at end of stream, with ETIMEDOUT at the deadline.</summary>
    public int TryRead(Span<byte> buffer, Deadline deadline, out Errno errno)
    {
        while (true)
        {
            int got = Streams.Read(_socket, buffer, out errno);
            if (errno != Errno.EAGAIN)
                return got;
            if (!Streams.WaitFor(_socket, Libc.POLLIN, deadline))
            {
                errno = Errno.ETIMEDOUT;
                return 0;
            }
        }
    }

    public void Dispose() => _socket.Dispose();
}
