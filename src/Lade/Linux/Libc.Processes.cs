using System.Runtime.InteropServices;

namespace Lade.Linux;

internal static unsafe partial class Libc
{
    public const int WNOHANG = 1;
    public const int PR_SET_CHILD_SUBREAPER = 36;
    public const int SIGKILL = 9;
    public const int SIGTERM = 15;
    public const byte SIGCONT = 18;
    public const int SIGPIPE = 13;
    public const int NS_GET_NSTYPE = 0xb703;
    public const long SYS_pidfd_send_signal = 424;
    public const long SYS_pidfd_open = 434;
    public const long SYS_openat2 = 437;
    public const long SYS_pidfd_getfd = 438;

    [LibraryImport(Library, SetLastError = true)]
    public static partial int wait4(int pid, int* status, int options, void* usage);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int kill(int pid, int signal);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int prctl(int option, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int fstatfs(int fd, StatFs* buffer);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int ioctl(int fd, nuint request, nint argument);

    /// <summary>struct statfs (statfs(2)), the field that lade reads.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 120)]
    internal struct StatFs
    {
        [FieldOffset(0)]
        public long Type;
    }

    /// <summary>struct open_how (openat2(2)).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }

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
