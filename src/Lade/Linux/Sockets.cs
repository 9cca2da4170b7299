using System;
using System.Text;
using Tmds.Linux;

namespace Lade.Linux;

/// <summary>unix(7) sockets and SCM_RIGHTS, and pipes.</summary>
internal static unsafe class Sockets
{
    /// <summary>A connected SOCK_SEQPACKET pair.</summary>
    public static (Fd Ours, Fd Theirs) Pair()
    {
        int* pair = stackalloc int[2];
        if (Libc.socketpair(LibC.AF_UNIX, LibC.SOCK_SEQPACKET | LibC.SOCK_CLOEXEC, 0, pair) < 0)
            throw new LadeException("create a socket pair", Libc.LastError);
        return (new Fd(pair[0]), new Fd(pair[1]));
    }

    /// <summary>A pipe: read end, write end.</summary>
    public static (Fd Read, Fd Write) Pipe(int flags = 0)
    {
        int* pair = stackalloc int[2];
        if (Libc.pipe2(pair, Libc.O_CLOEXEC | flags) < 0)
            throw new LadeException("create a pipe", Libc.LastError);
        return (new Fd(pair[0]), new Fd(pair[1]));
    }

    /// <summary>
    /// A listening SOCK_SEQPACKET socket at <paramref name="name"/> in an open directory, accessible to its owner only, regardless of the umask.
    /// </summary>
    public static Fd Listen(Fd directory, string name)
    {
        // Connecting takes write permission; until we listen nobody can connect.
        Fd fd = Bind(directory, name, LibC.SOCK_SEQPACKET, 0b110_000_000);
        return LibC.listen(fd.Number, 1) == 0 ? fd : throw new LadeException("listen on " + name, Libc.LastError);
    }

    /// <summary>A non-blocking SOCK_DGRAM socket at <paramref name="name"/> in an open directory, writable to everybody who can reach it.</summary>
    public static Fd BindDatagram(Fd directory, string name) => Bind(directory, name, Libc.SOCK_DGRAM | LibC.SOCK_NONBLOCK, 0b111_111_111);

    /// <summary>Bound through /proc/self/fd: a unix address holds 107 bytes, and a state directory may be nested deeper.</summary>
    private static Fd Bind(Fd directory, string name, int type, uint mode)
    {
        Fd fd = Create(type);
        byte* address = stackalloc byte[110];
        uint length = Address("/proc/self/fd/" + directory.Number + "/" + name, address);
        if (Libc.bind(fd.Number, address, length) < 0)
            throw new LadeException("bind a socket to " + name, Libc.LastError);
        Files.ChangeMode(name, mode, directory);
        return fd;
    }

    private static Fd Create(int type) => Fd.FromResult(LibC.socket(LibC.AF_UNIX, type | LibC.SOCK_CLOEXEC, 0), "create a socket");

    /// <summary>Connects to a SOCK_SEQPACKET socket in an open directory; null and the errno when that fails.</summary>
    public static Fd? TryConnect(Fd directory, string name, out Errno errno) =>
        TryConnect("/proc/self/fd/" + directory.Number + "/" + name, LibC.SOCK_SEQPACKET, out errno);

    /// <summary>Connects to a path of at most 107 bytes, or with a leading <c>@</c> to a name in the abstract namespace; null and the errno when that fails.</summary>
    public static Fd? TryConnect(string path, int type, out Errno errno)
    {
        Fd fd = Create(type);
        byte* address = stackalloc byte[110];
        uint length = Address(path, address);
        if (length == 0 || Libc.connect(fd.Number, address, length) < 0)
        {
            errno = length == 0 ? Errno.ENAMETOOLONG : Libc.LastError;
            fd.Dispose();
            return null;
        }

        errno = default;
        return fd;
    }

    /// <summary>Receives one message, and the descriptor passed with it; 0 when the peer has closed its end.</summary>
    public static int Receive(Fd socket, Span<byte> buffer, out Fd? passed)
    {
        byte* control = stackalloc byte[64];
        fixed (byte* p = buffer)
        {
            iovec vector = new() { iov_base = p, iov_len = buffer.Length };
            msghdr header = new() { msg_iov = &vector, msg_iovlen = 1, msg_control = control, msg_controllen = 64 };
            int got;
            do
                got = Libc.recvmsg(socket.Number, &header, Libc.MSG_CMSG_CLOEXEC);
            while (got < 0 && Libc.LastError == Errno.EINTR);
            if (got < 0)
                throw new LadeException("receive from init", Libc.LastError);
            cmsghdr* cmsg = LibC.CMSG_FIRSTHDR(&header);
            passed = cmsg != null && cmsg->cmsg_level == LibC.SOL_SOCKET && cmsg->cmsg_type == LibC.SCM_RIGHTS ? new Fd(*(int*)LibC.CMSG_DATA(cmsg)) : null;
            return got;
        }
    }

    /// <summary>Sends a message, optionally with a descriptor; the errno or 0.</summary>
    public static Errno Send(Fd socket, ReadOnlySpan<byte> data, Fd? pass = null)
    {
        SendOnce(socket, data, pass, out Errno errno);
        return errno;
    }

    /// <summary>Sends all bytes over a stream socket, the descriptor with the first of them; the errno or 0.</summary>
    public static Errno SendAll(Fd socket, ReadOnlySpan<byte> data, Fd pass)
    {
        int sent = SendOnce(socket, data, pass, out Errno errno);
        while (errno.Value == 0 && sent < data.Length)
            sent += SendOnce(socket, data[sent..], null, out errno);
        return errno;
    }

    private static int SendOnce(Fd socket, ReadOnlySpan<byte> data, Fd? pass, out Errno errno)
    {
        byte* control = stackalloc byte[24];
        fixed (byte* p = data)
        {
            iovec vector = new() { iov_base = p, iov_len = data.Length };
            msghdr header = new() { msg_iov = &vector, msg_iovlen = 1 };
            if (pass is not null)
            {
                header.msg_control = control;
                header.msg_controllen = LibC.CMSG_SPACE(sizeof(int));
                cmsghdr* cmsg = LibC.CMSG_FIRSTHDR(&header);
                // The package's CMSG_LEN rounds up, which the kernel would take for two descriptors, the second one 0.
                *cmsg = new cmsghdr { cmsg_len = sizeof(cmsghdr) + sizeof(int), cmsg_level = LibC.SOL_SOCKET, cmsg_type = LibC.SCM_RIGHTS };
                *(int*)LibC.CMSG_DATA(cmsg) = pass.Number;
            }

            int sent;
            do
                sent = Libc.sendmsg(socket.Number, &header, LibC.MSG_NOSIGNAL);
            while (sent < 0 && Libc.LastError == Errno.EINTR);
            errno = sent < 0 ? Libc.LastError : default;
            return sent;
        }
    }

    /// <summary>struct sockaddr_un of a path; 0 when it does not fit.</summary>
    private static uint Address(string path, byte* address)
    {
        if (Encoding.UTF8.GetByteCount(path) > 107)
            return 0;
        *(ushort*)address = (ushort)LibC.AF_UNIX;
        int n = Encoding.UTF8.GetBytes(path, new Span<byte>(address + 2, 107));
        address[2 + n] = 0;
        if (path[0] != '@')
            return (uint)(2 + n + 1);
        // An abstract name starts with a NUL and is not terminated by one.
        address[2] = 0;
        return (uint)(2 + n);
    }
}
