using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Lade.Linux;

internal static unsafe partial class Libc
{
    public static uint STATX_INO => LibC.STATX_INO;
    public static uint STATX_BASIC_STATS => LibC.STATX_BASIC_STATS;
    public const uint STATX_MNT_ID = 0x1000;
    public const byte DT_UNKNOWN = 0;
    public const byte DT_DIR = 4;

    /// <summary>f_type of statfs(2), as the next two.</summary>
    public const long CGROUP2_SUPER_MAGIC = 0x63677270;
    public const long PROC_SUPER_MAGIC = 0x9fa0;
    public const long SELINUX_MAGIC = 0xf97cff8c;

    public static int AT_FDCWD => LibC.AT_FDCWD;

    public static int O_RDONLY => LibC.O_RDONLY;
    public static int O_WRONLY => LibC.O_WRONLY;
    public static int O_RDWR => LibC.O_RDWR;
    public static int O_CREAT => LibC.O_CREAT;
    public static int O_EXCL => LibC.O_EXCL;
    public static int O_NOCTTY => LibC.O_NOCTTY;
    public static int O_TRUNC => LibC.O_TRUNC;
    public static int O_APPEND => LibC.O_APPEND;
    public static int O_NONBLOCK => LibC.O_NONBLOCK;
    public static int O_DIRECTORY => LibC.O_DIRECTORY;
    public static int O_NOFOLLOW => LibC.O_NOFOLLOW;
    public static int O_CLOEXEC => LibC.O_CLOEXEC;
    public static int O_PATH => LibC.O_PATH;

    public const int LOCK_EX = 2;
    public const int LOCK_NB = 4;
    public const int LOCK_UN = 8;

    public static uint MFD_CLOEXEC => LibC.MFD_CLOEXEC;
    public static uint MFD_ALLOW_SEALING => LibC.MFD_ALLOW_SEALING;
    public const uint MFD_EXEC = 0x10;
    public static int F_DUPFD_CLOEXEC => LibC.F_DUPFD_CLOEXEC;
    public const int F_SEAL_EXEC = 0x20;

    public static int openat(int dirfd, string path, int flags, uint mode)
    {
        using CString name = new(path, stackalloc byte[CString.Room]);
        return LibC.openat(dirfd, name, flags, (ushort)mode);
    }

    /// <param name="path">NUL-terminated bytes, for names that are not UTF-8.</param>
    public static int openat(int dirfd, byte* path, int flags, uint mode) => LibC.openat(dirfd, path, flags, (ushort)mode);

    public static int openat2(int dirfd, string path, open_how how)
    {
        using CString name = new(path, stackalloc byte[CString.Room]);
        return LibC.openat2(dirfd, name, &how, sizeof(open_how));
    }

    public static int read(int fd, byte* buffer, int count) => (int)LibC.read(fd, buffer, count);

    public static int pread(int fd, byte* buffer, int count, long offset) => (int)LibC.pread(fd, buffer, count, offset);

    /// <summary>eventfd(2); its flags are O_CLOEXEC and O_NONBLOCK.</summary>
    public static int eventfd(uint initial, int flags) => LibC.eventfd(initial, flags);

    public static int write(int fd, byte* buffer, int count) => (int)LibC.write(fd, buffer, count);

    public static int mkdirat(int dirfd, string path, uint mode)
    {
        using CString name = new(path, stackalloc byte[CString.Room]);
        return LibC.mkdirat(dirfd, name, (ushort)mode);
    }

    public static int unlinkat(int dirfd, string path, int flags)
    {
        using CString name = new(path, stackalloc byte[CString.Room]);
        return LibC.unlinkat(dirfd, name, flags);
    }

    /// <inheritdoc cref="openat(int, byte*, int, uint)"/>
    public static int unlinkat(int dirfd, byte* path, int flags) => LibC.unlinkat(dirfd, path, flags);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int renameat(int olddirfd, string oldpath, int newdirfd, string newpath);

    public static int readlinkat(int dirfd, string path, byte* buffer, int size)
    {
        using CString name = new(path, stackalloc byte[CString.Room]);
        return (int)LibC.readlinkat(dirfd, name, buffer, size);
    }

    public static int faccessat(int dirfd, string path, int mode, int flags)
    {
        using CString name = new(path, stackalloc byte[CString.Room]);
        return LibC.faccessat(dirfd, name, mode, flags);
    }

    [LibraryImport(Library, SetLastError = true)]
    public static partial int flock(int fd, int operation);

    public static int fchmod(int fd, uint mode) => LibC.fchmod(fd, (ushort)mode);

    public static uint umask(uint mask) => (ushort)LibC.umask((ushort)mask);

    public static int fchmodat(int dirfd, string path, uint mode, int flags)
    {
        using CString name = new(path, stackalloc byte[CString.Room]);
        return LibC.fchmodat(dirfd, name, (ushort)mode, flags);
    }

    public static int fcntl(int fd, int command, nint argument) => LibC.fcntl(fd, command, (void*)argument);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int close_range(uint first, uint last, int flags);

    public static int memfd_create(string name, uint flags)
    {
        using CString label = new(name, stackalloc byte[CString.Room]);
        return LibC.memfd_create(label, flags);
    }

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint getrandom(void* buffer, nint length, uint flags);

    public static int statx(int dirfd, string path, int flags, uint mask, Statx* buffer)
    {
        using CString name = new(path, stackalloc byte[CString.Room]);
        return LibC.statx(dirfd, name, flags, mask, (statx*)buffer);
    }

    /// <summary>getdents64(2): the number of bytes read, 0 at the end.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial nint getdents64(int fd, byte* buffer, nint size);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int statfs(string path, StatFs* buffer);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int fstatfs(int fd, StatFs* buffer);

    public static int fchownat(int dirfd, string path, uint uid, uint gid, int flags)
    {
        using CString name = new(path, stackalloc byte[CString.Room]);
        return LibC.fchownat(dirfd, name, uid, gid, flags);
    }

    public static byte* getcwd(byte* buffer, int size) => LibC.getcwd(buffer, size);

    /// <summary>struct statfs (statfs(2)), the field that lade reads.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 120)]
    internal struct StatFs
    {
        [FieldOffset(0)]
        public long Type;
    }

    /// <summary>struct statx (statx(2)), the fields that lade reads. The package's lacks stx_mnt_id.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    internal struct Statx
    {
        [FieldOffset(8)]
        public ulong Attributes;

        [FieldOffset(20)]
        public uint Uid;

        [FieldOffset(24)]
        public uint Gid;

        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(40)]
        public ulong Size;

        [FieldOffset(136)]
        public uint DevMajor;

        [FieldOffset(140)]
        public uint DevMinor;

        [FieldOffset(144)]
        public ulong MountId;

        public readonly bool IsRegularFile => (Mode & (ushort)LibC.S_IFMT) == (ushort)LibC.S_IFREG;

        public readonly bool IsDirectory => (Mode & (ushort)LibC.S_IFMT) == (ushort)LibC.S_IFDIR;

        public readonly bool IsSocket => (Mode & (ushort)LibC.S_IFMT) == (ushort)LibC.S_IFSOCK;
    }
}
