using System;
using System.Text;
using Tmds.Linux;

namespace Lade.Linux;

/// <summary>Files and directories of the host, by path or below a directory descriptor. Errors are <see cref="LadeException"/> with the path.</summary>
internal static unsafe class Files
{
    /// <summary>open(2), close-on-exec, retried on EINTR.</summary>
    public static Fd Open(string path, int flags, uint mode = 0, Fd? below = null)
    {
        Fd? fd = TryOpen(path, flags, out Errno errno, mode, below);
        return fd ?? throw new LadeException("open " + NameOf(path, below), errno);
    }

    /// <summary>As <see cref="Open"/>; null and the errno instead of an exception, for callers to whom absence is an answer.</summary>
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
    /// The id of the mount whose root a path below <paramref name="root"/> leads to, links followed as if that were "/"; null when there is none. Nothing is
    /// opened but a name (O_PATH): a container's files are not for us to open.
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
        return Libc.statx(fd.Number, "", Libc.AT_EMPTY_PATH, Libc.STATX_MNT_ID, &stat) == 0 && (stat.Attributes & STATX_ATTR_MOUNT_ROOT) != 0 ? (int)stat.MountId : null;
    }

    /// <summary>The whole content, whatever size the file claims to have (procfs and cgroupfs claim 0).</summary>
    public static byte[] ReadAll(string path, Fd? below = null)
    {
        using Fd fd = Open(path, Libc.O_RDONLY, 0, below);
        return ReadAll(fd, path);
    }

    /// <summary>
    /// A file that the kernel writes in one piece, as it does one value or the status of one process: a read that does not fill the buffer has all of it, and
    /// a second one, for the end, is spared.
    /// </summary>
    public static byte[] ReadPiece(string path)
    {
        using Fd fd = Open(path, Libc.O_RDONLY);
        return ReadPiece(fd, path);
    }

    /// <inheritdoc cref="ReadPiece(string)"/>
    public static byte[] ReadPiece(Fd fd, string name)
    {
        byte[] buffer = new byte[4096];
        int length = Read(fd, buffer, name);
        return length < buffer.Length ? buffer.AsSpan(0, length).ToArray() : [.. buffer, .. ReadAll(fd, name)];
    }

    /// <inheritdoc cref="ReadAll(string, Fd?)"/>
    /// <param name="limit">Bytes after which reading stops, for files of strangers.</param>
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

    /// <summary>The content as UTF-8 text without the final newline; null when there is no such file.</summary>
    public static string? TryReadText(string path, Fd? below = null)
    {
        using Fd? fd = TryOpen(path, Libc.O_RDONLY, out _, 0, below);
        try
        {
            return fd is null ? null : Encoding.UTF8.GetString(ReadAll(fd, path)).TrimEnd('\n');
        }
        catch (LadeException e) when (e.Errno == Errno.ENODEV || e.Errno == Errno.ESRCH)
        {
            // A file of a cgroup, or of a process, that has gone between open and read.
            return null;
        }
    }

    /// <summary>read(2), retried on EINTR; 0 at the end.</summary>
    public static int Read(Fd fd, Span<byte> buffer, string name)
    {
        fixed (byte* p = buffer)
        {
            while (true)
            {
                nint got = Libc.read(fd.Number, p, buffer.Length);
                if (got >= 0)
                    return (int)got;
                if (Libc.LastError != Errno.EINTR)
                    throw new LadeException("read " + name, Libc.LastError);
            }
        }
    }

    /// <summary>One pread(2), retried on EINTR; the errno of one that failed.</summary>
    public static int ReadAt(Fd fd, Span<byte> buffer, long offset, out Errno errno)
    {
        fixed (byte* p = buffer)
        {
            nint got;
            do
                got = Libc.pread(fd.Number, p, buffer.Length, offset);
            while (got < 0 && Libc.LastError == Errno.EINTR);
            errno = got < 0 ? Libc.LastError : default;
            return got < 0 ? 0 : (int)got;
        }
    }

    /// <summary>Writes everything.</summary>
    public static void Write(Fd fd, ReadOnlySpan<byte> data, string name)
    {
        if (TryWrite(fd, data) is { Value: not 0 } errno)
            throw new LadeException("write " + name, errno);
    }

    /// <summary>Writes everything; the errno of the write that failed, or 0.</summary>
    public static Errno TryWrite(Fd fd, ReadOnlySpan<byte> data) => TryWriteSome(fd, ref data);

    /// <summary>As <see cref="TryWrite"/>; <paramref name="data"/> becomes what was not written, all that a non-blocking descriptor did not take (EAGAIN).</summary>
    public static Errno TryWriteSome(Fd fd, ref ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            nint n;
            fixed (byte* p = data)
                n = Libc.write(fd.Number, p, data.Length);
            if (n >= 0)
                data = data[(int)n..];
            else if (Libc.LastError != Errno.EINTR)
                return Libc.LastError;
        }

        return default;
    }

    /// <summary>One write(2) to an existing file, the way kernel files want it: whole value, no truncation.</summary>
    /// <exception cref="LadeException">Cannot open or write; the message names value and path.</exception>
    public static void WriteValue(string path, string value, Fd? below = null)
    {
        if (TryWriteValue(path, value, below) is { Value: not 0 } errno)
            throw new LadeException("write '" + value + "' to " + path, errno);
    }

    /// <summary>As <see cref="WriteValue"/>, giving the errno instead of throwing.</summary>
    public static Errno TryWriteValue(string path, string value, Fd? below = null)
    {
        using Fd? fd = TryOpen(path, Libc.O_WRONLY, out Errno errno, 0, below);
        return fd is null ? errno : TryWrite(fd, Encoding.UTF8.GetBytes(value));
    }

    /// <summary>mkdir(2); false when something of that name exists.</summary>
    public static bool MakeDirectory(string path, uint mode, Fd? below = null)
    {
        if (Libc.mkdirat(below?.Number ?? Libc.AT_FDCWD, path, mode) == 0)
            return true;
        Errno errno = Libc.LastError;
        return errno == Errno.EEXIST ? false : throw new LadeException("mkdir " + NameOf(path, below), errno);
    }

    /// <summary>chmod(2), for modes that the umask would have cut.</summary>
    public static void ChangeMode(string path, uint mode, Fd? below = null)
    {
        if (Libc.fchmodat(below?.Number ?? Libc.AT_FDCWD, path, mode, 0) < 0)
            throw Failed("chmod ", path, below);
    }

    /// <summary>Makes <paramref name="path"/> and its missing parents.</summary>
    public static void MakeDirectories(string path, uint mode)
    {
        if (Libc.mkdirat(Libc.AT_FDCWD, path, mode) == 0 || Libc.LastError == Errno.EEXIST)
            return;
        if (Libc.LastError != Errno.ENOENT || path.LastIndexOf('/') <= 0)
            throw new LadeException("mkdir " + path, Libc.LastError);
        MakeDirectories(path[..path.LastIndexOf('/')], mode);
        MakeDirectory(path, mode);
    }

    /// <summary>Removes a file; absence is no error.</summary>
    public static void Remove(string path, Fd? below = null)
    {
        if (Libc.unlinkat(below?.Number ?? Libc.AT_FDCWD, path, 0) < 0 && Libc.LastError != Errno.ENOENT)
            throw Failed("remove ", path, below);
    }

    /// <summary>Renames over whatever stands at the new name.</summary>
    public static void Rename(string from, string to, Fd? below = null)
    {
        int dir = below?.Number ?? Libc.AT_FDCWD;
        if (Libc.renameat(dir, from, dir, to) < 0)
            throw Failed("rename " + from + " to ", to, below);
    }

    /// <summary>The error of the call that was just made.</summary>
    private static LadeException Failed(string operation, string path, Fd? below)
    {
        Errno errno = Libc.LastError;
        return new LadeException(operation + NameOf(path, below), errno);
    }

    /// <summary>A name below an open directory says little in a message: the directory's own is put in front, if procfs tells it.</summary>
    private static string NameOf(string path, Fd? below) =>
        below is not null && !path.StartsWith('/') && TryReadLink("/proc/self/fd/" + below.Number) is { } directory ? directory + "/" + path : path;

    /// <summary>What a symbolic link (or magic link of procfs) says; null when it cannot be read.</summary>
    public static string? TryReadLink(string path)
    {
        byte* buffer = stackalloc byte[4096];
        nint n = Libc.readlinkat(Libc.AT_FDCWD, path, buffer, 4096);
        return n < 0 ? null : Encoding.UTF8.GetString(buffer, (int)n);
    }

    /// <summary>statx(2) of a path, following links; null when it does not exist or cannot be reached.</summary>
    public static Libc.Statx? TryStat(string path, bool followLinks = true)
    {
        Libc.Statx stat;
        return Libc.statx(Libc.AT_FDCWD, path, followLinks ? 0 : Libc.AT_SYMLINK_NOFOLLOW, Libc.STATX_BASIC_STATS, &stat) < 0 ? null : stat;
    }

    /// <summary>statx(2) of an open file.</summary>
    public static Libc.Statx Stat(Fd fd, string name)
    {
        Libc.Statx stat;
        return Libc.statx(fd.Number, "", Libc.AT_EMPTY_PATH, Libc.STATX_BASIC_STATS, &stat) < 0 ? throw new LadeException("stat " + name, Libc.LastError) : stat;
    }

    /// <summary>True when something of that name exists, a dangling link included.</summary>
    public static bool Exists(string path) => TryStat(path, followLinks: false) is not null;
}
