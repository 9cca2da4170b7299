using System;
using System.Collections.Generic;
using System.Text;
using Lade.Cgroups.Controllers;
using Lade.Cgroups.Statistics;
using Lade.Configuration;
using Lade.Linux;

namespace Lade.Cgroups.V1;

/// <summary>A cgroup on a v1 or hybrid host: a directory in each v1 hierarchy, and one in the cgroup2 hierarchy if there is one.</summary>
internal sealed class V1Cgroup(List<CgroupDirectory> directories) : ICgroup
{
    public IReadOnlyList<CgroupDirectory> Directories => directories;

    public string DelegatedPath => "";

    public bool IsFrozen => PathOf("freezer") is { } freezer && V1Freezer.IsFrozen(freezer);

    public long OomKills => PathOf("memory") is { } memory ? (long)CgroupFile.Number(memory + "/memory.oom_control", "oom_kill") : 0;

    /// <summary>The list of processes that can be frozen, if there is one.</summary>
    private CgroupDirectory? ProcessDirectory =>
        directories.Find(d => d.Has("freezer")) ?? directories.Find(d => d.Has("devices")) ?? (directories.Count > 0 ? directories[0] : null);

    public string? PathOf(string controller) => directories.Find(d => d.Has(controller))?.Path;

    public string? WhyMissing(string controller) => null;

    public void Create(bool ignorePermissionErrors)
    {
        bool allNew = true;
        for (int i = 0; i < directories.Count; i++)
        {
            if (CgroupTree.Create(directories[i], ignorePermissionErrors) is not { } created
                || (created.Has("cpuset") && !V1Cpuset.Inherit(created, ignorePermissionErrors)))
            {
                directories.RemoveAt(i--);
                continue;
            }

            directories[i] = created;
            allNew &= created.Missing > 0;
        }

        if (!allNew)
            CgroupTree.CheckUsable(this);
        if (ignorePermissionErrors)
            directories.RemoveAll(d => d.Missing == 0 && !IsWritable(d));
    }

    public CgroupPlan Plan(ResourcesSpec? resources, CgroupChange change, JsonPointer at) => new V1Files(change).Plan(resources, at);

    public void ApplyLimits(CgroupPlan plan) => LimitWriter.Write(this, plan.Limits);

    public void ApplyDeferredLimits(CgroupPlan plan) => LimitWriter.Write(this, plan.DeferredLimits);

    public void ApplyDeviceRules(CgroupPlan plan) => LimitWriter.Write(this, plan.DeviceRules);

    public ISavedLimits Save(CgroupPlan plan) => SavedFiles.Read(this, plan);

    public CgroupJoin OpenJoin() => OpenJoin(below: null);

    public CgroupJoin OpenExecJoin(int initPid, IReadOnlyDictionary<string, string>? below = null) => OpenJoin(below);

    public void Delegate(uint uid)
    {
    }

    public void JoinDelegated(int pid, uint? owner)
    {
    }

    public IReadOnlyList<int> Processes() => ProcessDirectory is { } directory ? CgroupProcesses.List(directory.Path) : [];

    public void Freeze() => V1Freezer.Freeze(PathOf("freezer") ?? throw NoFreezer("freeze"));

    public void Thaw() => V1Freezer.Thaw(PathOf("freezer") ?? throw NoFreezer("thaw"));

    public bool ThawAll() => PathOf("freezer") is { } freezer && V1Freezer.ThawTree(freezer);

    public bool Recapture(int pid) => PathOf("freezer") is { } freezer && V1Freezer.Recapture(freezer, pid);

    public CgroupStatistics ReadStatistics() => V1Statistics.Read(PathOf);

    public OomWatch? WatchOom() => PathOf("memory") is { } memory ? OomWatch.OpenV1(memory) : null;

    public void Kill(int signal)
    {
        string? freezer = PathOf("freezer") is { } path && Files.Exists(path + "/freezer.state") ? path : null;
        if (signal == Libc.SIGKILL)
        {
            CgroupProcesses.KillAll(
                directories,
                freeze: () => _ = freezer is not null && V1Freezer.TryFreeze(freezer, V1Freezer.RoundMilliseconds),
                thaw: survivors =>
                {
                    ThawAll();
                    foreach (int pid in survivors)
                        Recapture(pid);
                },
                PathOf("pids") is { } pids ? pids + "/pids.max" : null);
            return;
        }

        // Frozen processes cannot fork past the list. Those of a paused container take the signal when it is resumed.
        bool wasFrozen = freezer is not null && V1Freezer.IsFrozen(freezer);
        if (freezer is not null && !wasFrozen)
            V1Freezer.TryFreeze(freezer, V1Freezer.KillMilliseconds);
        try
        {
            CgroupProcesses.SignalAll(ProcessDirectory is { } directory ? [directory] : [], signal);
        }
        finally
        {
            if (freezer is not null && !wasFrozen)
                V1Freezer.Thaw(freezer);
        }
    }

    public void Remove() => CgroupTree.Remove(directories, directories.Exists(d => d.Missing == 0) ? null : () => Kill(Libc.SIGKILL));

    private CgroupJoin OpenJoin(IReadOnlyDictionary<string, string>? below)
    {
        var tasks = new List<Fd>(directories.Count);
        Fd? cloneInto = null;
        try
        {
            foreach (CgroupDirectory directory in directories)
            {
                string path = CgroupPath.Below(directory.Path, SubgroupFor(directory, below));
                if (directory.IsUnified)
                    cloneInto = Files.Open(path, Libc.O_PATH | Libc.O_DIRECTORY);
                else
                    tasks.Add(Files.Open(path + "/tasks", Libc.O_WRONLY));
            }
        }
        catch
        {
            new CgroupJoin(tasks, cloneInto).Dispose();
            throw;
        }

        return new CgroupJoin(tasks, cloneInto);
    }

    private static string? SubgroupFor(CgroupDirectory directory, IReadOnlyDictionary<string, string>? below)
    {
        if (below is null)
            return null;
        foreach (string controller in directory.Controllers.Split(','))
        {
            if (controller.Length > 0 && below.TryGetValue(controller, out string? subgroup))
                return subgroup;
        }

        return below.GetValueOrDefault("");
    }

    private static bool IsWritable(CgroupDirectory directory) =>
        Libc.faccessat(Libc.AT_FDCWD, directory.Path + (directory.IsUnified ? "/cgroup.procs" : "/tasks"), 2, 0) == 0;

    private static LadeException NoFreezer(string action) => new("cannot " + action + ": the container has no cgroup of the controller freezer");
}

/// <summary>A new v1 cpuset has no CPUs and no memory nodes, and takes no process before it has: it inherits its parent's, from the top down.</summary>
internal static class V1Cpuset
{
    /// <param name="ignorePermissionErrors">Returns false where the caller has no permission.</param>
    public static bool Inherit(CgroupDirectory directory, bool ignorePermissionErrors)
    {
        foreach (string file in (ReadOnlySpan<string>)["/cpuset.cpus", "/cpuset.mems"])
        {
            Errno errno = default;
            Inherit(directory.Path, directory.Missing, file, ref errno);
            if (errno.Value == 0)
                continue;
            return ignorePermissionErrors && CgroupTree.IsPermission(errno) ? false : throw new LadeException("set " + directory.Path + file + " to the parent's", errno);
        }

        return true;
    }

    private static byte[] Inherit(string path, int missing, string file, ref Errno errno)
    {
        // A new cpuset is empty; no need to read it.
        byte[] own = missing > 0 ? [] : Files.ReadSmall(path + file);
        if (missing == 0 && own.AsSpan().Trim((byte)'\n').Length > 0)
            return own;
        byte[] inherited = Inherit(CgroupPath.Parent(path), Math.Max(0, missing - 1), file, ref errno);
        if (errno.Value == 0)
            errno = Files.TryWriteValue(path + file, Encoding.ASCII.GetString(inherited));
        return inherited;
    }
}
