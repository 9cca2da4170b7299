using System;
using System.Globalization;
using Lade.Linux;

namespace Lade.Cgroups;

/// <summary>
/// One directory of the container's cgroup.
/// </summary>
/// <param name="Controllers">As in /proc/self/cgroup: <c>memory</c>, <c>cpu,cpuacct</c>, <c>name=systemd</c>; empty for cgroup v2.</param>
/// <param name="Path">Absolute.</param>
/// <param name="Missing">How many of the path's last components lade makes, and removes at delete: 0 when the cgroup was there before.</param>
internal sealed record CgroupDirectory(string Controllers, string Path, int Missing)
{
    public bool IsUnified => Controllers.Length == 0;

    /// <summary>Looks how much of <paramref name="path"/> does not exist yet. Everything down to <paramref name="mountPoint"/> does.</summary>
    public static CgroupDirectory Probe(string controllers, string path, string mountPoint)
    {
        int missing = 0;
        string parent = path;
        while (parent.Length > mountPoint.Length && Libc.faccessat(Libc.AT_FDCWD, parent, 0, 0) < 0)
        {
            missing++;
            parent = Parent(parent);
        }

        return new CgroupDirectory(controllers, path, missing);
    }

    /// <summary>True when <paramref name="controller"/> is one of this hierarchy's.</summary>
    public bool Has(string controller)
    {
        ReadOnlySpan<char> rest = Controllers;
        while (true)
        {
            int comma = rest.IndexOf(',');
            if ((comma < 0 ? rest : rest[..comma]).SequenceEqual(controller))
                return true;
            if (comma < 0)
                return false;
            rest = rest[(comma + 1)..];
        }
    }

    /// <summary>The state's form: <c>memory:1:/sys/fs/cgroup/memory/c1</c>.</summary>
    public override string ToString() => Controllers + ":" + Missing.ToString(CultureInfo.InvariantCulture) + ":" + Path;

    /// <summary>The inverse of <see cref="ToString"/>.</summary>
    public static CgroupDirectory Parse(string text)
    {
        int first = text.IndexOf(':', StringComparison.Ordinal);
        int second = first < 0 ? -1 : text.IndexOf(':', first + 1);
        if (second < 0
            || !int.TryParse(text.AsSpan(first + 1, second - first - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int missing)
            || second + 1 == text.Length || text[second + 1] != '/')
            throw new LadeException("not a cgroup directory of a state: '" + text + "'");
        return new CgroupDirectory(text[..first], text[(second + 1)..], missing);
    }

    /// <summary>The directory above; the root is its own parent.</summary>
    public static string Parent(string path)
    {
        int slash = path.LastIndexOf('/');
        return slash <= 0 ? "/" : path[..slash];
    }
}
