using System;
using System.Collections.Generic;
using System.Text;

namespace Lade.Linux;

/// <summary>A mount as a process sees it: a line of /proc/PID/mountinfo (proc_pid_mountinfo(5)).</summary>
/// <param name="Point">Absolute path of the mount point below the process's root; a directory that was removed has " //deleted" behind it.</param>
/// <param name="Options">Of the mount, with commas: <c>ro,nosuid</c>.</param>
internal readonly record struct MountEntry(int Id, int Parent, string Point, string Options, string Type)
{
    /// <summary>Whether an option is set of the mount itself, not of its file system.</summary>
    public bool Has(string option)
    {
        ReadOnlySpan<char> rest = Options;
        while (!rest.IsEmpty)
        {
            int comma = rest.IndexOf(',');
            if ((comma < 0 ? rest : rest[..comma]).SequenceEqual(option))
                return true;
            rest = comma < 0 ? default : rest[(comma + 1)..];
        }

        return false;
    }
}

/// <summary>All mounts that a process sees.</summary>
internal sealed class MountTable(List<MountEntry> entries)
{
    public IReadOnlyList<MountEntry> Entries => entries;

    /// <exception cref="LadeException">The process is gone, or procfs is not there.</exception>
    public static MountTable Of(int pid)
    {
        string path = "/proc/" + pid + "/mountinfo";
        return Parse(Files.ReadAll(path));
    }

    public static MountTable Parse(ReadOnlySpan<byte> text)
    {
        var entries = new List<MountEntry>(64);
        var words = new List<string>();
        while (!text.IsEmpty)
        {
            int end = text.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            int id = Number(ref line), parent = Number(ref line);
            // Device number and root.
            _ = Word(ref line);
            _ = Word(ref line);
            string point = Unescape(Word(ref line));
            string options = Shared(words, Word(ref line));
            // Any number of optional fields, then a dash.
            while (!line.IsEmpty && !Word(ref line).SequenceEqual("-"u8))
            {
            }

            entries.Add(new MountEntry(id, parent, point, options, Shared(words, Word(ref line))));
        }

        return new MountTable(entries);
    }

    /// <summary>The mount that covers the others on a mount point; null when there is none.</summary>
    public MountEntry? Top(string point)
    {
        MountEntry? top = null;
        foreach (MountEntry entry in entries)
        {
            if (entry.Point == point && (top is null || entry.Parent == top.Value.Id || !IsOn(top.Value, entry)))
                top = entry;
        }

        return top;
    }

    /// <summary>The mount with this id; null when the process does not see it.</summary>
    public MountEntry? WithId(int id)
    {
        foreach (MountEntry entry in entries)
        {
            if (entry.Id == id)
                return entry;
        }

        return null;
    }

    /// <summary>Whether a file system of this type is mounted on a path that ends like <paramref name="point"/>: what a copy of a tree shows there.</summary>
    public bool HasBelow(string point, string type)
    {
        foreach (MountEntry entry in entries)
        {
            if (entry.Type == type && entry.Point.EndsWith(point, StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    /// <summary>Whether one lies on top of another of the same mount point, directly or not.</summary>
    private bool IsOn(MountEntry upper, MountEntry lower)
    {
        for (MountEntry? at = upper; at is { } entry && entry.Point == lower.Point; at = WithId(entry.Parent))
        {
            if (entry.Parent == lower.Id)
                return true;
        }

        return false;
    }

    /// <summary>Options and types are the same few in all lines: one string of each.</summary>
    private static string Shared(List<string> words, ReadOnlySpan<byte> word)
    {
        foreach (string known in words)
        {
            if (Ascii.Equals(word, known))
                return known;
        }

        string text = Encoding.UTF8.GetString(word);
        words.Add(text);
        return text;
    }

    private static ReadOnlySpan<byte> Word(ref ReadOnlySpan<byte> line)
    {
        int space = line.IndexOf((byte)' ');
        ReadOnlySpan<byte> word = space < 0 ? line : line[..space];
        line = space < 0 ? default : line[(space + 1)..];
        return word;
    }

    private static int Number(ref ReadOnlySpan<byte> line)
    {
        int value = 0;
        foreach (byte digit in Word(ref line))
            value = (value * 10) + (digit - '0');
        return value;
    }

    /// <summary>Space, tab, newline and backslash stand as three octal digits.</summary>
    private static string Unescape(ReadOnlySpan<byte> text)
    {
        if (text.IndexOf((byte)'\\') < 0)
            return Encoding.UTF8.GetString(text);
        byte[] plain = new byte[text.Length];
        int length = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 3 < text.Length)
            {
                plain[length++] = (byte)(((text[i + 1] - '0') << 6) | ((text[i + 2] - '0') << 3) | (text[i + 3] - '0'));
                i += 3;
            }
            else
            {
                plain[length++] = text[i];
            }
        }

        return Encoding.UTF8.GetString(plain, 0, length);
    }
}
