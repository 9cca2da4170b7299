using System;
using System.Collections.Generic;

namespace Lade.Plan;

/// <summary>A compiled container: how to start `init`, the operations it executes, and warnings for the user.</summary>
internal sealed record ContainerPlan
{
    private readonly CloneFlags _startFlags;

    /// <summary>
    /// Namespaces to create when starting `init`; none if <see cref="Clone"/> creates them later. Never a user namespace: the memory of a process executed
    /// inside one belongs to that namespace, so that clearing its dumpable flag would not protect it from a process with all capabilities there, such as uid 0
    /// outside.
    /// </summary>
    public required CloneFlags StartFlags
    {
        get => _startFlags;
        init => _startFlags = (value & CloneFlags.CLONE_NEWUSER) == 0
            ? value
            : throw new InvalidOperationException("init is never started in a new user namespace");
    }

    public required IReadOnlyList<Operation> Operations { get; init; }

    /// <summary>What was requested but cannot be granted, without being an error (config.md, capabilities).</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
