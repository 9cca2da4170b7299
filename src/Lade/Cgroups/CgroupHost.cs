using System;
using System.Collections.Generic;
using System.Text;
using Lade.Linux;

namespace Lade.Cgroups;

/// <summary>How the host has cgroups mounted. Hybrid is v1 with an additional cgroup2 hierarchy that has no controllers in use.</summary>
internal enum CgroupMode
{
    None,
    V1,
    Hybrid,
    V2,
}

/// <summary>A mounted hierarchy and the runtime's own cgroup in it.</summary>
/// <param name="Controllers">As in /proc/self/cgroup: <c>cpu,cpuacct</c>, <c>name=systemd</c>; empty for cgroup2.</param>
/// <param name="Root">The cgroup that is mounted at <paramref name="MountPoint"/>: <c>/</c>, except in a container without a cgroup namespace.</param>
/// <param name="OwnPath">The runtime's cgroup, as shown in /proc/self/cgroup.</param>
internal sealed record CgroupHierarchy(string Controllers, string MountPoint, string Root, string OwnPath)
{
    public bool IsUnified => Controllers.Length == 0;

    /// <summary>The name of its mount point, which a <c>cgroup</c> mount in a container repeats: <c>cpu,cpuacct</c>.</summary>
    public string Name => MountPoint[(MountPoint.LastIndexOf('/') + 1)..];

    /// <summary>For fsopen(2) of <c>cgroup</c>: <c>cpu</c>, <c>cpuacct</c>, or <c>name=systemd</c>; none for cgroup2.</summary>
    public string[] Options => IsUnified ? [] : Controllers.Split(',');

    /// <summary>Symbolic links next to the mount: the controllers that are not called like it.</summary>
    public List<string> Links()
    {
        var links = new List<string>();
        foreach (string option in Options)
        {
            string controller = option.StartsWith("name=", StringComparison.Ordinal) ? option["name=".Length..] : option;
            if (controller != Name)
                links.Add(controller);
        }

        return links;
    }
}

/// <summary>The cgroup hierarchies of the host.</summary>
internal sealed record CgroupHost(CgroupMode Mode, IReadOnlyList<CgroupHierarchy> Hierarchies)
{
    public const string DefaultRoot = "/sys/fs/cgroup";

    /// <summary>This host. On v2 the mount table, which can have thousands of lines, is not read.</summary>
    public static CgroupHost Detect() => Directories.FileSystemType(DefaultRoot) == Libc.CGROUP2_SUPER_MAGIC
        ? new CgroupHost(CgroupMode.V2, [new CgroupHierarchy("", DefaultRoot, "/", UnifiedPath("self"))])
        : Detect(Files.ReadAll("/proc/self/mountinfo"), Files.ReadSmall("/proc/self/cgroup"));

    /// <param name="mountInfo">Content of /proc/self/mountinfo.</param>
    /// <param name="selfCgroup">Content of /proc/self/cgroup.</param>
    public static CgroupHost Detect(ReadOnlySpan<byte> mountInfo, ReadOnlySpan<byte> selfCgroup)
    {
        List<(string Controllers, string Path)> memberships = ParseMemberships(selfCgroup);
        var found = new List<CgroupHierarchy>();
        bool rootIsUnified = false;
        while (MountLine.TryRead(ref mountInfo, out MountLine mount))
        {
            // The last mount on a mount point is the visible one.
            if (Ascii.Equals(mount.Point, DefaultRoot))
                rootIsUnified = mount.Type.SequenceEqual("cgroup2"u8);
            if (mount.Type.SequenceEqual("cgroup2"u8))
                Add(found, "", mount, PathIn(memberships, ""));
            else if (mount.Type.SequenceEqual("cgroup"u8))
                AddV1(found, mount, memberships);
        }

        bool hasV1 = found.Exists(h => !h.IsUnified);
        if (rootIsUnified || !hasV1)
            found.RemoveAll(h => !h.IsUnified);
        CgroupMode mode = found.Count == 0 ? CgroupMode.None
            : rootIsUnified || !hasV1 ? CgroupMode.V2
            : found.Exists(h => h.IsUnified) ? CgroupMode.Hybrid : CgroupMode.V1;
        return new CgroupHost(mode, found);
    }

    /// <summary>The cgroup2 path of a process.</summary>
    /// <param name="process"><c>self</c> or a pid.</param>
    public static string UnifiedPath(string process) => PathIn(ParseMemberships(Files.ReadSmall("/proc/" + process + "/cgroup")), "");

    /// <summary>The lines <c>id:controllers:path</c> of a /proc/PID/cgroup. The path may contain colons.</summary>
    private static List<(string Controllers, string Path)> ParseMemberships(ReadOnlySpan<byte> text)
    {
        var memberships = new List<(string, string)>();
        foreach (string line in Encoding.UTF8.GetString(text).Split('\n'))
        {
            if (line.Split(':', 3) is [_, var controllers, var path])
                memberships.Add((controllers, path));
        }

        return memberships;
    }

    private static string PathIn(List<(string Controllers, string Path)> memberships, string controllers) =>
        memberships.Find(m => m.Controllers == controllers).Path ?? "/";

    /// <summary>A mount of v1 belongs to the membership whose first controller, or name, is among its options.</summary>
    private static void AddV1(List<CgroupHierarchy> found, MountLine mount, List<(string Controllers, string Path)> memberships)
    {
        string options = Encoding.UTF8.GetString(mount.SuperOptions);
        (string controllers, string path) = memberships.Find(m => m.Controllers.Length > 0 && CommaList.Contains(options, m.Controllers.Split(',')[0]));
        if (controllers is not null)
            Add(found, controllers, mount, path);
    }

    /// <summary>A hierarchy that is mounted more than once is used at its first mount point below /sys/fs/cgroup.</summary>
    private static void Add(List<CgroupHierarchy> found, string controllers, MountLine mount, string ownPath)
    {
        string mountPoint = MountLine.Decode(mount.Point);
        int known = found.FindIndex(h => h.Controllers == controllers);
        if (known >= 0 && (IsBelowRoot(found[known].MountPoint) || !IsBelowRoot(mountPoint)))
            return;
        var hierarchy = new CgroupHierarchy(controllers, mountPoint, MountLine.Decode(mount.Root), ownPath);
        if (known >= 0)
            found[known] = hierarchy;
        else
            found.Add(hierarchy);
    }

    private static bool IsBelowRoot(string path) => path == DefaultRoot || path.StartsWith(DefaultRoot + "/", StringComparison.Ordinal);
}
