using System;
using Lade.Linux;

namespace Lade.Cgroups;

/// <summary>The kernel's word that a cgroup ran out of memory: a descriptor for poll(2), and how often it happened since the last look.</summary>
internal abstract class OomWatch : IDisposable
{
    public abstract Fd Descriptor { get; }

    /// <summary>What to poll for.</summary>
    public abstract short PollEvents { get; }

    /// <summary>The number of times since the last call; 0 when something else has woken the poll.</summary>
    public abstract long Take();

    /// <summary>True when the cgroup was found to be removed; a poll for it would return at once for ever.</summary>
    public bool IsGone { get; protected set; }

    public void Dispose() => Descriptor.Dispose();
}
