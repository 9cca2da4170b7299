using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Tmds.Linux;

namespace Lade.Linux;

/// <summary>
/// A directory and all directories below it, where names and depth are chosen by an untrusted party: a container can create cgroups with any legal file name (not
/// UTF-8, newlines) and nested deeper than PATH_MAX. So names stay bytes, no paths are built, the walk is not recursive, and in a deep tree only the innermost levels
/// are open: on the way back up, the others are reopened through <c>..</c>.
/// </summary>
internal static unsafe class DirectoryTree
{
    /// <summary>How many levels are open at a time.</summary>
    private const int OpenLevels = 32;

    /// <summary>Opens <paramref name="path"/> for <see cref="Visit"/> and <see cref="RemoveBelow"/>; null when it does not exist.</summary>
    public static Fd? TryOpen(string path)
    {
        Fd? fd = Files.TryOpen(path, Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_NOFOLLOW, out Errno errno);
        return fd is not null || IsGone(errno) ? fd : throw new LadeException("open " + path, errno);
    }

    /// <summary>
    /// Calls <paramref name="visit"/> for each directory, parents first. Directories created or removed during the walk may be missed: a caller that has to reach all of
    /// them repeats the walk until it finds nothing new.
    /// </summary>
    /// <param name="name">The name of <paramref name="root"/> in errors.</param>
    /// <param name="visit">Returns false to end the walk.</param>
    public static void Visit(Fd root, string name, Func<Fd, bool> visit) => Walk(root, name, visit, leave: null);

    /// <summary>Removes all directories below <paramref name="root"/>, deepest first, but those in use.</summary>
    public static void RemoveBelow(Fd root, string name) => Walk(root, name, visit: null, (above, child) =>
    {
        fixed (byte* p = child)
        {
            if (Libc.unlinkat(above.Number, p, LibC.AT_REMOVEDIR) == 0)
                return;
        }

        Errno errno = Libc.LastError;
        // cgroupfs returns EBUSY for children as well as processes, other file systems ENOTEMPTY.
        if (!IsGone(errno) && errno != Errno.EBUSY && errno != Errno.ENOTEMPTY)
            throw new LadeException("remove directory " + Printable(child) + " below " + name, errno);
    });

    private static void Walk(Fd root, string name, Func<Fd, bool>? visit, Action<Fd, byte[]>? leave)
    {
        if (visit?.Invoke(root) == false)
            return;
        // The root belongs to the caller and is never closed, so there is always a level to return to.
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

    /// <summary>null for what no longer exists, or turns out not to be a directory.</summary>
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

    private static List<byte[]> Children(Fd directory, string name)
    {
        List<byte[]> names = Directories.ReadEntries(directory, directoriesOnly: true, out Errno errno);
        // An open directory that has been removed lists as ENOENT.
        return errno == default || IsGone(errno) ? names : throw new LadeException("list directories below " + name, errno);
    }

    /// <summary>ENODEV comes from a cgroup file whose cgroup was removed after the lookup.</summary>
    private static bool IsGone(Errno errno) => errno == Errno.ENOENT || errno == Errno.ENODEV;

    /// <summary>A name for an error message, with anything but printable ASCII as <c>\xff</c>.</summary>
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

    /// <summary>A directory on the path from the root to the current one.</summary>
    /// <param name="name">Its name in its parent, NUL-terminated.</param>
    private sealed class Level(Fd directory, byte[] name, List<byte[]> children)
    {
        private int _next;
        private Libc.Statx _closed;

        /// <summary>null while it is closed, and for good when it could not be reopened.</summary>
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

        /// <summary>Reopens it through its child's <c>..</c>. If the child has been moved, or both removed, it stays closed, and the walk skips the rest of it.</summary>
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
