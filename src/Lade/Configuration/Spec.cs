using System.Collections.Generic;

namespace Lade.Configuration;

/// <summary>The whole of config.json (OCI runtime-spec 1.3, config.md).</summary>
/// <remarks>
/// The records of this folder hold what the document says and nothing else: a number that may be 0 is nullable, a list that is absent is empty unless absence means
/// something of its own. They are made by SpecReader and checked by SpecValidator; nothing here touches the system.
/// </remarks>
[ConfigObject(OtherPlatforms = "freebsd solaris vm windows zos")]
internal sealed partial record Spec
{
    /// <summary>Version of the specification that the bundle follows, a semantic version; any 1.x is supported.</summary>
    [ConfigProperty("ociVersion")]
    public required string OciVersion { get; init; }

    /// <summary>The root filesystem.</summary>
    [ConfigProperty("root", IsDemanded = true)]
    public RootSpec? Root { get; init; }

    /// <summary>Mounts below the root, made in this order.</summary>
    [ConfigProperty("mounts")]
    public IReadOnlyList<MountSpec> Mounts { get; init; } = [];

    /// <summary>The container's program. `start` needs it, `create` does not.</summary>
    [ConfigProperty("process")]
    public ProcessSpec? Process { get; init; }

    /// <summary>Host name in the container's UTS namespace, at most 64 bytes.</summary>
    [ConfigProperty("hostname")]
    public string? Hostname { get; init; }

    /// <summary>NIS domain name in the container's UTS namespace, at most 64 bytes.</summary>
    [ConfigProperty("domainname")]
    public string? Domainname { get; init; }

    /// <summary>Programs to run at points of the container's lifecycle.</summary>
    [ConfigProperty("hooks")]
    public HooksSpec Hooks { get; init; } = HooksSpec.None;

    /// <summary>Metadata by name. Those of run.oci.*, org.criu.config and org.systemd.property.* change what lade does.</summary>
    [ConfigProperty("annotations", AllowsNul = true)]
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>What only Linux has.</summary>
    [ConfigProperty("linux")]
    public LinuxSpec? Linux { get; init; }

    /// <inheritdoc cref="LinuxSpec.Has"/>
    public bool Has(NamespaceType type) => Linux?.Has(type) == true;

    /// <inheritdoc cref="LinuxSpec.Makes"/>
    public bool Makes(NamespaceType type) => Linux?.Makes(type) == true;

    /// <inheritdoc cref="LinuxSpec.PathOf"/>
    public string? PathOf(NamespaceType type) => Linux?.PathOf(type);
}

/// <summary>The root filesystem (config.md "Root").</summary>
[ConfigObject]
internal sealed partial record RootSpec
{
    /// <summary>Directory of the root filesystem, absolute or relative to the bundle.</summary>
    [ConfigProperty("path")]
    public required string Path { get; init; }

    /// <summary>Whether the root filesystem is mounted read-only.</summary>
    [ConfigProperty("readonly")]
    public bool Readonly { get; init; }
}

/// <summary>A mount (config.md "Mounts").</summary>
[ConfigObject]
internal sealed partial record MountSpec
{
    /// <summary>Path in the container. A relative one is deprecated and is relative to /.</summary>
    [ConfigProperty("destination")]
    public required string Destination { get; init; }

    /// <summary>Device, name or, for a bind mount, path on the host, absolute or relative to the bundle.</summary>
    [ConfigProperty("source")]
    public string? Source { get; init; }

    /// <summary>Filesystem type; not needed with the options bind, rbind and remount and with those that only change the propagation.</summary>
    [ConfigProperty("type")]
    public string? Type { get; init; }

    /// <summary>Mount options: attributes, propagation, and data for the filesystem.</summary>
    [ConfigProperty("options")]
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>User ids of an id-mapped mount; needs gidMappings too.</summary>
    [ConfigProperty("uidMappings")]
    public IReadOnlyList<IdMapping> UidMappings { get; init; } = [];

    /// <summary>Group ids of an id-mapped mount; needs uidMappings too.</summary>
    [ConfigProperty("gidMappings")]
    public IReadOnlyList<IdMapping> GidMappings { get; init; } = [];

    /// <summary>A mount of what is at a path of the host, not of a filesystem of its own.</summary>
    public bool IsBind => HasOption("bind") || HasOption("rbind");

    /// <summary>A change of a mount that exists.</summary>
    public bool IsRemount => HasOption("remount");

    private bool HasOption(string name)
    {
        for (int i = 0; i < Options.Count; i++)
        {
            if (Options[i] == name)
                return true;
        }

        return false;
    }
}

/// <summary>A range of user or group ids and what they are outside (user_namespaces(7)).</summary>
/// <param name="ContainerId">First id inside.</param>
/// <param name="HostId">First id outside.</param>
/// <param name="Size">Number of ids, at least 1.</param>
[ConfigObject]
internal sealed partial record IdMapping(
    [ConfigProperty("containerID")] uint ContainerId, [ConfigProperty("hostID")] uint HostId, [ConfigProperty("size")] uint Size);

/// <summary>Programs to run at points of the container's lifecycle, in the order of these points (config.md "POSIX-platform Hooks").</summary>
[ConfigObject]
internal sealed partial record HooksSpec
{
    public static HooksSpec None { get; } = new();

    /// <summary>During create, in the runtime's namespaces. Deprecated: use createRuntime.</summary>
    [ConfigProperty("prestart")]
    public IReadOnlyList<HookSpec> Prestart { get; init; } = [];

    /// <summary>During create, in the runtime's namespaces, after the container's namespaces were made and before pivot_root.</summary>
    [ConfigProperty("createRuntime")]
    public IReadOnlyList<HookSpec> CreateRuntime { get; init; } = [];

    /// <summary>During create, in the container's namespaces, before pivot_root; the path is one of the host.</summary>
    [ConfigProperty("createContainer")]
    public IReadOnlyList<HookSpec> CreateContainer { get; init; } = [];

    /// <summary>During start, in the container's namespaces, before the program; the path is one of the container.</summary>
    [ConfigProperty("startContainer")]
    public IReadOnlyList<HookSpec> StartContainer { get; init; } = [];

    /// <summary>During start, in the runtime's namespaces, after the program was executed.</summary>
    [ConfigProperty("poststart")]
    public IReadOnlyList<HookSpec> Poststart { get; init; } = [];

    /// <summary>During delete, in the runtime's namespaces, after the container was removed.</summary>
    [ConfigProperty("poststop")]
    public IReadOnlyList<HookSpec> Poststop { get; init; } = [];
}

/// <summary>A hook. It gets the container's state on standard input.</summary>
[ConfigObject]
internal sealed partial record HookSpec
{
    /// <summary>Absolute path of the program.</summary>
    [ConfigProperty("path")]
    public required string Path { get; init; }

    /// <summary>All arguments, with the program's name as the first. When empty, the path is the only one.</summary>
    [ConfigProperty("args")]
    public IReadOnlyList<string> Args { get; init; } = [];

    /// <summary>Environment, as NAME=VALUE. When absent, the hook gets the runtime's environment, as with runc.</summary>
    [ConfigProperty("env")]
    public IReadOnlyList<string>? Env { get; init; }

    /// <summary>Seconds after which the hook is killed and has failed.</summary>
    [ConfigProperty("timeout", Min = 1)]
    public int? Timeout { get; init; }
}
