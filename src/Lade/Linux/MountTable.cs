using System;
using System.Collections.Generic;
using System.Text;

namespace Lade.Linux;

/// <summary>A line of /proc/PID/mountinfo (proc_pid_mountinfo(5)).</summary>
/// <param name="Point">Path of the mount point, relative to the process's root; " //deleted" is appended when the directory was removed.</param>
/// <param name="Options">Per-mount options: <c>ro,nosuid</c>.</param>
internal readonly record struct MountEntry(int Id, int Parent, string Point, string Options, string Type)
{
    /// <summary>Whether a per-mount option is set; those of the superblock do not count.</summary>
    public bool Has(string option) => CommaList.Contains(Options, option);
}

/// <summary>A line of a mountinfo file (proc_pid_mountinfo(5)), not yet decoded: <c>id parent device root point options [tags] - type source superoptions</c>.</summary>
internal ref struct MountLine
{
    public int Id;
    public int Parent;
    public ReadOnlySpan<byte> Root;
    public ReadOnlySpan<byte> Point;
    public ReadOnlySpan<byte> Options;
    public ReadOnlySpan<byte> Type;
    public ReadOnlySpan<byte> SuperOptions;

    /// <summary>Takes the next line off <paramref name="text"/>; false at the end.</summary>
    public static bool TryRead(ref ReadOnlySpan<byte> text, out MountLine mount)
    {
        mount = default;
        if (text.IsEmpty)
            return false;
        int end = text.IndexOf((byte)'\n');
        ReadOnlySpan<byte> line = end < 0 ? text : text[..end];
        text = end < 0 ? default : text[(end + 1)..];
        mount.Id = Number(ref line);
        mount.Parent = Number(ref line);
        _ = Field(ref line);
        mount.Root = Field(ref line);
        mount.Point = Field(ref line);
        mount.Options = Field(ref line);
        // Any number of optional fields, then a dash.
        while (!line.IsEmpty && !Field(ref line).SequenceEqual("-"u8))
        {
        }

        mount.Type = Field(ref line);
        _ = Field(ref line);
        mount.SuperOptions = Field(ref line);
        return true;
    }

    /// <summary>A path of the line: space, tab, newline and backslash are written as three octal digits.</summary>
    public static string Decode(ReadOnlySpan<byte> text)
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

    private static ReadOnlySpan<byte> Field(scoped ref ReadOnlySpan<byte> line)
    {
        int space = line.IndexOf((byte)' ');
        ReadOnlySpan<byte> field = space < 0 ? line : line[..space];
        line = space < 0 ? default : line[(space + 1)..];
        return field;
    }

    private static int Number(scoped ref ReadOnlySpan<byte> line)
    {
        int value = 0;
        foreach (byte digit in Field(ref line))
            value = (value * 10) + (digit - '0');
        return value;
    }
}

/// <summary>The mounts visible to a process.</summary>
internal sealed class MountTable(List<MountEntry> entries)
{
    public IReadOnlyList<MountEntry> Entries => entries;

    /// <exception cref="LadeException">The process no longer exists, or /proc is not mounted.</exception>
    public static MountTable Read(int pid) => Parse(Files.ReadAll("/proc/" + pid + "/mountinfo"));

    public static MountTable Parse(ReadOnlySpan<byte> text)
    {
        var entries = new List<MountEntry>(64);
        var words = new List<string>();
        while (MountLine.TryRead(ref text, out MountLine line))
            entries.Add(new MountEntry(line.Id, line.Parent, MountLine.Decode(line.Point), Shared(words, line.Options), Shared(words, line.Type)));
        return new MountTable(entries);
    }

    /// <summary>The topmost mount on a mount point; null when there is none.</summary>
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

    /// <summary>The mount with this id; null when it is not visible.</summary>
    public MountEntry? WithId(int id)
    {
        foreach (MountEntry entry in entries)
        {
            if (entry.Id == id)
                return entry;
        }

        return null;
    }

    /// <summary>Whether a file system of this type is mounted on a path that ends in <paramref name="point"/>, as in the source of a copied mount tree.</summary>
    public bool HasBelow(string point, string type)
    {
        foreach (MountEntry entry in entries)
        {
            if (entry.Type == type && entry.Point.EndsWith(point, StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    /// <summary>Whether one is stacked on the other, directly or not, on the same mount point.</summary>
    private bool IsOn(MountEntry upper, MountEntry lower)
    {
        for (MountEntry? at = upper; at is { } entry && entry.Point == lower.Point; at = WithId(entry.Parent))
        {
            if (entry.Parent == lower.Id)
                return true;
        }

        return false;
    }

    /// <summary>Interns options and types, of which a table has few.</summary>
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
}
