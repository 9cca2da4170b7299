using System.Collections.Generic;

namespace Lade.Plan;

/// <summary>A compiled container: how to start `init`, what it executes, and what the user should be told.</summary>
internal sealed record ContainerPlan
{
    /// <summary>New namespaces of the process that `init` starts as; none when they are made later by <see cref="Clone"/>.</summary>
    public required CloneFlags StartFlags { get; init; }

    public required IReadOnlyList<Operation> Operations { get; init; }

    /// <summary>What was asked for and cannot be granted, but is no error (config.md: capabilities).</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
