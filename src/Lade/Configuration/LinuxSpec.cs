using System.Collections.Generic;

namespace Lade.Configuration;

/// <summary>config-linux.md, all but <c>resources</c> and <c>seccomp</c>, which have files of their own.</summary>
internal sealed record LinuxSpec
{
    public IReadOnlyList<NamespaceSpec> Namespaces { get; init; } = [];
    public IReadOnlyList<IdMapping> UidMappings { get; init; } = [];
    public IReadOnlyList<IdMapping> GidMappings { get; init; } = [];

    /// <summary>Clock name (<c>monotonic</c>, <c>boottime</c>) to offset.</summary>
    public IReadOnlyDictionary<string, TimeOffset> TimeOffsets { get; init; } = new Dictionary<string, TimeOffset>();
    public IReadOnlyList<DeviceSpec> Devices { get; init; } = [];

    /// <summary>Host interface name to its settings in the container.</summary>
    public IReadOnlyDictionary<string, NetDeviceSpec> NetDevices { get; init; } = new Dictionary<string, NetDeviceSpec>();
    public string? CgroupsPath { get; init; }
    public ResourcesSpec? Resources { get; init; }
    public IntelRdtSpec? IntelRdt { get; init; }
    public MemoryPolicySpec? MemoryPolicy { get; init; }
    public IReadOnlyDictionary<string, string> Sysctl { get; init; } = new Dictionary<string, string>();
    public SeccompSpec? Seccomp { get; init; }
    public string? RootfsPropagation { get; init; }
    public IReadOnlyList<string> MaskedPaths { get; init; } = [];
    public IReadOnlyList<string> ReadonlyPaths { get; init; } = [];
    public string? MountLabel { get; init; }
    public PersonalitySpec? Personality { get; init; }

    /// <summary>Position in <see cref="Namespaces"/>, where a type stands at most once; -1 when the container shares its caller's.</summary>
    public int IndexOf(NamespaceType type)
    {
        for (int i = 0; i < Namespaces.Count; i++)
        {
            if (Namespaces[i].Type == type)
                return i;
        }

        return -1;
    }

    /// <summary>The container has a namespace of this type that is not its caller's.</summary>
    public bool Has(NamespaceType type) => IndexOf(type) >= 0;

    /// <summary>A namespace of this type is made for the container.</summary>
    public bool Makes(NamespaceType type) => IndexOf(type) is >= 0 and int i && Namespaces[i].Path is null;

    /// <summary>The file of the namespace of this type that the container joins; null when it joins none.</summary>
    public string? PathOf(NamespaceType type) => IndexOf(type) is >= 0 and int i ? Namespaces[i].Path : null;

    /// <summary>The host's id of a user of the container; null when no mapping has it.</summary>
    public static uint? ToHost(IReadOnlyList<IdMapping> mappings, uint id)
    {
        foreach (IdMapping mapping in mappings)
        {
            if (id >= mapping.ContainerId && id - mapping.ContainerId < mapping.Size)
                return mapping.HostId + (id - mapping.ContainerId);
        }

        return null;
    }
}

/// <summary>The eight namespace types (namespaces(7)).</summary>
internal enum NamespaceType
{
    Pid,
    Network,
    Mount,
    Ipc,
    Uts,
    User,
    Cgroup,
    Time,
}

/// <summary>A namespace to make (<c>Path</c> null) or to join.</summary>
internal sealed record NamespaceSpec(NamespaceType Type, string? Path);

/// <summary>Offset of a clock in a new time namespace (time_namespaces(7)).</summary>
internal sealed record TimeOffset(long Seconds, uint Nanoseconds);

/// <summary>A device node to supply; <c>Type</c> is one of c, b, u, p. <c>FileMode</c> is the permission bits, decimal in JSON.</summary>
internal sealed record DeviceSpec
{
    public required char Type { get; init; }
    public required string Path { get; init; }
    public long? Major { get; init; }
    public long? Minor { get; init; }
    public uint? FileMode { get; init; }
    public uint? Uid { get; init; }
    public uint? Gid { get; init; }
}

/// <summary>A host network interface to move into the container; <c>Name</c> null keeps its name.</summary>
internal sealed record NetDeviceSpec(string? Name);

/// <summary>resctrl settings (config-linux.md "IntelRdt").</summary>
internal sealed record IntelRdtSpec
{
    public string? ClosId { get; init; }
    public string? L3CacheSchema { get; init; }
    public string? MemBwSchema { get; init; }
    public IReadOnlyList<string> Schemata { get; init; } = [];
    public bool EnableMonitoring { get; init; }
}

/// <summary>set_mempolicy(2): mode <c>MPOL_*</c>, node list, flags <c>MPOL_F_*</c>.</summary>
internal sealed record MemoryPolicySpec
{
    public required string Mode { get; init; }
    public string? Nodes { get; init; }
    public IReadOnlyList<string> Flags { get; init; } = [];
}

/// <summary>personality(2): <c>LINUX</c> or <c>LINUX32</c>; the spec knows no flags yet.</summary>
internal sealed record PersonalitySpec
{
    public required string Domain { get; init; }
    public IReadOnlyList<string> Flags { get; init; } = [];
}
