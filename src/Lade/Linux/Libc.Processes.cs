using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Lade.Linux;

internal static unsafe partial class Libc
{
    public const int WNOHANG = 1;
    public const int PR_SET_CHILD_SUBREAPER = 36;
    public const int NS_GET_NSTYPE = 0xb703;

    /// <summary>The same on every architecture, as all system calls since Linux 5.1 are.</summary>
    public const int SYS_pidfd_send_signal = 424;
    public const int SYS_pidfd_open = 434;
    public const int SYS_pidfd_getfd = 438;

    /// <summary>Our own constant, usable in patterns.</summary>
    public const int SIGKILL = 9;
    public static int SIGTERM => LibC.SIGTERM;
    public static byte SIGCONT => (byte)LibC.SIGCONT;

    public static uint geteuid() => LibC.geteuid();

    public static uint getegid() => LibC.getegid();

    [LibraryImport(Library, SetLastError = true)]
    public static partial int nanosleep(timespec* request, timespec* remaining);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int wait4(int pid, int* status, int options, void* usage);

    /// <summary>pidfd_open(2). This and the next two are called by number: older C libraries lack wrappers.</summary>
    public static int pidfd_open(int pid, uint flags) => (int)LibC.syscall(SYS_pidfd_open, pid, flags);

    public static int pidfd_getfd(int pidfd, int number, uint flags) => (int)LibC.syscall(SYS_pidfd_getfd, pidfd, number, flags);

    /// <summary>pidfd_send_signal(2), without siginfo.</summary>
    public static int pidfd_send_signal(int pidfd, int signal, uint flags) => (int)LibC.syscall(SYS_pidfd_send_signal, pidfd, signal, 0, flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int prctl(int option, nuint a, nuint b, nuint c, nuint d);

    public static int ioctl(int fd, nuint request, nint argument) => LibC.ioctl(fd, (int)request, (void*)argument);

    /// <summary>native/spawn/spawn.h: struct lade_spawn.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct SpawnRequest
    {
        public int ExeFd;
        public int PlanFd;
        public int CgroupFd;
        public uint PreserveFds;
        public ulong CloneFlags;
        public int* KeepFds;
        public uint KeepCount;
        public int ErrorStage;
        public int* PidFdOut;
    }

    private const string Spawn = "lade_spawn";

    [LibraryImport(Spawn)]
    public static partial int lade_spawn(SpawnRequest* request);

    [LibraryImport(Spawn)]
    public static partial int lade_spawn_program(byte* path, byte** argv, byte** envp, int* fds, int newGroup);

    [LibraryImport(Spawn)]
    public static partial void* lade_init_image(ulong* size);

    [LibraryImport(Spawn)]
    public static partial void lade_forward_signals(int pidfd);

    [LibraryImport(Spawn)]
    public static partial void lade_watch_terminal(int fd);

    [LibraryImport(Spawn)]
    public static partial void lade_watch_interruptions(int fd);

    [LibraryImport(Spawn)]
    public static partial int lade_interruption();
}
