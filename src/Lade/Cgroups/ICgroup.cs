using System.Collections.Generic;
using Lade.Cgroups.Statistics;
using Lade.Configuration;

namespace Lade.Cgroups;

/// <summary>Where the container's cgroup is: one directory on cgroup v2, one per hierarchy on v1.</summary>
internal interface IHasDirectories
{
    /// <summary>Where it is and how much of each path lade makes. To be recorded (as text) before <see cref="INewCgroup.Create"/>.</summary>
    IReadOnlyList<CgroupDirectory> Directories { get; }

    /// <summary>The directory that holds the files of <paramref name="controller"/> (<c>memory</c>), null when the container has none.</summary>
    string? PathOf(string controller);
}

/// <summary>What can hinder or has hit the processes in a cgroup.</summary>
internal interface IHasCondition
{
    bool IsFrozen { get; }

    /// <summary>How many of its processes the kernel has killed because memory was short, on v2 those of sub-cgroups included; 0 when nobody counts.</summary>
    long OomKills { get; }
}

/// <summary>Resources become a plan; a part of it can be applied only when init is ready.</summary>
internal interface IPlansLimits
{
    /// <summary>What the resources mean to this driver and version of cgroups.</summary>
    /// <param name="at">Where <paramref name="resources"/> stands in its document.</param>
    CgroupPlan Plan(ResourcesSpec? resources, CgroupChange change, JsonPointer at);

    /// <summary>Writes <see cref="CgroupPlan.Guards"/> and the device rules: when init is ready, before the user's program runs.</summary>
    void ApplyGuards(CgroupPlan plan);
}

/// <summary>A cgroup whose limits can be set at any time.</summary>
internal interface IHasLimits : IPlansLimits
{
    /// <summary>Writes <see cref="CgroupPlan.Limits"/>: before init starts, or beside it.</summary>
    void ApplyLimits(CgroupPlan plan);

    /// <summary>What <paramref name="plan"/> is about to change.</summary>
    ISavedLimits Save(CgroupPlan plan);
}

/// <summary>A cgroup of processes.</summary>
internal interface IHasProcesses
{
    /// <summary>All processes of the container, those in sub-cgroups included; none when the cgroup is gone.</summary>
    IReadOnlyList<int> Processes();

    /// <summary>
    /// Signals every process, with none escaping by fork or into a cgroup below. SIGKILL reaches frozen processes too; on v1 it returns when nobody is left, on v2
    /// the kernel sees to that.
    /// </summary>
    /// <exception cref="LadeException">Some cannot be killed; the message says which, and their state.</exception>
    void Kill(int signal);
}

/// <summary>A cgroup whose processes can be made to stand still.</summary>
internal interface IFreezable
{
    /// <summary>Returns when every process stands still.</summary>
    void Freeze();

    void Thaw();

    /// <summary>Thaws the cgroup and all below it as far as frozen processes would not take their SIGKILL.</summary>
    /// <returns>Whether any was frozen.</returns>
    /// <exception cref="LadeException">They are frozen from above.</exception>
    bool ThawAll();
}

/// <summary>A cgroup whose use of resources can be read.</summary>
internal interface IHasStatistics
{
    /// <summary>What the container uses now.</summary>
    CgroupStatistics ReadStatistics();

    /// <summary>Waits for it to run out of memory; null when the container has no cgroup that could tell.</summary>
    OomWatch? WatchOom();
}

/// <summary>A cgroup that goes with its container.</summary>
internal interface IRemovable
{
    /// <summary>
    /// Removes the recorded directories that lade made, with the sub-cgroups the container made below. Waits, up to 10 s, for dying processes to leave.
    /// A directory that is gone, or that lade did not make, is no error.
    /// </summary>
    void Remove();
}

/// <summary>A cgroup of which the container, or its owner, can manage a part.</summary>
internal interface IDelegatable
{
    /// <summary>
    /// v2: lets <paramref name="uid"/> (of the host) manage cgroups below, for a container with its own cgroup namespace and a writable cgroup mount.
    /// Nothing on v1, where the owner of a directory can change its limits.
    /// </summary>
    void Delegate(uint uid);

    /// <summary>
    /// v2: the sub-cgroup that the container manages itself, without limits of ours (<c>run.oci.delegate-cgroup</c>), with a leading slash. Empty: there
    /// is none, and the container's processes live in its cgroup.
    /// </summary>
    string Part { get; }

    /// <summary>
    /// Makes <see cref="Part"/>, moves the container's first and only process there, and gives the part to <paramref name="owner"/> (a uid of the host; null: it stays
    /// ours). The process is in its cgroup namespace by then: the namespace's root is the cgroup above.
    /// </summary>
    void EnterPart(int pid, uint? owner);
}

/// <summary>
/// The cgroup of a container that is being made. Lifecycle drives it in this order: <see cref="Cgroup.For"/>, record <see cref="IHasDirectories.Directories"/> in the
/// state, <see cref="Create"/>, limits, <see cref="Open"/>, start init, <see cref="IPlansLimits.ApplyGuards"/> when init has set everything up.
/// This folder owns cgroup paths, limits and device rules. It never moves a process by writing its pid: that takes the kernel's threadgroup lock and waits for an RCU
/// grace period (6-15 ms); init enters by itself, through what <see cref="Open"/> gives.
/// </summary>
internal interface INewCgroup : IHasDirectories, IHasCondition, IPlansLimits, IDelegatable, IHasProcesses, IRemovable
{
    /// <summary>
    /// Makes the missing directories. Fails on a cgroup that has processes or is frozen. What was made before a failure stays: <see cref="IRemovable.Remove"/> undoes it.
    /// </summary>
    /// <param name="ignorePermissionErrors">A hierarchy that may not be written is left out (rootless); a limit that needs it fails when it is applied.</param>
    void Create(bool ignorePermissionErrors);

    /// <summary>The descriptors through which init enters; none when systemd moves it.</summary>
    CgroupEntrance Open();
}

/// <summary>The cgroup of a container that exists, from what its state recorded.</summary>
internal interface IExistingCgroup : IHasDirectories, IHasCondition, IHasLimits, IHasProcesses, IFreezable, IHasStatistics, IRemovable
{
    /// <summary>
    /// The descriptors through which a process of <c>exec</c> enters. When the container has split its v2 cgroup, processes may live only in the parts, and the one where
    /// init lives is taken.
    /// </summary>
    /// <param name="below">Sub-cgroup by controller (<c>exec --cgroup</c>); the key "" stands for all.</param>
    CgroupEntrance OpenForExec(int initPid, IReadOnlyDictionary<string, string>? below = null);
}

/// <summary>A cgroup as files of v1 or v2, which lade makes, limits and removes without help.</summary>
internal interface ICgroup : INewCgroup, IExistingCgroup
{
    /// <summary>Why <paramref name="controller"/> has no files here, for an error; null when nothing is known.</summary>
    string? WhyMissing(string controller);
}

/// <summary>Whether limits are set for the first time or changed by <c>update</c>, which leaves device rules alone.</summary>
internal enum CgroupChange
{
    Create,
    Update,
}
