using System;
using Tmds.Linux;

namespace Lade.Linux;

/// <summary>A point in time on the monotonic clock.</summary>
internal readonly struct Deadline(long milliseconds)
{
    private readonly long _end = Environment.TickCount64 + milliseconds;

    /// <summary>Milliseconds, 0 once it has passed.</summary>
    public int Left => (int)Math.Clamp(_end - Environment.TickCount64, 0, int.MaxValue);
}

/// <summary>The one place that reads, writes and polls descriptors. Every call is retried on EINTR, unless it says otherwise.</summary>
internal static unsafe class Streams
{
    /// <summary>poll(2). Signals end the wait too, so a caller with a deadline checks the clock.</summary>
    /// <param name="milliseconds">-1 for no limit.</param>
    /// <returns>False when nothing is ready.</returns>
    public static bool Wait(Span<Libc.PollFd> fds, int milliseconds)
    {
        fixed (Libc.PollFd* p = fds)
        {
            int ready = Libc.poll(p, (nuint)fds.Length, milliseconds);
            if (ready >= 0)
                return ready > 0;
            if (Libc.LastError != Errno.EINTR)
                throw new LadeException("poll", Libc.LastError);
            foreach (ref Libc.PollFd fd in fds)
                fd.Returned = 0;
            return false;
        }
    }

    /// <summary>Waits for <paramref name="events"/>, or an error or hang-up, on one descriptor.</summary>
    /// <returns>False at the deadline.</returns>
    public static bool WaitFor(Fd fd, short events, Deadline deadline)
    {
        Span<Libc.PollFd> fds = [new() { Fd = fd.Number, Events = events }];
        while (true)
        {
            int left = deadline.Left;
            if (Wait(fds, left))
                return true;
            if (left == 0)
                return false;
        }
    }

    /// <summary>One read(2). 0 without an errno is end of file; EAGAIN means that a non-blocking descriptor has nothing yet.</summary>
    public static int Read(Fd fd, Span<byte> buffer, out Errno errno)
    {
        fixed (byte* p = buffer)
        {
            int got;
            do
                got = Libc.read(fd.Number, p, buffer.Length);
            while (got < 0 && Libc.LastError == Errno.EINTR);
            errno = got < 0 ? Libc.LastError : default;
            return Math.Max(got, 0);
        }
    }

    /// <summary>One pread(2).</summary>
    /// <inheritdoc cref="Read"/>
    public static int ReadAt(Fd fd, Span<byte> buffer, long offset, out Errno errno)
    {
        fixed (byte* p = buffer)
        {
            int got;
            do
                got = Libc.pread(fd.Number, p, buffer.Length, offset);
            while (got < 0 && Libc.LastError == Errno.EINTR);
            errno = got < 0 ? Libc.LastError : default;
            return Math.Max(got, 0);
        }
    }

    /// <summary>One write(2): the number of bytes taken, possibly fewer than given; EAGAIN means that a non-blocking descriptor has no room yet.</summary>
    public static int Write(Fd fd, ReadOnlySpan<byte> data, out Errno errno)
    {
        fixed (byte* p = data)
        {
            int put;
            do
                put = Libc.write(fd.Number, p, data.Length);
            while (put < 0 && Libc.LastError == Errno.EINTR);
            errno = put < 0 ? Libc.LastError : default;
            return Math.Max(put, 0);
        }
    }

    /// <summary>Sets O_NONBLOCK. The flag belongs to the open file description, which others may share: use it on our own files only.</summary>
    public static void MakeNonBlocking(Fd fd)
    {
        int flags = Libc.fcntl(fd.Number, LibC.F_GETFL, 0);
        if (flags < 0 || Libc.fcntl(fd.Number, LibC.F_SETFL, flags | Libc.O_NONBLOCK) < 0)
            throw new LadeException("make a descriptor non-blocking", Libc.LastError);
    }
}
