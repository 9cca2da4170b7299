using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Lade.Linux;

internal static unsafe partial class Libc
{
    public static int SOCK_STREAM => LibC.SOCK_STREAM;
    public static int SOCK_DGRAM => LibC.SOCK_DGRAM;
    public static int MSG_CMSG_CLOEXEC => LibC.MSG_CMSG_CLOEXEC;

    /// <summary>Our own constants, as all of poll(2), usable in constant expressions.</summary>
    public const short POLLIN = 1;
    public const short POLLPRI = 2;
    public const short POLLOUT = 4;
    public const short POLLERR = 8;
    public const short POLLHUP = 0x10;

    public static int socketpair(int domain, int type, int protocol, int* pair) => LibC.socketpair(domain, type, protocol, pair);

    public static int bind(int fd, void* address, uint length) => LibC.bind(fd, (sockaddr*)address, length);

    public static int connect(int fd, void* address, uint length) => LibC.connect(fd, (sockaddr*)address, length);

    public static int recvmsg(int fd, msghdr* message, int flags) => (int)LibC.recvmsg(fd, message, flags);

    public static int sendmsg(int fd, msghdr* message, int flags) => (int)LibC.sendmsg(fd, message, flags);

    public static int pipe2(int* pair, int flags) => LibC.pipe2(pair, flags);

    /// <summary>poll(2). The package's wrapper drops errno, so EINTR would look like any other failure.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial int poll(PollFd* fds, nuint count, int milliseconds);

    /// <summary>struct pollfd. Our own, because other folders fill it in.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PollFd
    {
        public int Fd;
        public short Events;
        public short Returned;
    }
}
