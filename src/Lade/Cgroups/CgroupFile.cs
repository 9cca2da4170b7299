using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Lade.Linux;

namespace Lade.Cgroups;

/// <summary>
/// Reads and writes single files of a cgroup. The kernel may lack a file, and any file disappears with its cgroup: the open then fails with ENOENT, a read or
/// write with ENODEV.
/// </summary>
internal static class CgroupFile
{
    /// <summary>The content without its final newline; null when the file cannot be opened, its cgroup is gone, or it has nothing to show (psi=0, a disabled controller).</summary>
    public static string? TryRead(string path, Fd? below = null)
    {
        using Fd? fd = Files.TryOpen(path, Libc.O_RDONLY, out _, 0, below);
        if (fd is null)
            return null;
        if (TryReadAll(fd, out Errno errno) is { } content)
            return Encoding.UTF8.GetString(content).TrimEnd('\n');
        return errno == Errno.ENODEV || errno == Errno.EOPNOTSUPP || errno == Errno.EINVAL ? null : throw new LadeException("read " + path, errno);
    }

    /// <summary>The content of an open file; null with the errno of the read that failed.</summary>
    public static byte[]? TryReadAll(Fd fd, out Errno errno)
    {
        byte[] buffer = new byte[4096];
        int length = 0;
        while (true)
        {
            int got = Streams.ReadAt(fd, buffer.AsSpan(length), length, out errno);
            if (errno.Value != 0)
                return null;
            if (got == 0)
                return buffer[..length];
            length += got;
            if (length == buffer.Length)
                Array.Resize(ref buffer, buffer.Length * 4);
        }
    }

    /// <summary>Writes a value; false when the cgroup is gone.</summary>
    /// <exception cref="LadeException">With the value, the file and the errno.</exception>
    public static bool WriteUnlessGone(string path, string value, Fd? below = null)
    {
        Errno errno = Files.TryWriteValue(path, value, below);
        if (errno == Errno.ENOENT || errno == Errno.ENODEV)
            return false;
        return errno.Value == 0 ? true : throw new LadeException("write '" + value + "' to " + path, errno);
    }

    /// <summary>The number in a file; <c>max</c> is the largest one, null for anything else.</summary>
    public static ulong? TryNumber(string path) => ParseNumber(TryRead(path));

    /// <summary>The number of one key in a flat keyed file (cgroup-v2.rst); null without such a file or key.</summary>
    public static ulong? TryNumber(string path, string key) => Pairs(path).TryGetValue(key, out ulong number) ? number : null;

    /// <summary>As <see cref="TryNumber(string)"/>; 0 without a number.</summary>
    public static ulong Number(string path) => TryNumber(path) ?? 0;

    /// <summary>As <see cref="TryNumber(string, string)"/>; 0 without a number.</summary>
    public static ulong Number(string path, string key) => TryNumber(path, key) ?? 0;

    /// <summary>A flat keyed file: lines <c>key number</c>. Empty when there is no such file.</summary>
    public static Dictionary<string, ulong> Pairs(string path) => ParsePairs(TryRead(path) ?? "");

    /// <inheritdoc cref="Pairs"/>
    public static Dictionary<string, ulong> ParsePairs(string text)
    {
        var pairs = new Dictionary<string, ulong>(StringComparer.Ordinal);
        foreach (string line in text.Split('\n'))
        {
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space > 0 && ParseNumber(line.AsSpan(space + 1)) is { } number)
                pairs[line[..space]] = number;
        }

        return pairs;
    }

    /// <summary>The words of each line. Empty when there is no such file.</summary>
    public static IEnumerable<string[]> Lines(string path)
    {
        foreach (string line in (TryRead(path) ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
            yield return line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>A decimal number, or <c>max</c> for the largest one.</summary>
    public static ulong? ParseNumber(ReadOnlySpan<char> text) => text is "max" ? ulong.MaxValue
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number : null;

    /// <summary>The members of a list of CPUs or memory nodes such as <c>0-2,7</c> (cpuset(7) "List format"); null when it is malformed.</summary>
    public static List<ulong>? ParseList(string list)
    {
        // No machine has as many; it bounds the memory that a list can ask for.
        const ulong MaxMembers = 1 << 16;
        var members = new List<ulong>();
        foreach (string range in list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int dash = range.IndexOf('-', StringComparison.Ordinal);
            if (ParseNumber(dash < 0 ? range : range.AsSpan(0, dash)) is not { } first
                || ParseNumber(dash < 0 ? range : range.AsSpan(dash + 1)) is not { } last || last < first || last >= MaxMembers)
                return null;
            for (ulong member = first; member <= last; member++)
                members.Add(member);
        }

        return members;
    }
}
