using System;
using System.Collections.Generic;

namespace Lade.Plan;

/// <summary>A compiled container: how to start `init`, what it executes, and what the user should be told.</summary>
internal sealed record ContainerPlan
{
    private readonly CloneFlags _startFlags;

    /// <summary>
    /// New namespaces of the process that `init` starts as; none when they are made later by <see cref="Clone"/>. Never a user namespace: the memory of a process
    /// that is executed in one belongs to it, so that not being dumpable closes it to nobody who has all rights over that namespace, and uid 0 outside has.
    /// </summary>
    public required CloneFlags StartFlags
    {
        get => _startFlags;
        init => _startFlags = (value & CloneFlags.CLONE_NEWUSER) == 0
            ? value
            : throw new InvalidOperationException("init is never started in a new user namespace");
    }

    public required IReadOnlyList<Operation> Operations { get; init; }

    /// <summary>What was asked for and cannot be granted, but is no error (config.md: capabilities).</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
