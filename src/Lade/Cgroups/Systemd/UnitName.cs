using System;
using System.Globalization;
using System.Text;
using Lade.Configuration;

namespace Lade.Cgroups.Systemd;

/// <summary>
/// The unit that <c>cgroupsPath</c> means to systemd: <c>slice:prefix:name</c> is the scope <c>prefix-name.scope</c> in the slice, and a name that ends
/// in <c>.slice</c> that slice itself.
/// </summary>
internal sealed record UnitName
{
    private const string SliceSuffix = ".slice";
    private const int MaxLength = 255;

    private static JsonPointer Pointer => JsonPointer.Of("linux", "cgroupsPath");

    /// <summary><c>lade-box1.scope</c>.</summary>
    public required string Name { get; init; }

    /// <summary><c>machine.slice</c>; <c>-.slice</c> is the root.</summary>
    public required string Slice { get; init; }

    public bool IsSlice => Name.EndsWith(SliceSuffix, StringComparison.Ordinal);

    /// <summary>The unit's cgroup below the manager's: <c>/a.slice/a-b.slice/lade-box1.scope</c>.</summary>
    public string CgroupPath => IsSlice ? Expand(Name) : Expand(Slice) + "/" + Name;

    /// <param name="defaultSlice">Where containers go that name no slice.</param>
    public static UnitName Of(string? cgroupsPath, string id, string defaultSlice)
    {
        string[] parts = string.IsNullOrEmpty(cgroupsPath) ? ["", "lade", id] : cgroupsPath.Split(':');
        if (parts.Length != 3)
            throw new LadeException(Pointer, "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \"" + cgroupsPath + "\" instead");
        string slice = parts[0].Length == 0 ? defaultSlice : parts[0];
        _ = Expand(slice);

        string name = parts[2];
        if (name.EndsWith(SliceSuffix, StringComparison.Ordinal))
            _ = Expand(name);
        else
            name = Escape(parts[1].Length == 0 ? name : parts[1] + "-" + name) + ".scope";
        if (parts[2].Length == 0 || name.Length > MaxLength)
            throw new LadeException(Pointer, "'" + name + "' is no name of a unit; 1 to " + MaxLength + " characters are allowed");
        return new UnitName { Name = name, Slice = slice };
    }

    /// <summary>A slice's cgroup: each dash in its name is a slice above, <c>a-b.slice</c> is <c>/a.slice/a-b.slice</c> (systemd.slice(5)).</summary>
    public static string Expand(string slice)
    {
        if (slice.Length <= SliceSuffix.Length || !slice.EndsWith(SliceSuffix, StringComparison.Ordinal) || Escape(slice) != slice)
            throw new LadeException(Pointer, "'" + slice + "' is no name of a slice such as machine.slice");
        string name = slice[..^SliceSuffix.Length];
        if (name == "-")
            return "";
        var path = new StringBuilder();
        int end = -1;
        do
        {
            int next = name.IndexOf('-', end + 1);
            next = next < 0 ? name.Length : next;
            if (next == end + 1)
                throw new LadeException(Pointer, "'" + slice + "' is no name of a slice: a dash stands between two words");
            end = next;
            path.Append('/').Append(name, 0, end).Append(SliceSuffix);
        }
        while (end < name.Length);
        return path.ToString();
    }

    /// <summary>Characters that no unit name may have become <c>\x2b</c>, as systemd-escape(1) writes them.</summary>
    private static string Escape(string text)
    {
        var escaped = new StringBuilder();
        foreach (byte b in Encoding.UTF8.GetBytes(text))
        {
            if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)':' or (byte)'-' or (byte)'_' or (byte)'.' or (byte)'\\' or (byte)'@')
                escaped.Append((char)b);
            else
                escaped.Append(CultureInfo.InvariantCulture, $"\\x{b:x2}");
        }

        return escaped.ToString();
    }
}
