using System;
using System.Collections.Generic;

namespace Lade.Configuration;

/// <content>config-linux.md.</content>
internal static partial class SpecValidator
{
    private static void ValidateLinux(LinuxSpec linux, List<ConfigProblem> problems)
    {
        JsonPointer at = JsonPointer.Of("linux");
        ValidateNamespaces(linux.Namespaces, at.At("namespaces"), problems);
        ValidateUserNamespace(linux, at, problems);
        ValidateTimeOffsets(linux, at.At("timeOffsets"), problems);
        ValidateDevices(linux.Devices, at.At("devices"), problems);
        ValidateNetDevices(linux, at.At("netDevices"), problems);
        ValidateCgroupsPath(linux.CgroupsPath, at.At("cgroupsPath"), problems);
        if (linux.Resources is not null)
            ValidateResources(linux.Resources, at.At("resources"), problems);
        if (linux.IntelRdt is not null)
            ValidateIntelRdt(linux.IntelRdt, at.At("intelRdt"), problems);
        if (linux.MemoryPolicy is not null)
            ValidateMemoryPolicy(linux.MemoryPolicy, at.At("memoryPolicy"), problems);
        ValidateSysctls(linux, at.At("sysctl"), problems);
        if (linux.Seccomp is not null)
            ValidateSeccomp(linux.Seccomp, at.At("seccomp"), problems);
        ValidateHiddenPaths(linux, linux.MaskedPaths, at.At("maskedPaths"), problems);
        ValidateHiddenPaths(linux, linux.ReadonlyPaths, at.At("readonlyPaths"), problems);
        ValidatePropagation(linux, at, problems);
        ValidatePersonality(linux.Personality, at, problems);
    }

    /// <summary>config-linux.md "Rootfs Mount Propagation". Without a mount namespace it would be the host's that changes.</summary>
    private static void ValidatePropagation(LinuxSpec linux, JsonPointer at, List<ConfigProblem> problems)
    {
        if (linux.RootfsPropagation is not null && !linux.Has(NamespaceType.Mount))
            problems.Add(at.At("rootfsPropagation"), "needs a mount namespace; list one in /linux/namespaces");
    }

    /// <summary>config-linux.md "Personality", flags.</summary>
    private static void ValidatePersonality(PersonalitySpec? personality, JsonPointer at, List<ConfigProblem> problems)
    {
        if (personality is { Flags.Count: > 0 })
            problems.Add(at.At("personality").At("flags"), "has a flag; the specification knows none yet");
    }

    /// <summary>config-linux.md "Namespaces": paths are absolute, and each type is listed once.</summary>
    private static void ValidateNamespaces(IReadOnlyList<NamespaceSpec> namespaces, JsonPointer at, List<ConfigProblem> problems)
    {
        uint seen = 0;
        for (int i = 0; i < namespaces.Count; i++)
        {
            NamespaceSpec space = namespaces[i];
            if (space.Path is not null)
                ValidateAbsolute(space.Path, at.At(i), "path", problems);
            if (space.Type < 0)
                continue;
            uint bit = 1u << (int)space.Type;
            if ((seen & bit) != 0)
                problems.Add(at.At(i).At("type"), "is listed twice; each type is allowed once");
            seen |= bit;
        }
    }

    /// <summary>config-linux.md "User namespace mappings".</summary>
    private static void ValidateUserNamespace(LinuxSpec linux, JsonPointer at, List<ConfigProblem> problems)
    {
        NamespaceSpec? user = linux.IndexOf(NamespaceType.User) is >= 0 and int i ? linux.Namespaces[i] : null;
        // Nobody makes device nodes in a user namespace: the host's are mounted.
        if (user is not null && !linux.Has(NamespaceType.Mount))
            problems.Add(at.At("namespaces"), "has a user namespace but no mount namespace, which the devices of the container need then");
        ValidateUserMappings(linux.UidMappings, at.At("uidMappings"), user, problems);
        ValidateUserMappings(linux.GidMappings, at.At("gidMappings"), user, problems);
    }

    /// <summary>A namespace that is joined has its maps already; engines repeat them in the document, so they are allowed there.</summary>
    private static void ValidateUserMappings(IReadOnlyList<IdMapping> mappings, JsonPointer at, NamespaceSpec? user, List<ConfigProblem> problems)
    {
        if (mappings.Count > 0 && user is null)
            problems.Add(at, "needs a user namespace; list one in /linux/namespaces");
        if (mappings.Count == 0 && user is { Path: null })
            problems.Add(at, "is missing; a new user namespace requires uidMappings and gidMappings");
        ValidateMappings(mappings, at, problems);
    }

    /// <summary>The program's ids exist in the user namespace that is made for it.</summary>
    private static void ValidateMappedUser(UserSpec user, LinuxSpec linux, JsonPointer at, List<ConfigProblem> problems)
    {
        // That the maps are missing is a problem of its own.
        if (linux.UidMappings.Count > 0)
            ValidateMapped(user.Uid, linux.UidMappings, at.At("uid"), problems);
        if (linux.GidMappings.Count == 0)
            return;
        ValidateMapped(user.Gid, linux.GidMappings, at.At("gid"), problems);
        for (int i = 0; i < user.AdditionalGids.Count; i++)
            ValidateMapped(user.AdditionalGids[i], linux.GidMappings, at.At("additionalGids").At(i), problems);
    }

    /// <summary>config-linux.md "Offset for Time Namespace".</summary>
    private static void ValidateTimeOffsets(LinuxSpec linux, JsonPointer at, List<ConfigProblem> problems)
    {
        if (linux.TimeOffsets.Count == 0)
            return;
        // Offsets can be set only before the first process enters (time_namespaces(7)), hence never when joining.
        if (!linux.Makes(NamespaceType.Time))
            problems.Add(at, "needs a new time namespace; list one without a path in /linux/namespaces");
        foreach (KeyValuePair<string, TimeOffset> entry in linux.TimeOffsets)
        {
            if (!WordList.Contains(SpecNames.Clocks, entry.Key))
                problems.Add(at.At(entry.Key), "is no clock that can be shifted; allowed are " + WordList.Describe(SpecNames.Clocks));
        }
    }

    /// <summary>config-linux.md "Devices".</summary>
    private static void ValidateDevices(IReadOnlyList<DeviceSpec> devices, JsonPointer at, List<ConfigProblem> problems)
    {
        for (int i = 0; i < devices.Count; i++)
        {
            DeviceSpec device = devices[i];
            ValidateAbsolute(device.Path, at.At(i), "path", problems);
            if (device.Type is 'c' or 'b' or 'u')
            {
                if (device.Major is null)
                    problems.Add(at.At(i).At("major"), "is missing; every type but p requires it");
                if (device.Minor is null)
                    problems.Add(at.At(i).At("minor"), "is missing; every type but p requires it");
            }

            if (device.FileMode > 0xfff)
                problems.Add(at.At(i).At("fileMode"), device.FileMode + " has bits that are no permissions; an integer from 0 to 4095 (octal 7777) is allowed");
        }
    }

    /// <summary>config-linux.md "Network Devices".</summary>
    private static void ValidateNetDevices(LinuxSpec linux, JsonPointer at, List<ConfigProblem> problems)
    {
        if (linux.NetDevices.Count == 0)
            return;
        if (!linux.Has(NamespaceType.Network))
            problems.Add(at, "needs a network namespace; list one in /linux/namespaces");
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (KeyValuePair<string, NetDeviceSpec> entry in linux.NetDevices)
        {
            if (!IsInterfaceName(entry.Key))
                problems.Add(at.At(entry.Key), JsonObjectReader.Quote(entry.Key) + InterfaceNameRule);
            if (entry.Value.Name is not { } name)
                continue;
            // The kernel puts the first free number in the place of one %d.
            bool isPattern = name.EndsWith("%d", StringComparison.Ordinal);
            if (!IsInterfaceName(name) || name.AsSpan(0, isPattern ? name.Length - 2 : name.Length).Contains('%'))
                problems.Add(at.At(entry.Key).At("name"), JsonObjectReader.Quote(name) + InterfaceNameRule + ", and %d at the end for a free number");
            else if (!isPattern && !names.Add(name))
                problems.Add(at.At(entry.Key).At("name"), JsonObjectReader.Quote(name) + " is the name of another device too; each name is allowed once");
        }
    }

    private const string InterfaceNameRule = " is no interface name; 1 to 15 characters without space, slash and colon are allowed";

    /// <summary>dev_valid_name() of the kernel.</summary>
    private static bool IsInterfaceName(string name)
    {
        if (name is "" or "." or ".." || System.Text.Encoding.UTF8.GetByteCount(name) > 15)
            return false;
        foreach (char c in name)
        {
            if (c is '/' or ':' or (>= '\t' and <= '\r') or ' ' or '\u00a0')
                return false;
        }

        return true;
    }

    /// <summary>A path that climbs above its start would put the container into, or on delete remove, somebody else's cgroup.</summary>
    private static void ValidateCgroupsPath(string? path, JsonPointer at, List<ConfigProblem> problems)
    {
        int depth = 0;
        foreach (Range part in path.AsSpan().Split('/'))
        {
            ReadOnlySpan<char> name = path.AsSpan(part);
            depth += name is ".." ? -1 : name is "" or "." ? 0 : 1;
            if (depth >= 0)
                continue;
            problems.Add(at, JsonObjectReader.Quote(path!) + " leads out of the cgroup hierarchy; a path below it is required");
            return;
        }
    }

    /// <summary>resctrl: one line per value, and a class of service is one directory.</summary>
    private static void ValidateIntelRdt(IntelRdtSpec rdt, JsonPointer at, List<ConfigProblem> problems)
    {
        if (rdt.ClosId is { } id && id != "/" && (id is "." or ".." || id.AsSpan().ContainsAny('/', '\n')))
            problems.Add(at.At("closID"), JsonObjectReader.Quote(id) + " is no name of a group; a directory name, or / for the default group, is allowed");
        if (rdt.L3CacheSchema is { } l3 && !l3.StartsWith("L3", StringComparison.Ordinal))
            problems.Add(at.At("l3CacheSchema"), "does not begin with L3; a line such as L3:0=ff is required");
        if (rdt.MemBwSchema is { } bandwidth && (!bandwidth.StartsWith("MB:", StringComparison.Ordinal) || bandwidth.Contains('\n')))
            problems.Add(at.At("memBwSchema"), "is no line that begins with MB:; one line such as MB:0=50 is required");
        for (int i = 0; i < rdt.Schemata.Count; i++)
        {
            if (rdt.Schemata[i].Length == 0 || rdt.Schemata[i].Contains('\n'))
                problems.Add(at.At("schemata").At(i), "is no line; one line without a newline is required");
        }
    }

    /// <summary>set_mempolicy(2): which modes want nodes, and flags that exclude each other.</summary>
    private static void ValidateMemoryPolicy(MemoryPolicySpec policy, JsonPointer at, List<ConfigProblem> problems)
    {
        ValidateNumberList(policy.Nodes, at, "nodes", problems);
        if (policy is { Mode: MemoryPolicyMode.Default or MemoryPolicyMode.Local, Nodes: not null })
            problems.Add(at.At("nodes"), "is given; " + SpecNames.NameOf(policy.Mode) + " allows none");
        if (policy is { Mode: MemoryPolicyMode.Bind or MemoryPolicyMode.Interleave or MemoryPolicyMode.WeightedInterleave or MemoryPolicyMode.PreferredMany, Nodes: null })
            problems.Add(at.At("nodes"), "is missing; " + SpecNames.NameOf(policy.Mode) + " requires at least one node");
        if ((policy.Flags & (MemoryPolicyFlags.StaticNodes | MemoryPolicyFlags.RelativeNodes)) == (MemoryPolicyFlags.StaticNodes | MemoryPolicyFlags.RelativeNodes))
            problems.Add(at.At("flags"), "has MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES; one of them is allowed");
    }

    /// <summary>A setting that is not separate per namespace, or whose namespace is the host's, would change the host.</summary>
    private static void ValidateSysctls(LinuxSpec linux, JsonPointer at, List<ConfigProblem> problems)
    {
        foreach (string name in linux.Sysctl.Keys)
        {
            if (SysctlName.ToPath(name) is not { } path)
                problems.Add(at.At(name), "is no name of a setting; parts separated by dots or slashes are required");
            else if (path == "kernel/hostname")
                problems.Add(at.At(name), "is set by another property; use /hostname");
            else if (SysctlName.NamespaceOf(path) is not { } type)
                problems.Add(at.At(name), "is a setting of the whole host; settings of the ipc, network, user and uts namespaces are allowed");
            else if (!linux.Has(type))
                problems.Add(at.At(name), "needs a namespace of type " + SpecNames.NameOf(type) + "; list one in /linux/namespaces");
        }
    }

    /// <summary>Without a mount namespace the mounts that hide a path would hide it on the host.</summary>
    private static void ValidateHiddenPaths(LinuxSpec linux, IReadOnlyList<string> paths, JsonPointer at, List<ConfigProblem> problems)
    {
        if (paths.Count > 0 && !linux.Has(NamespaceType.Mount))
            problems.Add(at, "needs a mount namespace; list one in /linux/namespaces");
        ValidateAbsolute(paths, at, problems);
    }
}
