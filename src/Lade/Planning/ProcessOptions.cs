using System.Collections.Generic;

namespace Lade.Planning;

/// <summary>What the options of `exec` say of the process; what they leave out comes from the container's configuration.</summary>
internal sealed record ProcessOptions
{
    public IReadOnlyList<string> Args { get; init; } = [];
    public string? Cwd { get; init; }

    /// <summary>Added behind the container's own, so that a later name wins.</summary>
    public IReadOnlyList<string> Env { get; init; } = [];

    public bool Terminal { get; init; }
    public uint? Uid { get; init; }
    public uint? Gid { get; init; }
    public IReadOnlyList<uint> AdditionalGids { get; init; } = [];
    public string? SelinuxLabel { get; init; }
    public string? ApparmorProfile { get; init; }

    /// <summary>null leaves it as it is.</summary>
    public bool? NoNewPrivileges { get; init; }

    /// <summary>Names of capabilities that the process has besides the container's.</summary>
    public IReadOnlyList<string> Capabilities { get; init; } = [];
}
