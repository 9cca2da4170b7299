using System;
using System.Collections.Generic;
using Lade.Cgroups.Statistics;
using Lade.Configuration;
using Lade.Linux;

namespace Lade.Cgroups;

/// <summary>Where the container's cgroup is: one directory on cgroup v2, one per hierarchy on v1.</summary>
internal interface IHasDirectories
{
    /// <summary>To be recorded before <see cref="INewCgroup.Create"/>, so that delete knows what to remove.</summary>
    IReadOnlyList<CgroupDirectory> Directories { get; }

    /// <summary>The directory with the files of <paramref name="controller"/> (<c>memory</c>); null when the container has none.</summary>
    string? PathOf(string controller);
}

/// <summary>What happens to the processes of a cgroup.</summary>
internal interface IHasCondition
{
    bool IsFrozen { get; }

    /// <summary>How many of its processes were OOM-killed, on v2 including sub-cgroups; 0 without a memory controller.</summary>
    long OomKills { get; }
}

/// <summary>Plans resources, and applies the part that waits for init.</summary>
internal interface IPlansLimits
{
    /// <summary>What the resources mean to this driver and cgroup version.</summary>
    /// <param name="at">Where <paramref name="resources"/> is in its document.</param>
    CgroupPlan Plan(ResourcesSpec? resources, CgroupChange change, JsonPointer at);

    /// <summary>Applies <see cref="CgroupPlan.DeferredLimits"/> and the device rules, when init is ready and before the container's program runs.</summary>
    void ApplyDeferredLimits(CgroupPlan plan);

    /// <summary>Writes the device rules: when init has made and mounted everything, before a process of the container can see it.</summary>
    void ApplyDeviceRules(CgroupPlan plan);
}

/// <summary>A cgroup whose limits can be set at any time.</summary>
internal interface IHasLimits : IPlansLimits
{
    /// <summary>Writes <see cref="CgroupPlan.Limits"/>.</summary>
    void ApplyLimits(CgroupPlan plan);

    /// <summary>Reads the limits that <paramref name="plan"/> is about to change.</summary>
    ISavedLimits Save(CgroupPlan plan);
}

/// <summary>The limits before an update, to roll back one that fails.</summary>
internal interface ISavedLimits
{
    /// <summary>What cannot be restored is logged as a warning, because another error led here.</summary>
    void Restore(Log log);
}

/// <summary>A cgroup of processes.</summary>
internal interface IHasProcesses
{
    /// <summary>All processes of the container, including those in sub-cgroups; none when the cgroup is gone.</summary>
    IReadOnlyList<int> Processes();

    /// <summary>
    /// Signals every process; none escapes by fork or into a sub-cgroup. SIGKILL reaches frozen processes too. On v1 it returns when no process is left, on v2 the
    /// kernel ends them asynchronously.
    /// </summary>
    /// <exception cref="LadeException">Some cannot be killed; the message lists them with their state.</exception>
    void Kill(int signal);
}

/// <summary>A cgroup that can be frozen.</summary>
internal interface IFreezable
{
    /// <summary>Returns when every process is frozen.</summary>
    void Freeze();

    void Thaw();

    /// <summary>Thaws the cgroup and its sub-cgroups where a frozen process would not take SIGKILL.</summary>
    /// <returns>Whether any was frozen.</returns>
    /// <exception cref="LadeException">An ancestor is frozen.</exception>
    bool ThawAll();

    /// <summary>
    /// Moves a process of the container back that was moved to a freezer cgroup elsewhere, which may be frozen (v1, where a process is in a cgroup of each hierarchy): every
    /// process that may write to both cgroups can do that.
    /// </summary>
    /// <returns>Whether it was elsewhere.</returns>
    bool Recapture(int pid);
}

/// <summary>A cgroup whose resource usage can be read.</summary>
internal interface IHasStatistics
{
    CgroupStatistics ReadStatistics();

    /// <summary>Watches for out-of-memory events; null when the container has no memory cgroup.</summary>
    OomWatch? WatchOom();
}

/// <summary>A cgroup that is removed with its container.</summary>
internal interface IRemovable
{
    /// <summary>
    /// Removes the recorded directories that lade created, and the sub-cgroups of the container. Waits up to 10 s for dying processes to leave. A directory that is
    /// gone is not an error.
    /// </summary>
    void Remove();
}

/// <summary>A cgroup below which the container can manage cgroups of its own.</summary>
internal interface IDelegatable
{
    /// <summary>
    /// v2: lets <paramref name="uid"/> (of the host) manage cgroups below, for a container with its own cgroup namespace and a writable cgroup mount. Nothing on v1,
    /// where the owner of a directory can change its limits.
    /// </summary>
    void Delegate(uint uid);

    /// <summary>
    /// v2: the sub-cgroup that the container manages itself (<c>run.oci.delegate-cgroup</c>), with a leading slash; the limits stay on the cgroup above it. Empty: the
    /// container's processes live in its cgroup.
    /// </summary>
    string DelegatedPath { get; }

    /// <summary>
    /// Creates the delegated sub-cgroup, moves the container's only process there and gives it to <paramref name="owner"/> (a host uid; null keeps root). The process
    /// has its cgroup namespace by then, so that the namespace's root is the cgroup above.
    /// </summary>
    void JoinDelegated(int pid, uint? owner);
}

/// <summary>
/// The cgroup of a container that is being created, in this order: locate, record <see cref="IHasDirectories.Directories"/> in the state, <see cref="Create"/>,
/// limits, <see cref="OpenJoin"/>, start init, <see cref="IPlansLimits.ApplyDeferredLimits"/> when init is ready. Processes are not moved by writing their pid, which
/// takes the kernel's threadgroup lock and waits for an RCU grace period (6-15 ms); init joins by itself.
/// </summary>
internal interface INewCgroup : IHasDirectories, IHasCondition, IPlansLimits, IDelegatable, IHasProcesses, IRemovable
{
    /// <summary>Creates the missing directories. After an error <see cref="IRemovable.Remove"/> removes those that were created.</summary>
    /// <param name="ignorePermissionErrors">Leaves out a hierarchy that is not writable (rootless); a limit that needs it fails when it is applied.</param>
    /// <exception cref="LadeException">Also when the cgroup has processes or is frozen.</exception>
    void Create(bool ignorePermissionErrors);

    /// <summary>How init joins; nothing when systemd moves it.</summary>
    CgroupJoin OpenJoin();
}

/// <summary>The cgroup of an existing container, as recorded in its state.</summary>
internal interface IExistingCgroup : IHasDirectories, IHasCondition, IHasLimits, IHasProcesses, IFreezable, IHasStatistics, IRemovable
{
    /// <summary>
    /// How a process of <c>exec</c> joins. When the container has split its v2 cgroup, processes are allowed in the leaves only, and it joins that of init.
    /// </summary>
    /// <param name="below">Sub-cgroup by controller (<c>exec --cgroup</c>); the key "" stands for all controllers.</param>
    CgroupJoin OpenExecJoin(int initPid, IReadOnlyDictionary<string, string>? below = null);
}

/// <summary>A cgroup that lade creates, limits and removes through its files.</summary>
internal interface ICgroup : INewCgroup, IExistingCgroup
{
    /// <summary>Why <paramref name="controller"/> has no files here, for an error; null when that is not known.</summary>
    string? WhyMissing(string controller);
}

/// <summary>Whether limits are set for the first time or changed by <c>update</c>, which does not touch device rules.</summary>
internal enum CgroupChange
{
    Create,
    Update,
}

/// <summary>How a process joins a cgroup without the threadgroup lock. A hybrid host needs both ways.</summary>
/// <param name="Tasks">v1: <c>tasks</c> files open for writing; the single-threaded process writes <c>0</c> into each.</param>
/// <param name="CloneInto">v2: the directory for <c>clone3(CLONE_INTO_CGROUP)</c>; null on pure v1.</param>
internal sealed record CgroupJoin(IReadOnlyList<Fd> Tasks, Fd? CloneInto) : IDisposable
{
    public void Dispose()
    {
        foreach (Fd fd in Tasks)
            fd.Dispose();
        CloneInto?.Dispose();
    }
}
