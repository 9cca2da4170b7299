using System.Globalization;
using Lade.Linux;

namespace Lade.Cgroups;

/// <summary>A directory of the container's cgroup.</summary>
/// <param name="Controllers">As in /proc/self/cgroup: <c>memory</c>, <c>cpu,cpuacct</c>, <c>name=systemd</c>; empty for cgroup v2.</param>
/// <param name="Path">Absolute.</param>
/// <param name="Missing">How many of the path's last components lade creates, and removes at delete; 0 when the cgroup existed before.</param>
internal sealed record CgroupDirectory(string Controllers, string Path, int Missing)
{
    public bool IsUnified => Controllers.Length == 0;

    /// <summary>Counts the components of <paramref name="path"/> that do not exist. <paramref name="mountPoint"/> does.</summary>
    public static CgroupDirectory Probe(string controllers, string path, string mountPoint)
    {
        int missing = 0;
        for (string parent = path; parent.Length > mountPoint.Length && Libc.faccessat(Libc.AT_FDCWD, parent, 0, 0) < 0; parent = CgroupPath.Parent(parent))
            missing++;
        return new CgroupDirectory(controllers, path, missing);
    }

    /// <summary>Whether <paramref name="controller"/> belongs to this hierarchy.</summary>
    public bool Has(string controller) => CommaList.Contains(Controllers, controller);

    /// <summary>The form in the container's state: <c>memory:1:/sys/fs/cgroup/memory/c1</c>.</summary>
    public override string ToString() => Controllers + ":" + Missing.ToString(CultureInfo.InvariantCulture) + ":" + Path;

    /// <summary>The inverse of <see cref="ToString"/>.</summary>
    public static CgroupDirectory Parse(string text) =>
        text.Split(':', 3) is [var controllers, var missing, ['/', ..] path] && int.TryParse(missing, NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            ? new CgroupDirectory(controllers, path, count)
            : throw new LadeException("not a recorded cgroup directory: '" + text + "'");
}
