using System;
using System.Collections.Generic;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Lade.Linux;

/// <summary>
/// A directory with all directories below it, where names and depth are a stranger's choice: a container makes cgroups of any name that a file can have (not
/// UTF-8, a newline) and deeper than PATH_MAX. So names stay bytes, no path is ever put together, the walk does not recurse, and of a deep tree only the last levels are
/// open: on the way back the others are found again by <c>..</c>.
/// </summary>
internal static unsafe class DirectoryTree
{
    /// <summary>How many levels are open at a time, above which a level is closed until the walk comes back to it.</summary>
    private const int OpenLevels = 32;

    /// <summary>Offsets of <c>d_reclen</c>, <c>d_type</c> and <c>d_name</c> in struct linux_dirent64 (getdents64(2)).</summary>
    private const int SizeOffset = 16;
    private const int TypeOffset = 18;
    private const int NameOffset = 19;

    /// <summary>
    /// Opens <paramref name="path"/> for <see cref="Visit"/> and <see cref="RemoveBelow"/>; null when it is not there.
    /// </summary>
    public static Fd? TryOpen(string path)
    {
        Fd? fd = Files.TryOpen(path, Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_NOFOLLOW, out Errno errno);
        return fd is not null || IsGone(errno) ? fd : throw new LadeException("open " + path, errno);
    }

    /// <summary>
    /// Calls <paramref name="visit"/> with each directory, from the top down. What is removed meanwhile may be passed over, and what is made meanwhile too: who has to
    /// reach everything goes again until there is nothing new.
    /// </summary>
    /// <param name="name">Of <paramref name="root"/>, for errors.</param>
    /// <param name="visit">False ends the walk.</param>
    public static void Visit(Fd root, string name, Func<Fd, bool> visit) => Walk(root, name, visit, leave: null);

    /// <summary>Removes, deepest first, all directories below <paramref name="root"/>. What is in use stays, for another round.</summary>
    public static void RemoveBelow(Fd root, string name) => Walk(root, name, visit: null, (above, child) =>
    {
        fixed (byte* p = child)
        {
            if (Libc.unlinkat(above.Number, p, Libc.AT_REMOVEDIR) == 0)
                return;
        }

        Errno errno = Libc.LastError;
        // A cgroup file system says EBUSY for children and processes alike, others ENOTEMPTY.
        if (!IsGone(errno) && errno != Errno.EBUSY && errno != Errno.ENOTEMPTY)
            throw new LadeException("remove directory " + Printable(child) + " below " + name, errno);
    });

    private static void Walk(Fd root, string name, Func<Fd, bool>? visit, Action<Fd, byte[]>? leave)
    {
        if (visit?.Invoke(root) == false)
            return;
        // The root is the caller's; it is never closed, so that there is always a level to go back to.
        var levels = new List<Level> { new(root, [], Children(root, name)) };
        try
        {
            while (levels.Count > 0)
            {
                Level last = levels[^1];
                if (last.Directory is { } directory && last.Next() is { } child)
                {
                    if (TryOpenChild(directory, child, name) is not { } opened)
                        continue;
                    levels.Add(new Level(opened, child, []));
                    if (visit?.Invoke(opened) == false)
                        return;
                    levels[^1] = new Level(opened, child, Children(opened, name));
                    if (levels.Count > OpenLevels)
                        levels[^OpenLevels].Close();
                    continue;
                }

                levels.RemoveAt(levels.Count - 1);
                if (levels.Count == 0)
                    return;
                Level above = levels[^1];
                if (above.Directory is null && last.Directory is not null)
                    above.Reopen(last.Directory);
                last.Directory?.Dispose();
                if (above.Directory is not null)
                    leave?.Invoke(above.Directory, last.Name);
            }
        }
        finally
        {
            for (int i = 1; i < levels.Count; i++)
                levels[i].Directory?.Dispose();
        }
    }

    /// <summary>Null for what is not there any more, and for what turns out to be no directory.</summary>
    private static Fd? TryOpenChild(Fd directory, byte[] child, string name)
    {
        while (true)
        {
            int fd;
            fixed (byte* p = child)
                fd = Libc.openat(directory.Number, p, Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_NOFOLLOW | Libc.O_CLOEXEC, 0);
            if (fd >= 0)
                return new Fd(fd);
            Errno errno = Libc.LastError;
            if (IsGone(errno) || errno == Errno.ENOTDIR || errno == Errno.ELOOP)
                return null;
            if (errno != Errno.EINTR)
                throw new LadeException("open directory " + Printable(child) + " below " + name, errno);
        }
    }

    /// <summary>The names, each with its NUL, of what is or may be a directory.</summary>
    private static List<byte[]> Children(Fd directory, string name)
    {
        const int Size = 16 * 1024;
        byte* buffer = stackalloc byte[Size];
        var names = new List<byte[]>();
        while (true)
        {
            nint got = Libc.getdents64(directory.Number, buffer, Size);
            // A directory that was removed while it is open reads as ENOENT.
            if (got == 0 || (got < 0 && IsGone(Libc.LastError)))
                return names;
            if (got < 0)
                throw new LadeException("list directories below " + name, Libc.LastError);
            for (nint at = 0; at < got; at += *(ushort*)(buffer + at + SizeOffset))
            {
                ReadOnlySpan<byte> entry = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(buffer + at + NameOffset);
                if (buffer[at + TypeOffset] is Libc.DT_DIR or Libc.DT_UNKNOWN && !entry.SequenceEqual("."u8) && !entry.SequenceEqual(".."u8))
                    names.Add([.. entry, 0]);
            }
        }
    }

    /// <summary>ENODEV is what a file of a cgroup says that was removed after it had been found.</summary>
    private static bool IsGone(Errno errno) => errno == Errno.ENOENT || errno == Errno.ENODEV;

    /// <summary>A name for an error: what is no printable ASCII as <c>\xff</c>.</summary>
    private static string Printable(byte[] name)
    {
        var text = new StringBuilder("'");
        foreach (byte b in name.AsSpan(0, name.Length - 1))
        {
            if (b is >= 0x20 and < 0x7f and not (byte)'\\')
                text.Append((char)b);
            else
                text.Append("\\x").Append(b.ToString("x2", CultureInfo.InvariantCulture));
        }

        return text.Append('\'').ToString();
    }

    /// <summary>A directory on the way down.</summary>
    /// <param name="name">In the level above, with its NUL.</param>
    private sealed class Level(Fd directory, byte[] name, List<byte[]> children)
    {
        private int _next;
        private Libc.Statx _closed;

        /// <summary>Null while it is closed, and for ever when it could not be found again.</summary>
        public Fd? Directory { get; private set; } = directory;

        public byte[] Name => name;

        public byte[]? Next() => _next < children.Count ? children[_next++] : null;

        public void Close()
        {
            if (Directory is null)
                return;
            _closed = Files.Stat(Directory, "a directory");
            Directory.Dispose();
            Directory = null;
        }

        /// <summary>Unless the directory below was moved elsewhere, or both are gone: then nothing more is done here in this walk.</summary>
        public void Reopen(Fd below)
        {
            Fd? found = Files.TryOpen("..", Libc.O_RDONLY | Libc.O_DIRECTORY, out _, 0, below);
            if (found is null)
                return;
            Libc.Statx stat = Files.Stat(found, "a directory");
            if (stat.Inode == _closed.Inode && stat.DevMajor == _closed.DevMajor && stat.DevMinor == _closed.DevMinor)
                Directory = found;
            else
                found.Dispose();
        }
    }
}
