using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;

namespace Lade.Linux;

/// <summary>Listing and removing directories, and the working directory. Errors are <see cref="LadeException"/> with the path.</summary>
internal static unsafe class Directories
{
    /// <summary>Offset of <c>d_name</c> in struct linux_dirent64 (getdents64(2)).</summary>
    private const int NameOffset = 19;

    /// <summary>The names in a directory, without <c>.</c> and <c>..</c>, in byte order.</summary>
    /// <param name="directory">Opened for reading and not yet listed: the kernel keeps the position in the descriptor.</param>
    public static List<string> Names(Fd directory, string name)
    {
        const int Size = 16 * 1024;
        byte* buffer = stackalloc byte[Size];
        var names = new List<string>();
        while (true)
        {
            nint got = Libc.getdents64(directory.Number, buffer, Size);
            if (got < 0)
                throw new LadeException("list " + name, Libc.LastError);
            if (got == 0)
                break;
            for (nint at = 0; at < got; at += *(ushort*)(buffer + at + 16))
            {
                string entry = Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(buffer + at + NameOffset));
                if (entry is not ("." or ".."))
                    names.Add(entry);
            }
        }

        names.Sort(string.CompareOrdinal);
        return names;
    }

    /// <summary>rmdir(2); 0 when the directory is gone, whoever removed it.</summary>
    public static Errno TryRemove(string path)
    {
        if (Libc.unlinkat(Libc.AT_FDCWD, path, Libc.AT_REMOVEDIR) == 0 || Libc.LastError == Errno.ENOENT)
            return default;
        return Libc.LastError;
    }

    /// <summary>
    /// True while <paramref name="path"/> is the directory behind <paramref name="directory"/>, false when that was removed or replaced.
    /// An open descriptor keeps the kernel from giving the inode number to another directory of the file system.
    /// </summary>
    public static bool IsAt(Fd directory, string path)
    {
        Libc.Statx open, named;
        if (Libc.statx(directory.Number, "", Libc.AT_EMPTY_PATH, Libc.STATX_INO, &open) < 0)
            throw new LadeException("stat " + path, Libc.LastError);
        return Libc.statx(Libc.AT_FDCWD, path, Libc.AT_SYMLINK_NOFOLLOW, Libc.STATX_INO, &named) == 0 && named.Inode == open.Inode;
    }

    /// <summary>True when an entry <paramref name="name"/> exists, a dangling link included.</summary>
    public static bool Holds(Fd directory, string name) => Libc.faccessat(directory.Number, name, 0, Libc.AT_SYMLINK_NOFOLLOW) == 0;

    /// <summary>True when <paramref name="name"/> is a regular file.</summary>
    public static bool IsFile(Fd directory, string name)
    {
        Libc.Statx stat;
        return Libc.statx(directory.Number, name, Libc.AT_SYMLINK_NOFOLLOW, Libc.STATX_BASIC_STATS, &stat) == 0 && (stat.Mode & Libc.S_IFMT) == Libc.S_IFREG;
    }

    /// <summary>The working directory of this process (getcwd(2)).</summary>
    /// <exception cref="LadeException">It was removed, or lies outside the root directory.</exception>
    public static string Current()
    {
        const int Size = 4096;
        byte* buffer = stackalloc byte[Size];
        if (Libc.getcwd(buffer, Size) == null)
            throw new LadeException("get the current directory", Libc.LastError);
        string path = Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(buffer));

        // The kernel marks a directory that the root does not reach; joining names to such a string would build nonsense.
        return path.StartsWith('/') ? path : throw new LadeException("the current directory is not below the root directory: " + path);
    }

    /// <summary>f_type of the file system at <paramref name="path"/> (statfs(2)), 0 when it cannot be asked.</summary>
    public static long FileSystemType(string path)
    {
        Libc.StatFs stat;
        return Libc.statfs(path, &stat) < 0 ? 0 : stat.Type;
    }

    /// <summary>f_type of an open file's file system (fstatfs(2)).</summary>
    public static long FileSystemType(Fd fd, string name)
    {
        Libc.StatFs stat;
        return Libc.fstatfs(fd.Number, &stat) < 0 ? throw new LadeException("statfs " + name, Libc.LastError) : stat.Type;
    }
}
