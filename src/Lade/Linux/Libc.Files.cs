using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Lade.Linux;

internal static unsafe partial class Libc
{
    public static int AT_FDCWD => LibC.AT_FDCWD;
    public static int AT_SYMLINK_NOFOLLOW => LibC.AT_SYMLINK_NOFOLLOW;
    public static int AT_REMOVEDIR => LibC.AT_REMOVEDIR;
    public static int AT_EMPTY_PATH => LibC.AT_EMPTY_PATH;

    public static int X_OK => LibC.X_OK;

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

    public static uint S_IFMT => (ushort)LibC.S_IFMT;
    public static uint S_IFSOCK => (ushort)LibC.S_IFSOCK;
    public static uint S_IFREG => (ushort)LibC.S_IFREG;
    public static uint S_IFDIR => (ushort)LibC.S_IFDIR;

    public static uint MFD_CLOEXEC => LibC.MFD_CLOEXEC;
    public static uint MFD_ALLOW_SEALING => LibC.MFD_ALLOW_SEALING;
    public const uint MFD_EXEC = 0x10;
    public static int F_GETFD => LibC.F_GETFD;
    public static int FD_CLOEXEC => LibC.FD_CLOEXEC;
    public static int F_GETFL => LibC.F_GETFL;
    public static int F_SETFL => LibC.F_SETFL;
    public static int F_DUPFD_CLOEXEC => LibC.F_DUPFD_CLOEXEC;
    public static int F_ADD_SEALS => LibC.F_ADD_SEALS;
    public static int F_SEAL_SEAL => LibC.F_SEAL_SEAL;
    public static int F_SEAL_SHRINK => LibC.F_SEAL_SHRINK;
    public static int F_SEAL_GROW => LibC.F_SEAL_GROW;
    public static int F_SEAL_WRITE => LibC.F_SEAL_WRITE;
    public const int F_SEAL_EXEC = 0x20;

    public static int close(int fd) => LibC.close(fd);

    public static int openat(int dirfd, string path, int flags, uint mode)
    {
        using CString name = new(path, stackalloc byte[CString.Room]);
        return LibC.openat(dirfd, name, flags, (ushort)mode);
    }

    /// <param name="path">With a NUL: names that are not UTF-8.</param>
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

    /// <summary>umask(2), for the whole process; it cannot fail.</summary>
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

    /// <summary>struct statx (statx(2)), the fields that lade reads. The package's has no stx_mnt_id.</summary>
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

        [FieldOffset(128)]
        public uint RdevMajor;

        [FieldOffset(132)]
        public uint RdevMinor;

        [FieldOffset(136)]
        public uint DevMajor;

        [FieldOffset(140)]
        public uint DevMinor;

        [FieldOffset(144)]
        public ulong MountId;
    }
}
