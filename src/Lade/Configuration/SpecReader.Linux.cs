namespace Lade.Configuration;

internal static partial class SpecReader
{
    /// <summary>Largest device numbers of the kernel: 12 bits of major and 20 of minor number (makedev(3)).</summary>
    private const long MaxMajor = 0xfff;
    private const long MaxMinor = 0xfffff;

    private static LinuxSpec LinuxOf(JsonObjectReader json) => new()
    {
        Namespaces = json.Array("namespaces"u8, NamespaceOf),
        UidMappings = json.Array("uidMappings"u8, IdMappingOf),
        GidMappings = json.Array("gidMappings"u8, IdMappingOf),
        TimeOffsets = json.Objects("timeOffsets"u8, TimeOffsetOf),
        Devices = json.Array("devices"u8, DeviceOf),
        NetDevices = json.Objects("netDevices"u8, device => new NetDeviceSpec(device.String("name"u8))),
        CgroupsPath = json.String("cgroupsPath"u8),
        Resources = json.Object("resources"u8) is { } resources ? ResourcesOf(resources) : null,
        IntelRdt = json.Object("intelRdt"u8) is { } rdt ? IntelRdtOf(rdt) : null,
        MemoryPolicy = json.Object("memoryPolicy"u8) is { } policy ? MemoryPolicyOf(policy) : null,
        Sysctl = json.Map("sysctl"u8),
        Seccomp = json.Object("seccomp"u8) is { } seccomp ? SeccompOf(seccomp) : null,
        RootfsPropagation = json.Choice("rootfsPropagation"u8, SpecNames.Propagations) >= 0 ? json.String("rootfsPropagation"u8) : null,
        MaskedPaths = json.Strings("maskedPaths"u8),
        ReadonlyPaths = json.Strings("readonlyPaths"u8),
        MountLabel = json.String("mountLabel"u8),
        Personality = json.Object("personality"u8) is { } personality ? PersonalityOf(personality) : null,
    };

    private static NamespaceSpec NamespaceOf(JsonObjectReader json) =>
        new((NamespaceType)json.RequiredChoice("type"u8, SpecNames.Namespaces), json.String("path"u8));

    private static TimeOffset TimeOffsetOf(JsonObjectReader json) =>
        new(json.Int64("secs"u8) ?? 0, json.UInt32("nanosecs"u8, max: 999_999_999) ?? 0);

    private static DeviceSpec DeviceOf(JsonObjectReader json)
    {
        int type = json.RequiredChoice("type"u8, SpecNames.DeviceTypes);
        char letter = type < 0 ? '\0' : "cbup"[type];
        return new DeviceSpec
        {
            Type = letter,
            Path = json.RequiredString("path"u8),
            Major = json.Int64("major"u8, 0, MaxMajor),
            Minor = json.Int64("minor"u8, 0, MaxMinor),
            FileMode = json.UInt32("fileMode"u8) is { } mode ? WithoutType(mode, letter) : null,
            Uid = json.UInt32("uid"u8),
            Gid = json.UInt32("gid"u8),
        };
    }

    /// <summary>Some engines write the whole st_mode of the host's node; type bits that agree with <c>type</c> say nothing new.</summary>
    private static uint WithoutType(uint mode, char type)
    {
        const uint FormatBits = 0xf000; // S_IFMT, and below S_IFBLK, S_IFIFO, S_IFCHR of inode(7)
        uint format = type switch
        {
            'b' => 0x6000,
            'p' => 0x1000,
            _ => 0x2000,
        };
        return (mode & FormatBits) == format ? mode & ~FormatBits : mode;
    }

    private static IntelRdtSpec IntelRdtOf(JsonObjectReader json) => new()
    {
        ClosId = json.String("closID"u8),
        L3CacheSchema = json.String("l3CacheSchema"u8),
        MemBwSchema = json.String("memBwSchema"u8),
        Schemata = json.Strings("schemata"u8),
        EnableMonitoring = json.Bool("enableMonitoring"u8),
    };

    private static MemoryPolicySpec MemoryPolicyOf(JsonObjectReader json) => new()
    {
        Mode = json.RequiredWord("mode"u8, SpecNames.MemoryPolicyModes),
        Nodes = json.String("nodes"u8),
        Flags = json.Words("flags"u8, SpecNames.MemoryPolicyFlags),
    };

    private static PersonalitySpec PersonalityOf(JsonObjectReader json) => new()
    {
        Domain = json.RequiredWord("domain"u8, SpecNames.PersonalityDomains),
        Flags = json.Strings("flags"u8),
    };
}
