using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;

namespace Lade.Linux;

/// <summary>What stands in a directory, and removing directories.</summary>
internal static unsafe class Directories
{
    /// <summary>Names of the directories directly in <paramref name="path"/>, links not followed; null when there is no such directory.</summary>
    public static List<string>? TryListDirectories(string path)
    {
        using Fd? fd = Files.TryOpen(path, Libc.O_RDONLY | Libc.O_DIRECTORY, out Errno errno);
        if (fd is null)
            return errno == Errno.ENOENT ? null : throw new LadeException("open " + path, errno);

        var names = new List<string>();
        byte* buffer = stackalloc byte[4096];
        while (true)
        {
            nint got = Libc.getdents64(fd.Number, buffer, 4096);
            // A directory that is removed while it is open reads as ENOENT.
            if (got < 0 && Libc.LastError == Errno.ENOENT)
                return null;
            if (got < 0)
                throw new LadeException("read directory " + path, Libc.LastError);
            if (got == 0)
                return names;
            AddDirectories(new ReadOnlySpan<byte>(buffer, (int)got), path, names);
        }
    }

    // struct linux_dirent64: ino u64, off s64, reclen u16, type u8, name.
    private static void AddDirectories(ReadOnlySpan<byte> entries, string path, List<string> names)
    {
        while (entries.Length > 0)
        {
            int size = BinaryPrimitives.ReadUInt16LittleEndian(entries[16..]);
            byte type = entries[18];
            ReadOnlySpan<byte> name = entries[19..size];
            name = name[..name.IndexOf((byte)0)];
            entries = entries[size..];
            if ((type is not (Libc.DT_DIR or Libc.DT_UNKNOWN)) || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
                continue;
            string text = Encoding.UTF8.GetString(name);
            if (type == Libc.DT_DIR || Files.TryStat(path + "/" + text, followLinks: false) is { } stat && (stat.Mode & Libc.S_IFMT) == Libc.S_IFDIR)
                names.Add(text);
        }
    }

    /// <summary>rmdir(2); 0, or the errno.</summary>
    public static Errno TryRemoveDirectory(string path) =>
        Libc.unlinkat(Libc.AT_FDCWD, path, Libc.AT_REMOVEDIR) == 0 ? default : Libc.LastError;

    /// <summary>f_type of the file system at <paramref name="path"/> (statfs(2)), 0 when it cannot be asked.</summary>
    public static long FileSystemType(string path)
    {
        Libc.Statfs stat;
        return Libc.statfs(path, &stat) < 0 ? 0 : stat.Type;
    }
}
