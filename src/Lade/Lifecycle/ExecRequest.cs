using System.Collections.Generic;
using Lade.Planning;
using Lade.State;

namespace Lade.Lifecycle;

/// <summary>What <c>exec</c> is asked for. Every path is absolute already.</summary>
internal sealed record ExecRequest
{
    public required ContainerId Id { get; init; }
    public required string StateRoot { get; init; }

    /// <summary>A process document; with it <see cref="Options"/> says nothing.</summary>
    public string? ProcessFile { get; init; }

    public required ProcessOptions Options { get; init; }

    /// <summary>Return as soon as the program runs.</summary>
    public bool Detach { get; init; }

    public string? PidFile { get; init; }

    /// <summary>Socket that gets the master of the process's terminal.</summary>
    public string? ConsoleSocket { get; init; }

    /// <summary>Socket that gets a pidfd of the process.</summary>
    public string? PidfdSocket { get; init; }

    /// <summary>How many descriptors, counted from 3, the process inherits.</summary>
    public int PreserveFds { get; init; }

    /// <summary>Cgroups below the container's, by controller; the key "" stands for all. null is the container's own.</summary>
    public IReadOnlyDictionary<string, string>? Cgroups { get; init; }

    public bool IgnorePaused { get; init; }
    public RootlessCgroups Rootless { get; init; }
    public required Log Log { get; init; }
}
