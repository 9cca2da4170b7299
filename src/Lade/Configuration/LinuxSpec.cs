using System;
using System.Collections.Generic;

namespace Lade.Configuration;

/// <summary>What only Linux has (config-linux.md).</summary>
[ConfigObject]
internal sealed partial record LinuxSpec
{
    /// <summary>Namespaces that the container does not share with the runtime, each type at most once.</summary>
    [ConfigProperty("namespaces")]
    public IReadOnlyList<NamespaceSpec> Namespaces { get; init; } = [];

    /// <summary>User ids of a new user namespace.</summary>
    [ConfigProperty("uidMappings")]
    public IReadOnlyList<IdMapping> UidMappings { get; init; } = [];

    /// <summary>Group ids of a new user namespace.</summary>
    [ConfigProperty("gidMappings")]
    public IReadOnlyList<IdMapping> GidMappings { get; init; } = [];

    /// <summary>Offsets of the clocks of a new time namespace, by clock.</summary>
    [ConfigProperty("timeOffsets", Keys = SpecNames.Clocks)]
    public IReadOnlyDictionary<string, TimeOffset> TimeOffsets { get; init; } = new Dictionary<string, TimeOffset>();

    /// <summary>Device nodes to make besides those that every container has.</summary>
    [ConfigProperty("devices")]
    public IReadOnlyList<DeviceSpec> Devices { get; init; } = [];

    /// <summary>Network interfaces of the host to move into the container, by their name on the host.</summary>
    [ConfigProperty("netDevices")]
    public IReadOnlyDictionary<string, NetDeviceSpec> NetDevices { get; init; } = new Dictionary<string, NetDeviceSpec>();

    /// <summary>Path of the container's cgroup: absolute from the mount of the hierarchy, or slice:prefix:name with systemd.</summary>
    [ConfigProperty("cgroupsPath")]
    public string? CgroupsPath { get; init; }

    /// <summary>Limits of the container's cgroup.</summary>
    [ConfigProperty("resources")]
    public ResourcesSpec? Resources { get; init; }

    /// <summary>Cache and memory bandwidth allocation.</summary>
    [ConfigProperty("intelRdt")]
    public IntelRdtSpec? IntelRdt { get; init; }

    /// <summary>NUMA nodes that the program's memory comes from.</summary>
    [ConfigProperty("memoryPolicy")]
    public MemoryPolicySpec? MemoryPolicy { get; init; }

    /// <summary>Kernel parameters to set in the container's namespaces, by name.</summary>
    [ConfigProperty("sysctl")]
    public IReadOnlyDictionary<string, string> Sysctl { get; init; } = new Dictionary<string, string>();

    /// <summary>Filter of the program's system calls.</summary>
    [ConfigProperty("seccomp")]
    public SeccompSpec? Seccomp { get; init; }

    /// <summary>Propagation of the container's root mount.</summary>
    [ConfigProperty("rootfsPropagation")]
    public Propagation? RootfsPropagation { get; init; }

    /// <summary>Absolute paths in the container that cannot be read.</summary>
    [ConfigProperty("maskedPaths")]
    public IReadOnlyList<string> MaskedPaths { get; init; } = [];

    /// <summary>Absolute paths in the container that are read-only.</summary>
    [ConfigProperty("readonlyPaths")]
    public IReadOnlyList<string> ReadonlyPaths { get; init; } = [];

    /// <summary>SELinux context of the container's mounts.</summary>
    [ConfigProperty("mountLabel")]
    public string? MountLabel { get; init; }

    /// <summary>Execution domain.</summary>
    [ConfigProperty("personality")]
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

    /// <summary>Whether uid 0 of the host is mapped into the container's new user namespace.</summary>
    public bool MapsHostRoot
    {
        get
        {
            foreach (IdMapping mapping in UidMappings)
            {
                if (mapping.HostId == 0 && mapping.Size > 0)
                    return true;
            }

            return false;
        }
    }

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
[Vocabulary("Namespaces")]
internal enum NamespaceType
{
    [SpecName("pid")] Pid,
    [SpecName("network")] Network,
    [SpecName("mount")] Mount,
    [SpecName("ipc")] Ipc,
    [SpecName("uts")] Uts,
    [SpecName("user")] User,
    [SpecName("cgroup")] Cgroup,
    [SpecName("time")] Time,
}

/// <summary>A namespace of the container (config-linux.md "Namespaces").</summary>
/// <param name="Type">The type.</param>
/// <param name="Path">Absolute path of the namespace to join. When absent, a new one is made.</param>
[ConfigObject]
internal sealed partial record NamespaceSpec([ConfigProperty("type")] NamespaceType Type, [ConfigProperty("path")] string? Path);

/// <summary>Offset of a clock in a new time namespace (time_namespaces(7)).</summary>
/// <param name="Seconds">Seconds, which may be negative.</param>
/// <param name="Nanoseconds">Nanoseconds.</param>
[ConfigObject]
internal sealed partial record TimeOffset(
    [ConfigProperty("secs", IsOptional = true)] long Seconds, [ConfigProperty("nanosecs", IsOptional = true, Max = 999_999_999)] uint Nanoseconds);

/// <summary>A device node (config-linux.md "Devices").</summary>
[ConfigObject(Finish = nameof(WithoutTypeInMode))]
internal sealed partial record DeviceSpec
{
    /// <summary>Largest device numbers of the kernel: 12 bits of major and 20 of minor number (makedev(3)).</summary>
    public const long MaxMajor = 0xfff;

    /// <inheritdoc cref="MaxMajor"/>
    public const long MaxMinor = 0xfffff;

    /// <summary>Kind of node: c and u are character devices, b is a block device, p is a FIFO.</summary>
    [ConfigProperty("type", Names = SpecNames.DeviceTypes)]
    public required char Type { get; init; }

    /// <summary>Absolute path in the container.</summary>
    [ConfigProperty("path")]
    public required string Path { get; init; }

    /// <summary>Major number; every type but p requires it.</summary>
    [ConfigProperty("major", Min = 0, Max = MaxMajor)]
    public long? Major { get; init; }

    /// <summary>Minor number; every type but p requires it.</summary>
    [ConfigProperty("minor", Min = 0, Max = MaxMinor)]
    public long? Minor { get; init; }

    /// <summary>
    /// Permission bits, in decimal; 438 (octal 666) when absent, or those of the host in a user namespace. Bits of the file type are ignored where they agree
    /// with the type.
    /// </summary>
    [ConfigProperty("fileMode")]
    public uint? FileMode { get; init; }

    /// <summary>Owner, an id of the container.</summary>
    [ConfigProperty("uid")]
    public uint? Uid { get; init; }

    /// <summary>Group, an id of the container.</summary>
    [ConfigProperty("gid")]
    public uint? Gid { get; init; }

    /// <summary>S_IFBLK, S_IFCHR or S_IFIFO of inode(7).</summary>
    public uint FileType => Type switch
    {
        'b' => 0x6000,
        'c' or 'u' => 0x2000,
        'p' => 0x1000,
        _ => throw new LadeException("unknown type of device '" + Type + "'"),
    };

    /// <summary>Some engines write the whole st_mode of the host's node; type bits that agree with <c>type</c> say nothing new.</summary>
    public DeviceSpec WithoutTypeInMode()
    {
        const uint FormatBits = 0xf000; // S_IFMT
        return Type != '\0' && FileMode is { } mode && (mode & FormatBits) == FileType ? this with { FileMode = mode & ~FormatBits } : this;
    }
}

/// <summary>A network interface of the host to move into the container.</summary>
/// <param name="Name">Its name in the container; %d at the end stands for the first free number. When absent, it keeps its name.</param>
[ConfigObject]
internal sealed partial record NetDeviceSpec([ConfigProperty("name")] string? Name);

/// <summary>Cache and memory bandwidth allocation through resctrl (config-linux.md "IntelRdt").</summary>
[ConfigObject]
internal sealed partial record IntelRdtSpec
{
    /// <summary>Name of the class of service, a directory of resctrl; / is the default one. When absent, the container's id.</summary>
    [ConfigProperty("closID")]
    public string? ClosId { get; init; }

    /// <summary>Line of the schemata file that begins with L3.</summary>
    [ConfigProperty("l3CacheSchema")]
    public string? L3CacheSchema { get; init; }

    /// <summary>Line of the schemata file that begins with MB:.</summary>
    [ConfigProperty("memBwSchema")]
    public string? MemBwSchema { get; init; }

    /// <summary>Lines of the schemata file, written after the other two.</summary>
    [ConfigProperty("schemata")]
    public IReadOnlyList<string> Schemata { get; init; } = [];

    /// <summary>Whether the container gets a monitoring group.</summary>
    [ConfigProperty("enableMonitoring")]
    public bool EnableMonitoring { get; init; }
}

/// <summary>NUMA memory policy (set_mempolicy(2)).</summary>
[ConfigObject]
internal sealed partial record MemoryPolicySpec
{
    /// <summary>The mode.</summary>
    [ConfigProperty("mode")]
    public required MemoryPolicyMode Mode { get; init; }

    /// <summary>Nodes, as a list such as 0-3,7. MPOL_DEFAULT and MPOL_LOCAL allow none.</summary>
    [ConfigProperty("nodes")]
    public string? Nodes { get; init; }

    /// <summary>Flags of the mode; MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other.</summary>
    [ConfigProperty("flags")]
    public MemoryPolicyFlags Flags { get; init; }
}

/// <summary>MPOL_* (linux/mempolicy.h).</summary>
[Vocabulary("MemoryPolicyModes")]
internal enum MemoryPolicyMode
{
    [SpecName("MPOL_DEFAULT")] Default = 0,
    [SpecName("MPOL_BIND")] Bind = 2,
    [SpecName("MPOL_INTERLEAVE")] Interleave = 3,
    [SpecName("MPOL_WEIGHTED_INTERLEAVE")] WeightedInterleave = 6,
    [SpecName("MPOL_PREFERRED")] Preferred = 1,
    [SpecName("MPOL_PREFERRED_MANY")] PreferredMany = 5,
    [SpecName("MPOL_LOCAL")] Local = 4,
}

/// <summary>MPOL_F_* (linux/mempolicy.h), which are bits of the mode.</summary>
[Flags]
[Vocabulary("MemoryPolicyFlags")]
internal enum MemoryPolicyFlags
{
    None = 0,
    [SpecName("MPOL_F_NUMA_BALANCING")] NumaBalancing = 1 << 13,
    [SpecName("MPOL_F_RELATIVE_NODES")] RelativeNodes = 1 << 14,
    [SpecName("MPOL_F_STATIC_NODES")] StaticNodes = 1 << 15,
}

/// <summary>Mount propagation (mount_namespaces(7)), of the root and as mount options; the r is "with all mounts below".</summary>
[Vocabulary("Propagations")]
internal enum Propagation
{
    [SpecName("shared")] Shared,
    [SpecName("slave")] Slave,
    [SpecName("private")] Private,
    [SpecName("unbindable")] Unbindable,
    [SpecName("rshared")] RecursiveShared,
    [SpecName("rslave")] RecursiveSlave,
    [SpecName("rprivate")] RecursivePrivate,
    [SpecName("runbindable")] RecursiveUnbindable,
}

/// <summary>Execution domain (personality(2)).</summary>
[ConfigObject]
internal sealed partial record PersonalitySpec
{
    /// <summary>The domain.</summary>
    [ConfigProperty("domain")]
    public required PersonalityDomain Domain { get; init; }

    /// <summary>None: the specification defines no flag yet.</summary>
    [ConfigProperty("flags")]
    public IReadOnlyList<string> Flags { get; init; } = [];
}

/// <summary>PER_* (linux/personality.h).</summary>
[Vocabulary("PersonalityDomains")]
internal enum PersonalityDomain
{
    [SpecName("LINUX")] Linux = 0,
    [SpecName("LINUX32")] Linux32 = 8,
}
