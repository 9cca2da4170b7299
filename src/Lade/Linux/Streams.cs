using System;

namespace Lade.Linux;

/// <summary>Single reads and writes of descriptors that may not be ready, and waiting until they are: what a loop over several of them is made of.</summary>
internal static unsafe class Streams
{
    /// <summary>poll(2). A signal ends the wait too.</summary>
    /// <param name="milliseconds">-1: without end.</param>
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

    /// <summary>One read(2). Nothing read and no errno is the end; EAGAIN means that there is nothing yet.</summary>
    public static int Read(Fd fd, Span<byte> buffer, out Errno errno)
    {
        fixed (byte* p = buffer)
        {
            nint got;
            do
                got = Libc.read(fd.Number, p, buffer.Length);
            while (got < 0 && Libc.LastError == Errno.EINTR);
            errno = got < 0 ? Libc.LastError : default;
            return got < 0 ? 0 : (int)got;
        }
    }

    /// <summary>One write(2): how many bytes were taken, which may be less than given; EAGAIN means that there is no room yet.</summary>
    public static int Write(Fd fd, ReadOnlySpan<byte> data, out Errno errno)
    {
        fixed (byte* p = data)
        {
            nint put;
            do
                put = Libc.write(fd.Number, p, data.Length);
            while (put < 0 && Libc.LastError == Errno.EINTR);
            errno = put < 0 ? Libc.LastError : default;
            return put < 0 ? 0 : (int)put;
        }
    }

    /// <summary>Reads and writes give EAGAIN instead of waiting. This holds for everybody who shares the open file, so it is for our own files only.</summary>
    public static void MakeNonBlocking(Fd fd)
    {
        int flags = Libc.fcntl(fd.Number, Libc.F_GETFL, 0);
        if (flags < 0 || Libc.fcntl(fd.Number, Libc.F_SETFL, flags | Libc.O_NONBLOCK) < 0)
            throw new LadeException("make a descriptor non-blocking", Libc.LastError);
    }
}
