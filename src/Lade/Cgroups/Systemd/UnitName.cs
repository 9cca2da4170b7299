using System;
using System.Text;
using Lade.Configuration;
using Lade.DBus;

namespace Lade.Cgroups.Systemd;

/// <summary>
/// The unit that <c>cgroupsPath</c> names for the systemd driver: <c>slice:prefix:name</c> is the scope <c>prefix-name.scope</c> in the slice, and a name that ends in
/// <c>.slice</c> that slice itself.
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
    public string CgroupPath => IsSlice ? ExpandSlice(Name) : ExpandSlice(Slice) + "/" + Name;

    /// <param name="defaultSlice">For containers that do not name a slice.</param>
    public static UnitName Parse(string? cgroupsPath, string id, string defaultSlice)
    {
        string[] parts = string.IsNullOrEmpty(cgroupsPath) ? ["", "lade", id] : cgroupsPath.Split(':');
        if (parts.Length != 3)
            throw new LadeException(Pointer, "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \"" + cgroupsPath + "\" instead");
        string slice = parts[0].Length == 0 ? defaultSlice : parts[0];
        _ = ExpandSlice(slice);

        string name = parts[2];
        if (name.EndsWith(SliceSuffix, StringComparison.Ordinal))
            _ = ExpandSlice(name);
        else
            name = Escape(parts[1].Length == 0 ? name : parts[1] + "-" + name) + ".scope";
        if (parts[2].Length == 0 || name.Length > MaxLength)
            throw new LadeException(Pointer, "'" + name + "' is not the name of a unit, which has 1 to " + MaxLength + " characters");
        return new UnitName { Name = name, Slice = slice };
    }

    /// <summary>A slice's cgroup: each dash in its name separates a parent slice, so <c>a-b.slice</c> is <c>/a.slice/a-b.slice</c> (systemd.slice(5)).</summary>
    private static string ExpandSlice(string slice)
    {
        if (slice.Length <= SliceSuffix.Length || !slice.EndsWith(SliceSuffix, StringComparison.Ordinal) || Escape(slice) != slice)
            throw new LadeException(Pointer, "'" + slice + "' is not the name of a slice such as machine.slice");
        string name = slice[..^SliceSuffix.Length];
        if (name == "-")
            return "";
        var path = new StringBuilder();
        string parent = "";
        foreach (string part in name.Split('-'))
        {
            if (part.Length == 0)
                throw new LadeException(Pointer, "'" + slice + "' is not the name of a slice: a dash separates two words");
            parent += parent.Length == 0 ? part : "-" + part;
            path.Append('/').Append(parent).Append(SliceSuffix);
        }

        return path.ToString();
    }

    /// <summary>Characters that unit names cannot have become <c>\x2b</c> (systemd-escape(1)).</summary>
    private static string Escape(string text) => ByteEscaping.Escape(text, ":-_.\\@", "\\x");
}
