using System.Collections.Generic;

namespace Lade.Planning;

/// <summary>The process options of `exec`; omitted ones come from the container's configuration.</summary>
internal sealed record ProcessOptions
{
    public IReadOnlyList<string> Args { get; init; } = [];
    public string? Cwd { get; init; }

    /// <summary>Appended to the container's own, so that a later name wins.</summary>
    public IReadOnlyList<string> Env { get; init; } = [];

    public bool Terminal { get; init; }
    public uint? Uid { get; init; }
    public uint? Gid { get; init; }
    public IReadOnlyList<uint> AdditionalGids { get; init; } = [];
    public string? SelinuxLabel { get; init; }
    public string? ApparmorProfile { get; init; }

    /// <summary>null leaves it unchanged.</summary>
    public bool? NoNewPrivileges { get; init; }

    /// <summary>Capabilities that the process has in addition to the container's.</summary>
    public IReadOnlyList<string> Capabilities { get; init; } = [];
}
