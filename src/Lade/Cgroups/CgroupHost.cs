using System;
using System.Collections.Generic;
using System.Text;
using Lade.Linux;

namespace Lade.Cgroups;

/// <summary>How the host has cgroups mounted. Hybrid is v1 with a cgroup2 tree beside it that has no controllers in use.</summary>
internal enum CgroupMode
{
    None,
    V1,
    Hybrid,
    V2,
}

/// <summary>One mounted hierarchy and the runtime's own place in it.</summary>
/// <param name="Controllers">As in /proc/self/cgroup; empty for cgroup2.</param>
/// <param name="Root">The cgroup that is mounted at <paramref name="MountPoint"/>, <c>/</c> unless this is a container without a cgroup namespace.</param>
/// <param name="OwnPath">The runtime's cgroup, as /proc/self/cgroup says.</param>
internal sealed record CgroupHierarchy(string Controllers, string MountPoint, string Root, string OwnPath);

/// <summary>
/// The cgroup hierarchies of the host. Read once per command, so it parses bytes by hand and stops at what it needs.
/// </summary>
internal sealed record CgroupHost(CgroupMode Mode, IReadOnlyList<CgroupHierarchy> Hierarchies)
{
    public const string DefaultRoot = "/sys/fs/cgroup";

    /// <summary>This host.</summary>
    public static CgroupHost Detect()
    {
        byte[] self = Files.ReadPiece("/proc/self/cgroup");
        // On v2 there is nothing to look up in the mount table, which may have thousands of lines on a busy host.
        return Directories.FileSystemType(DefaultRoot) == Libc.CGROUP2_SUPER_MAGIC
            ? new CgroupHost(CgroupMode.V2, [new CgroupHierarchy("", DefaultRoot, "/", UnifiedPath(self))])
            : Detect(Files.ReadAll("/proc/self/mountinfo"), self, DefaultRoot);
    }

    /// <summary>The same from the two files' content (proc(5)).</summary>
    /// <param name="root">Mounts below it are preferred: a container's view of the hierarchies may be mounted elsewhere too.</param>
    public static CgroupHost Detect(ReadOnlySpan<byte> mountInfo, ReadOnlySpan<byte> selfCgroup, string root = DefaultRoot)
    {
        byte[] rootBytes = Encoding.UTF8.GetBytes(root);
        var found = new List<CgroupHierarchy>();
        bool rootIsUnified = false;
        while (NextLine(ref mountInfo, out ReadOnlySpan<byte> line))
        {
            if (!MountLine.TryParse(line, out MountLine mount))
                continue;
            // The last mount on a mount point is the one that is seen.
            if (mount.MountPoint.SequenceEqual(rootBytes))
                rootIsUnified = mount.Type.SequenceEqual("cgroup2"u8);
            if (mount.Type.SequenceEqual("cgroup2"u8))
                Add(found, "", mount, UnifiedPath(selfCgroup), root);
            else if (mount.Type.SequenceEqual("cgroup"u8))
                AddVersion1(found, mount, selfCgroup, root);
        }

        bool anyVersion1 = found.Exists(h => h.Controllers.Length > 0);
        if (rootIsUnified || !anyVersion1)
            found.RemoveAll(h => h.Controllers.Length > 0);
        CgroupMode mode = found.Count == 0 ? CgroupMode.None
            : rootIsUnified || !anyVersion1 ? CgroupMode.V2
            : found.Exists(h => h.Controllers.Length == 0) ? CgroupMode.Hybrid : CgroupMode.V1;
        return new CgroupHost(mode, found);
    }

    /// <summary>Finds the line of /proc/self/cgroup whose controllers (or name) the mount's options have.</summary>
    private static void AddVersion1(List<CgroupHierarchy> found, MountLine mount, ReadOnlySpan<byte> selfCgroup, string root)
    {
        while (NextLine(ref selfCgroup, out ReadOnlySpan<byte> line))
        {
            if (!TrySplit(line, out ReadOnlySpan<byte> controllers, out ReadOnlySpan<byte> path) || controllers.IsEmpty)
                continue;
            int comma = controllers.IndexOf((byte)',');
            if (!HasOption(mount.SuperOptions, comma < 0 ? controllers : controllers[..comma]))
                continue;
            Add(found, Encoding.UTF8.GetString(controllers), mount, Encoding.UTF8.GetString(path), root);
            return;
        }
    }

    private static void Add(List<CgroupHierarchy> found, string controllers, MountLine mount, string ownPath, string root)
    {
        string mountPoint = Unescape(mount.MountPoint);
        int known = found.FindIndex(h => h.Controllers == controllers);
        if (known >= 0 && (IsAtOrBelow(found[known].MountPoint, root) || !IsAtOrBelow(mountPoint, root)))
            return;
        var hierarchy = new CgroupHierarchy(controllers, mountPoint, Unescape(mount.Root), ownPath);
        if (known >= 0)
            found[known] = hierarchy;
        else
            found.Add(hierarchy);
    }

    private static bool IsAtOrBelow(string path, string root) =>
        path.StartsWith(root, StringComparison.Ordinal) && (path.Length == root.Length || path[root.Length] == '/');

    /// <summary>The cgroup2 path in the content of a /proc/PID/cgroup.</summary>
    public static string UnifiedPath(ReadOnlySpan<byte> selfCgroup)
    {
        while (NextLine(ref selfCgroup, out ReadOnlySpan<byte> line))
        {
            if (TrySplit(line, out ReadOnlySpan<byte> controllers, out ReadOnlySpan<byte> path) && controllers.IsEmpty)
                return Encoding.UTF8.GetString(path);
        }

        return "/";
    }

    // A line is id:controllers:path, and the path may have colons.
    private static bool TrySplit(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> controllers, out ReadOnlySpan<byte> path)
    {
        controllers = path = default;
        int first = line.IndexOf((byte)':');
        if (first < 0)
            return false;
        ReadOnlySpan<byte> rest = line[(first + 1)..];
        int second = rest.IndexOf((byte)':');
        if (second < 0)
            return false;
        controllers = rest[..second];
        path = rest[(second + 1)..];
        return true;
    }

    private static bool HasOption(ReadOnlySpan<byte> options, ReadOnlySpan<byte> option)
    {
        while (true)
        {
            int comma = options.IndexOf((byte)',');
            if ((comma < 0 ? options : options[..comma]).SequenceEqual(option))
                return true;
            if (comma < 0)
                return false;
            options = options[(comma + 1)..];
        }
    }

    private static bool NextLine(ref ReadOnlySpan<byte> text, out ReadOnlySpan<byte> line)
    {
        int end = text.IndexOf((byte)'\n');
        line = end < 0 ? text : text[..end];
        text = end < 0 ? default : text[(end + 1)..];
        return !line.IsEmpty;
    }

    /// <summary>Space, tab, newline and backslash stand as three octal digits in mountinfo.</summary>
    private static string Unescape(ReadOnlySpan<byte> field)
    {
        if (field.IndexOf((byte)'\\') < 0)
            return Encoding.UTF8.GetString(field);
        byte[] plain = new byte[field.Length];
        int length = 0;
        for (int i = 0; i < field.Length; i++)
        {
            if (field[i] == '\\' && i + 3 < field.Length)
            {
                plain[length++] = (byte)((field[i + 1] - '0') * 64 + (field[i + 2] - '0') * 8 + (field[i + 3] - '0'));
                i += 3;
            }
            else
            {
                plain[length++] = field[i];
            }
        }

        return Encoding.UTF8.GetString(plain, 0, length);
    }

    /// <summary>The fields of a mountinfo line that matter here: <c>id parent dev root mountpoint options [tags] - type source superoptions</c>.</summary>
    private ref struct MountLine
    {
        public ReadOnlySpan<byte> Root;
        public ReadOnlySpan<byte> MountPoint;
        public ReadOnlySpan<byte> Type;
        public ReadOnlySpan<byte> SuperOptions;

        public static bool TryParse(ReadOnlySpan<byte> line, out MountLine mount)
        {
            mount = default;
            int dash = line.IndexOf(" - "u8);
            if (dash < 0)
                return false;
            ReadOnlySpan<byte> tail = line[(dash + 3)..];
            mount.Type = Field(ref tail);
            Field(ref tail);
            mount.SuperOptions = Field(ref tail);
            for (int i = 0; i < 3; i++)
                Field(ref line);
            mount.Root = Field(ref line);
            mount.MountPoint = Field(ref line);
            return true;
        }

        private static ReadOnlySpan<byte> Field(scoped ref ReadOnlySpan<byte> text)
        {
            int end = text.IndexOf((byte)' ');
            ReadOnlySpan<byte> field = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            return field;
        }
    }
}
