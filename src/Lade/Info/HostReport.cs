using System;
using System.Collections.Generic;
using System.Globalization;
using Lade.Cgroups;
using Lade.Configuration;
using Lade.Linux;
using Lade.Plan;
using Lade.Planning;
using Lade.State;

namespace Lade.Info;

/// <summary>
/// What about this machine decides whether a container can be made and how: it is pasted into bug reports, so no names of the host and its users, no
/// environment, no addresses. Looks, and changes nothing; what cannot be read is said to be unknown.
/// </summary>
internal static class HostReport
{
    private const string Unknown = "unknown";

    public static IReadOnlyList<InfoSection> Gather(string version, string commit, string spec, StateRoot root) =>
    [
        new("lade", Lade(version, commit, spec, root)),
        new("system", System()),
        new("cgroups", Cgroups()),
        new("namespaces", Namespaces()),
        new("security", Security()),
        new("user", User()),
        new("programs", Programs()),
    ];

    private static List<KeyValuePair<string, string>> Lade(string version, string commit, string spec, StateRoot root) =>
    [
        new("version", version),
        new("commit", commit),
        new("specification", spec),
        new("state root", root.Path + (Files.Exists(root.Path) ? "" : " (does not exist)")),
        new("state root on", FileSystemAt(root.Path)),
    ];

    private static List<KeyValuePair<string, string>> System() =>
    [
        new("kernel", Text("/proc/sys/kernel/osrelease")),
        new("kernel build", Text("/proc/sys/kernel/version")),
        new("machine", Text("/proc/sys/kernel/arch", "x86_64")),
        new("distribution", Distribution()),
        new("processors", Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture)),
        new("memory", MemoryTotal()),
        new("init system", Files.Exists("/run/systemd/system") ? "systemd" : "other than systemd"),
        new("root file system", FileSystemAt("/")),
    ];

    private static List<KeyValuePair<string, string>> Cgroups()
    {
        CgroupHost host = CgroupHost.Detect();
        List<KeyValuePair<string, string>> facts =
        [
            new("mode", host.Mode switch
            {
                CgroupMode.V2 => "version 2",
                CgroupMode.Hybrid => "hybrid (version 1, and version 2 without controllers)",
                CgroupMode.V1 => "version 1",
                _ => "none mounted",
            }),
        ];
        foreach (CgroupHierarchy hierarchy in host.Hierarchies)
        {
            string controllers = hierarchy.Controllers.Length > 0 ? hierarchy.Controllers : "version 2: " + Text(hierarchy.MountPoint + "/cgroup.controllers", "no controllers");
            facts.Add(new(hierarchy.MountPoint, controllers + "; own cgroup " + hierarchy.OwnPath));
        }

        return facts;
    }

    private static List<KeyValuePair<string, string>> Namespaces()
    {
        var known = new List<string>();
        foreach (string name in WordList.Sorted(NamespaceTable.Files))
        {
            if (Files.Exists("/proc/self/ns/" + name))
                known.Add(name);
        }

        return
        [
            new("known to the kernel", string.Join(' ', known)),
            new("in a user namespace", StateRootFacts.MapsEveryId(Files.ReadAll("/proc/self/uid_map")) ? "no" : "yes"),
            new("user.max_user_namespaces", Text("/proc/sys/user/max_user_namespaces")),
            new("kernel.unprivileged_userns_clone", Text("/proc/sys/kernel/unprivileged_userns_clone", "not there (no restriction)")),
            new("kernel.apparmor_restrict_unprivileged_userns", Text("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "not there (no restriction)")),
        ];
    }

    private static List<KeyValuePair<string, string>> Security() =>
    [
        new("security modules", Text("/sys/kernel/security/lsm")),
        new("apparmor", SecurityModules.HasAppArmor() ? "enabled" : "not enabled"),
        new("selinux", SecurityModules.HasSelinux() ? "enabled" : "not enabled"),
        new("seccomp actions", Text("/proc/sys/kernel/seccomp/actions_avail", "no seccomp filters")),
        new("last capability", Text("/proc/sys/kernel/cap_last_cap")),
        new("fs.suid_dumpable", Text("/proc/sys/fs/suid_dumpable")),
        new("vm.memfd_noexec", Text("/proc/sys/vm/memfd_noexec", "not there (memory files may be executed)")),
    ];

    private static List<KeyValuePair<string, string>> User()
    {
        ProcStatus self = ProcStatus.OfSelf();
        uint uid = Libc.geteuid();
        return
        [
            new("uid", uid.ToString(CultureInfo.InvariantCulture)),
            new("permitted capabilities", self.Permitted.ToString("x16", CultureInfo.InvariantCulture)),
            new("bounding capabilities", self.Bounding.ToString("x16", CultureInfo.InvariantCulture)),
            new("subordinate uids", Subordinate("/etc/subuid", uid)),
            new("subordinate gids", Subordinate("/etc/subgid", uid)),
            new("XDG_RUNTIME_DIR", string.IsNullOrEmpty(Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR")) ? "not set" : "set"),
            new("NOTIFY_SOCKET", string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NOTIFY_SOCKET")) ? "not set" : "set"),
        ];
    }

    private static List<KeyValuePair<string, string>> Programs()
    {
        var facts = new List<KeyValuePair<string, string>>();
        foreach (string name in (string[])["newuidmap", "newgidmap", "criu", "systemctl", "apparmor_parser"])
            facts.Add(new(name, Find(name) ?? "not found"));
        return facts;
    }

    private static string? Find(string program)
    {
        foreach (string directory in (string[])["/usr/local/sbin/", "/usr/local/bin/", "/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"])
        {
            if (Files.Exists(directory + program))
                return directory + program;
        }

        return null;
    }

    /// <summary>Only how many there are: the file names users.</summary>
    private static string Subordinate(string path, uint uid)
    {
        using Fd? file = Files.TryOpen(path, Libc.O_RDONLY, out _);
        if (file is null)
            return "no " + path;
        ulong count = 0;
        foreach (IdRange range in SubordinateIds.Parse(Files.ReadAll(file, path), UserNames.Of(uid), uid))
            count += range.Count;
        return count == 0 ? "none" : count.ToString(CultureInfo.InvariantCulture);
    }

    private static string Distribution()
    {
        const string Key = "PRETTY_NAME=";
        foreach (string line in Text("/etc/os-release").Split('\n'))
        {
            if (line.StartsWith(Key, StringComparison.Ordinal))
                return line[Key.Length..].Trim('"');
        }

        return Unknown;
    }

    private static string MemoryTotal()
    {
        const string Key = "MemTotal:";
        string first = Text("/proc/meminfo").Split('\n')[0];
        return first.StartsWith(Key, StringComparison.Ordinal) ? first[Key.Length..].Trim() : Unknown;
    }

    private static string FileSystemAt(string path) => Directories.FileSystemType(path) switch
    {
        0 => Unknown,
        0x01021994 => "tmpfs",
        0xef53 => "ext2/ext3/ext4",
        0x58465342 => "xfs",
        0x9123683e => "btrfs",
        0x794c7630 => "overlay",
        0x858458f6 => "ramfs",
        0x2fc12fc1 => "zfs",
        var other => "type 0x" + other.ToString("x", CultureInfo.InvariantCulture),
    };

    private static string Text(string path, string otherwise = Unknown) => Files.TryReadText(path) is { Length: > 0 } text ? text : otherwise;
}
