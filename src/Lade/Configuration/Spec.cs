using System.Collections.Generic;

namespace Lade.Configuration;

/// <summary>
/// The whole of config.json (OCI runtime-spec 1.3, config.md). The records of this folder hold what the document says and nothing else:
/// a number that may be 0 is nullable, a list that is absent is empty unless absence means something of its own.
/// They are made by SpecReader and checked by SpecValidator; nothing here touches the system.
/// </summary>
internal sealed record Spec
{
    public required string OciVersion { get; init; }
    public RootSpec? Root { get; init; }
    public IReadOnlyList<MountSpec> Mounts { get; init; } = [];
    public ProcessSpec? Process { get; init; }
    public string? Hostname { get; init; }
    public string? Domainname { get; init; }
    public HooksSpec Hooks { get; init; } = HooksSpec.None;
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();
    public LinuxSpec? Linux { get; init; }

    /// <inheritdoc cref="LinuxSpec.Has"/>
    public bool Has(NamespaceType type) => Linux?.Has(type) == true;
}

/// <summary>config.md "Root".</summary>
internal sealed record RootSpec
{
    public required string Path { get; init; }
    public bool Readonly { get; init; }
}

/// <summary>One of <c>mounts[]</c> (config.md "Mounts").</summary>
internal sealed record MountSpec
{
    public required string Destination { get; init; }
    public string? Source { get; init; }
    public string? Type { get; init; }
    public IReadOnlyList<string> Options { get; init; } = [];
    public IReadOnlyList<IdMapping> UidMappings { get; init; } = [];
    public IReadOnlyList<IdMapping> GidMappings { get; init; } = [];
}

/// <summary>A range of user or group ids: <c>Size</c> ids from <c>ContainerId</c> inside are <c>HostId</c> and up outside (user_namespaces(7)).</summary>
internal sealed record IdMapping(uint ContainerId, uint HostId, uint Size);

/// <summary>The six hook lists (config.md "POSIX-platform Hooks").</summary>
internal sealed record HooksSpec
{
    public static HooksSpec None { get; } = new();

    public IReadOnlyList<HookSpec> Prestart { get; init; } = [];
    public IReadOnlyList<HookSpec> CreateRuntime { get; init; } = [];
    public IReadOnlyList<HookSpec> CreateContainer { get; init; } = [];
    public IReadOnlyList<HookSpec> StartContainer { get; init; } = [];
    public IReadOnlyList<HookSpec> Poststart { get; init; } = [];
    public IReadOnlyList<HookSpec> Poststop { get; init; } = [];
}

/// <summary>One hook. <c>Args</c> is the whole argv with argv[0]; empty means argv[0] is the path. <c>Timeout</c> is in seconds.</summary>
internal sealed record HookSpec
{
    public required string Path { get; init; }
    public IReadOnlyList<string> Args { get; init; } = [];

    /// <summary>null when absent: the hook then gets the runtime's environment, as with runc.</summary>
    public IReadOnlyList<string>? Env { get; init; }
    public int? Timeout { get; init; }
}
