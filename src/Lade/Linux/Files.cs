using System;
using System.Text;
using Tmds.Linux;

namespace Lade.Linux;

/// <summary>Files and directories of the host, by path or relative to a directory descriptor. Errors are <see cref="LadeException"/> with the path.</summary>
internal static unsafe class Files
{
    /// <summary>open(2), close-on-exec, retried on EINTR.</summary>
    public static Fd Open(string path, int flags, uint mode = 0, Fd? below = null)
    {
        return TryOpen(path, flags, out Errno errno, mode, below) ?? throw new LadeException("open " + NameOf(path, below), errno);
    }

    /// <summary>As <see cref="Open"/>, returning null and the errno instead of throwing.</summary>
    public static Fd? TryOpen(string path, int flags, out Errno errno, uint mode = 0, Fd? below = null)
    {
        while (true)
        {
            int fd = Libc.openat(below?.Number ?? Libc.AT_FDCWD, path, flags | Libc.O_CLOEXEC, mode);
            errno = fd < 0 ? Libc.LastError : default;
            if (errno == Errno.EINTR)
                continue;
            return fd < 0 ? null : new Fd(fd);
        }
    }

    /// <summary>
    /// The id of the mount whose root <paramref name="path"/> resolves to, with <paramref name="root"/> as "/"; null when it does not resolve to the root of a mount.
    /// Opened with O_PATH: opening a container's file could have side effects.
    /// </summary>
    public static int? MountRootedAt(Fd root, string path)
    {
        const ulong STATX_ATTR_MOUNT_ROOT = 0x2000;
        open_how how = new() { flags = (ulong)(Libc.O_PATH | Libc.O_CLOEXEC), resolve = LibC.RESOLVE_IN_ROOT | LibC.RESOLVE_NO_MAGICLINKS };
        int number = Libc.openat2(root.Number, path, how);
        if (number < 0)
            return null;
        using var fd = new Fd(number);
        Libc.Statx stat;
        return Libc.statx(fd.Number, "", LibC.AT_EMPTY_PATH, Libc.STATX_MNT_ID, &stat) == 0 && (stat.Attributes & STATX_ATTR_MOUNT_ROOT) != 0 ? (int)stat.MountId : null;
    }

    /// <summary>The whole content, regardless of st_size (0 in procfs and cgroupfs).</summary>
    public static byte[] ReadAll(string path, Fd? below = null)
    {
        using Fd fd = Open(path, Libc.O_RDONLY, 0, below);
        return ReadAll(fd, path);
    }

    /// <summary>
    /// A kernel file whose content fits one read(2), such as a single value or /proc/PID/status: a read that does not fill the buffer has returned everything, which saves
    /// the read for end of file.
    /// </summary>
    public static byte[] ReadSmall(string path)
    {
        using Fd fd = Open(path, Libc.O_RDONLY);
        return ReadSmall(fd, path);
    }

    /// <inheritdoc cref="ReadSmall(string)"/>
    public static byte[] ReadSmall(Fd fd, string name)
    {
        byte[] buffer = new byte[4096];
        int length = Read(fd, buffer, name);
        return length < buffer.Length ? buffer.AsSpan(0, length).ToArray() : [.. buffer, .. ReadAll(fd, name)];
    }

    /// <inheritdoc cref="ReadAll(string, Fd?)"/>
    /// <param name="limit">Bytes after which reading stops, for untrusted files.</param>
    public static byte[] ReadAll(Fd fd, string name, int limit = int.MaxValue)
    {
        byte[] buffer = new byte[4096];
        int length = 0;
        while (true)
        {
            if (length == buffer.Length)
                Array.Resize(ref buffer, buffer.Length * 4);
            int got = Read(fd, buffer.AsSpan(length), name);
            length += got;
            if (got == 0 || length >= limit)
                return buffer.AsSpan(0, length).ToArray();
        }
    }

    /// <summary>The content as UTF-8 text without trailing newlines; null when the file cannot be opened.</summary>
    public static string? TryReadText(string path, Fd? below = null)
    {
        using Fd? fd = TryOpen(path, Libc.O_RDONLY, out _, 0, below);
        try
        {
            return fd is null ? null : Encoding.UTF8.GetString(ReadAll(fd, path)).TrimEnd('\n');
        }
        catch (LadeException e) when (e.Errno == Errno.ENODEV || e.Errno == Errno.ESRCH)
        {
            // The cgroup or process disappeared between open and read.
            return null;
        }
    }

    /// <summary>One read(2); 0 at end of file.</summary>
    public static int Read(Fd fd, Span<byte> buffer, string name)
    {
        int got = Streams.Read(fd, buffer, out Errno errno);
        return errno == default ? got : throw new LadeException("read " + name, errno);
    }

    /// <summary>Writes everything.</summary>
    public static void Write(Fd fd, ReadOnlySpan<byte> data, string name)
    {
        if (TryWrite(fd, data) is { Value: not 0 } errno)
            throw new LadeException("write " + name, errno);
    }

    /// <summary>Writes everything; the errno or 0.</summary>
    public static Errno TryWrite(Fd fd, ReadOnlySpan<byte> data) => TryWriteSome(fd, ref data);

    /// <summary>As <see cref="TryWrite"/>; <paramref name="data"/> becomes what was not written, such as what a non-blocking descriptor did not take (EAGAIN).</summary>
    public static Errno TryWriteSome(Fd fd, ref ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            data = data[Streams.Write(fd, data, out Errno errno)..];
            if (errno != default)
                return errno;
        }

        return default;
    }

    /// <summary>Writes a whole value with one write(2) and without O_TRUNC, as kernel files require.</summary>
    /// <exception cref="LadeException">It cannot be opened or written; the message names value and path.</exception>
    public static void WriteValue(string path, string value, Fd? below = null)
    {
        if (TryWriteValue(path, value, below) is { Value: not 0 } errno)
            throw new LadeException("write '" + value + "' to " + path, errno);
    }

    /// <summary>As <see cref="WriteValue"/>, returning the errno instead of throwing.</summary>
    public static Errno TryWriteValue(string path, string value, Fd? below = null)
    {
        using Fd? fd = TryOpen(path, Libc.O_WRONLY, out Errno errno, 0, below);
        return fd is null ? errno : TryWrite(fd, Encoding.UTF8.GetBytes(value));
    }

    /// <summary>mkdir(2); false when the name exists.</summary>
    public static bool MakeDirectory(string path, uint mode, Fd? below = null)
    {
        if (Libc.mkdirat(below?.Number ?? Libc.AT_FDCWD, path, mode) == 0)
            return true;
        Errno errno = Libc.LastError;
        return errno == Errno.EEXIST ? false : throw new LadeException("mkdir " + NameOf(path, below), errno);
    }

    /// <summary>chmod(2), for modes that the umask would restrict.</summary>
    public static void ChangeMode(string path, uint mode, Fd? below = null)
    {
        if (Libc.fchmodat(below?.Number ?? Libc.AT_FDCWD, path, mode, 0) < 0)
            throw Failed("chmod ", path, below);
    }

    /// <summary>Creates <paramref name="path"/> and its missing parents.</summary>
    public static void MakeDirectories(string path, uint mode)
    {
        if (Libc.mkdirat(Libc.AT_FDCWD, path, mode) == 0 || Libc.LastError == Errno.EEXIST)
            return;
        if (Libc.LastError != Errno.ENOENT || path.LastIndexOf('/') <= 0)
            throw new LadeException("mkdir " + path, Libc.LastError);
        MakeDirectories(path[..path.LastIndexOf('/')], mode);
        MakeDirectory(path, mode);
    }

    /// <summary>Removes a file; not an error when it does not exist.</summary>
    public static void Remove(string path, Fd? below = null)
    {
        if (Libc.unlinkat(below?.Number ?? Libc.AT_FDCWD, path, 0) < 0 && Libc.LastError != Errno.ENOENT)
            throw Failed("remove ", path, below);
    }

    /// <summary>rename(2), replacing what exists at the new name.</summary>
    public static void Rename(string from, string to, Fd? below = null)
    {
        int dir = below?.Number ?? Libc.AT_FDCWD;
        if (Libc.renameat(dir, from, dir, to) < 0)
            throw Failed("rename " + from + " to ", to, below);
    }

    /// <summary>The error of the last system call.</summary>
    private static LadeException Failed(string operation, string path, Fd? below)
    {
        Errno errno = Libc.LastError;
        return new LadeException(operation + NameOf(path, below), errno);
    }

    /// <summary>For messages: a relative name gets the directory's path in front, if procfs has it.</summary>
    private static string NameOf(string path, Fd? below) =>
        below is not null && !path.StartsWith('/') && TryReadLink("/proc/self/fd/" + below.Number) is { } directory ? directory + "/" + path : path;

    /// <summary>The target of a symlink, or of a magic link in procfs; null when it cannot be read.</summary>
    public static string? TryReadLink(string path) => TryReadLink(path, out _);

    /// <inheritdoc cref="TryReadLink(string)"/>
    public static string? TryReadLink(string path, out Errno errno)
    {
        byte* buffer = stackalloc byte[4096];
        int length = Libc.readlinkat(Libc.AT_FDCWD, path, buffer, 4096);
        errno = length < 0 ? Libc.LastError : default;
        return length < 0 ? null : Encoding.UTF8.GetString(buffer, length);
    }

    /// <summary>statx(2) of a path; null when it does not exist or cannot be reached.</summary>
    public static Libc.Statx? TryStat(string path, bool followLinks = true) => TryStat(path, out _, followLinks);

    /// <inheritdoc cref="TryStat(string, bool)"/>
    public static Libc.Statx? TryStat(string path, out Errno errno, bool followLinks = true)
    {
        Libc.Statx stat;
        int result = Libc.statx(Libc.AT_FDCWD, path, followLinks ? 0 : LibC.AT_SYMLINK_NOFOLLOW, Libc.STATX_BASIC_STATS, &stat);
        errno = result < 0 ? Libc.LastError : default;
        return result < 0 ? null : stat;
    }

    /// <summary>statx(2) of an open file.</summary>
    public static Libc.Statx Stat(Fd fd, string name)
    {
        Libc.Statx stat;
        return Libc.statx(fd.Number, "", LibC.AT_EMPTY_PATH, Libc.STATX_BASIC_STATS, &stat) < 0 ? throw new LadeException("stat " + name, Libc.LastError) : stat;
    }

    /// <summary>The CLONE_NEW* flag of a namespace file (ioctl_nsfs(2)); null when it is not one.</summary>
    public static uint? TryGetNamespaceType(Fd fd) => Libc.ioctl(fd.Number, Libc.NS_GET_NSTYPE, 0) is >= 0 and var type ? (uint)type : null;

    /// <summary>Whether the name exists; a dangling symlink counts.</summary>
    public static bool Exists(string path) => TryStat(path, followLinks: false) is not null;
}
