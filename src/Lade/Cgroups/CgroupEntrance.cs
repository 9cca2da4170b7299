using System;
using System.Collections.Generic;
using Lade.Linux;

namespace Lade.Cgroups;

/// <summary>
/// How a process gets into the container's cgroup without the threadgroup lock. Both ways are used together on a hybrid host.
/// </summary>
/// <param name="Tasks">v1: <c>tasks</c> files open for writing; the single-threaded process writes <c>0</c> into each.</param>
/// <param name="CloneInto">v2: the directory, for <c>clone3(CLONE_INTO_CGROUP)</c>; null on pure v1.</param>
internal sealed record CgroupEntrance(IReadOnlyList<Fd> Tasks, Fd? CloneInto) : IDisposable
{
    public void Dispose()
    {
        foreach (Fd fd in Tasks)
            fd.Dispose();
        CloneInto?.Dispose();
    }
}
