using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;
using Tmds.Linux;

namespace Lade.Linux;

/// <summary>Listing and removing directories, and the working directory. Errors are <see cref="LadeException"/> with the path.</summary>
internal static unsafe class Directories
{
    /// <summary>The names in a directory, without <c>.</c> and <c>..</c>, in byte order.</summary>
    /// <param name="directory">Open for reading and not yet listed: the read position belongs to the open file.</param>
    public static List<string> Names(Fd directory, string name)
    {
        List<byte[]> entries = ReadEntries(directory, directoriesOnly: false, out Errno errno);
        if (errno != default)
            throw new LadeException("list " + name, errno);
        var names = new List<string>(entries.Count);
        foreach (byte[] entry in entries)
            names.Add(Encoding.UTF8.GetString(entry, 0, entry.Length - 1));
        names.Sort(new Comparison<string>(string.CompareOrdinal));
        return names;
    }

    /// <summary>The names in a directory, NUL-terminated, without <c>.</c> and <c>..</c>, as far as the first error.</summary>
    /// <param name="directory">As in <see cref="Names"/>.</param>
    /// <param name="directoriesOnly">Leaves out what certainly is not a directory; some file systems report DT_UNKNOWN for all.</param>
    public static List<byte[]> ReadEntries(Fd directory, bool directoriesOnly, out Errno errno)
    {
        // struct linux_dirent64 (getdents64(2)).
        const int LengthOffset = 16, TypeOffset = 18, NameOffset = 19;
        const int Size = 16 * 1024;
        byte* buffer = stackalloc byte[Size];
        var names = new List<byte[]>();
        while (true)
        {
            nint got = Libc.getdents64(directory.Number, buffer, Size);
            errno = got < 0 ? Libc.LastError : default;
            if (got <= 0)
                return names;
            for (nint at = 0; at < got; at += *(ushort*)(buffer + at + LengthOffset))
            {
                ReadOnlySpan<byte> entry = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(buffer + at + NameOffset);
                bool isWanted = !directoriesOnly || buffer[at + TypeOffset] is Libc.DT_DIR or Libc.DT_UNKNOWN;
                if (isWanted && !entry.SequenceEqual("."u8) && !entry.SequenceEqual(".."u8))
                    names.Add([.. entry, 0]);
            }
        }
    }

    /// <summary>rmdir(2); 0 also when the directory no longer exists.</summary>
    public static Errno TryRemove(string path)
    {
        if (Libc.unlinkat(Libc.AT_FDCWD, path, LibC.AT_REMOVEDIR) == 0 || Libc.LastError == Errno.ENOENT)
            return default;
        return Libc.LastError;
    }

    /// <summary>
    /// Whether <paramref name="path"/> still is the directory open as <paramref name="directory"/>, and was not removed or replaced. While a directory is open the kernel
    /// does not reuse its inode number.
    /// </summary>
    public static bool IsAt(Fd directory, string path)
    {
        Libc.Statx open, named;
        if (Libc.statx(directory.Number, "", LibC.AT_EMPTY_PATH, Libc.STATX_INO, &open) < 0)
            throw new LadeException("stat " + path, Libc.LastError);
        return Libc.statx(Libc.AT_FDCWD, path, LibC.AT_SYMLINK_NOFOLLOW, Libc.STATX_INO, &named) == 0 && named.Inode == open.Inode;
    }

    /// <summary>Whether an entry <paramref name="name"/> exists; a dangling symlink counts.</summary>
    public static bool Holds(Fd directory, string name) => Libc.faccessat(directory.Number, name, 0, LibC.AT_SYMLINK_NOFOLLOW) == 0;

    /// <summary>Whether <paramref name="name"/> is a regular file.</summary>
    public static bool IsFile(Fd directory, string name)
    {
        Libc.Statx stat;
        return Libc.statx(directory.Number, name, LibC.AT_SYMLINK_NOFOLLOW, Libc.STATX_BASIC_STATS, &stat) == 0 && stat.IsRegularFile;
    }

    /// <summary>The working directory of this process (getcwd(2)).</summary>
    /// <exception cref="LadeException">It was removed, or is not below the root directory.</exception>
    public static string Current()
    {
        const int Size = 4096;
        byte* buffer = stackalloc byte[Size];
        if (Libc.getcwd(buffer, Size) == null)
            throw new LadeException("get the current directory", Libc.LastError);
        string path = Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(buffer));

        // The kernel prefixes a directory that is unreachable from the root with "(unreachable)".
        return path.StartsWith('/') ? path : throw new LadeException("the current directory is not below the root directory: " + path);
    }

    /// <summary>f_type of the file system at <paramref name="path"/> (statfs(2)); 0 on error.</summary>
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
