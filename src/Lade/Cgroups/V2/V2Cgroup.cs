using System;
using System.Collections.Generic;
using Lade.Cgroups.Controllers;
using Lade.Cgroups.Statistics;
using Lade.Configuration;
using Lade.Linux;

namespace Lade.Cgroups.V2;

/// <summary>A cgroup on a v2 host: one directory.</summary>
internal sealed class V2Cgroup(CgroupDirectory directory, string mountPoint, string delegatedPath = "") : ICgroup
{
    private const int FreezeMilliseconds = 10_000;

    /// <summary>null after <see cref="Create"/> without permission.</summary>
    private CgroupDirectory? _directory = directory;
    private bool _mayLackPermission;

    public IReadOnlyList<CgroupDirectory> Directories => _directory is null ? [] : [_directory];

    public bool IsFrozen => _directory is { } directory && ReadFrozen(directory.Path) == true;

    public long OomKills => _directory is { } directory ? (long)CgroupFile.Number(directory.Path + "/memory.events", "oom_kill") : 0;

    public string DelegatedPath => delegatedPath;

    private string Path => _directory?.Path ?? throw new LadeException("the container has no cgroup");

    public string? PathOf(string controller) => _directory?.Path;

    public string? WhyMissing(string controller) => _directory is { } directory ? V2Controllers.WhyMissing(directory.Path, controller) : null;

    public void Create(bool ignorePermissionErrors)
    {
        _mayLackPermission = ignorePermissionErrors;
        if (_directory is not { } wanted || (_directory = CgroupTree.Create(wanted, ignorePermissionErrors)) is not { } created)
            return;
        if (created.Missing == 0)
            CgroupTree.CheckUsable(this);
        V2Controllers.CheckType(created.Path);
        V2Controllers.EnableFor(mountPoint, created.Path);
        if (ignorePermissionErrors && !V2Delegation.MayMove(mountPoint, CgroupHost.UnifiedPath("self"), created.Path))
        {
            CgroupTree.Remove([created]);
            _directory = null;
        }
    }

    public CgroupPlan Plan(ResourcesSpec? resources, CgroupChange change, JsonPointer at) => new V2Files(change).Plan(resources, at);

    public void ApplyLimits(CgroupPlan plan) => LimitWriter.Write(this, plan.Limits);

    public void ApplyDeferredLimits(CgroupPlan plan) => LimitWriter.Write(this, plan.DeferredLimits);

    public void ApplyDeviceRules(CgroupPlan plan)
    {
        if (plan.DeviceInstructions is not null && _directory is not null)
            DeviceProgram.Attach(Path, plan.DeviceInstructions, _mayLackPermission);
    }

    public ISavedLimits Save(CgroupPlan plan) => SavedFiles.Read(this, plan);

    public CgroupJoin OpenJoin() => OpenJoin(below: null);

    public CgroupJoin OpenExecJoin(int initPid, IReadOnlyDictionary<string, string>? below = null)
    {
        if (_directory is not { } directory || below is not null
            || (delegatedPath.Length == 0 && string.IsNullOrEmpty(CgroupFile.TryRead(directory.Path + "/cgroup.subtree_control"))))
            return OpenJoin(below);
        Fd found = CgroupProcesses.Find(directory.Path, initPid)
            ?? throw new LadeException("the container's first process is not in its cgroup " + directory.Path, Errno.ENOENT);
        return new CgroupJoin([], found);
    }

    public void Delegate(uint uid)
    {
        if (_directory is { } directory)
            V2Delegation.ChangeOwner(directory.Path, uid);
    }

    public void JoinDelegated(int pid, uint? owner)
    {
        if (delegatedPath.Length == 0)
            return;
        V2Delegation.MoveToSubgroup(Path, delegatedPath, pid);
        if (owner is { } uid)
            V2Delegation.ChangeOwner(Path + delegatedPath, uid);
    }

    public IReadOnlyList<int> Processes() => _directory is { } directory ? CgroupProcesses.List(directory.Path) : [];

    public void Freeze()
    {
        if (!FreezeUnlessGone())
            throw new LadeException("freeze " + Path, Errno.ENOENT);
    }

    public void Thaw() => CgroupFile.WriteUnlessGone(Path + "/cgroup.freeze", "0");

    /// <summary>A frozen process of v2 takes SIGKILL without being thawed.</summary>
    public bool ThawAll() => false;

    public bool Recapture(int pid) => false;

    public CgroupStatistics ReadStatistics() => V2Statistics.Read(Path);

    public OomWatch? WatchOom() => _directory is { } directory ? OomWatch.OpenV2(directory.Path) : null;

    public void Kill(int signal)
    {
        if (_directory is not { } directory || !Files.Exists(directory.Path))
            return;
        if (signal == Libc.SIGKILL)
        {
            // One write for the whole subtree, frozen or not; no process can fork past it.
            if (Files.Exists(directory.Path + "/cgroup.kill"))
                CgroupFile.WriteUnlessGone(directory.Path + "/cgroup.kill", "1");
            else
                CgroupProcesses.KillAll([directory], freeze: () => CgroupFile.WriteUnlessGone(Path + "/cgroup.freeze", "1"), thaw: _ => Thaw(), directory.Path + "/pids.max");
            return;
        }

        bool wasFrozen = IsFrozen;
        if (!wasFrozen && !FreezeUnlessGone())
            return;
        try
        {
            CgroupProcesses.SignalAll([directory], signal);
        }
        finally
        {
            if (!wasFrozen)
                Thaw();
        }
    }

    public void Remove()
    {
        // A cgroup that existed before stays, but not the sub-cgroup that lade created in it.
        if (_directory is { Missing: 0 } directory && delegatedPath.Length > 0)
            CgroupTree.Remove([new CgroupDirectory("", directory.Path + delegatedPath, delegatedPath.Split('/').Length - 1)]);
        CgroupTree.Remove(Directories, _directory is { Missing: > 0 } ? () => Kill(Libc.SIGKILL) : null);
    }

    private CgroupJoin OpenJoin(IReadOnlyDictionary<string, string>? below) =>
        new([], _directory is { } directory ? Files.Open(CgroupPath.Below(directory.Path, below?.GetValueOrDefault("")), Libc.O_PATH | Libc.O_DIRECTORY) : null);

    /// <summary>False when the cgroup is gone: systemd removes that of a unit as soon as its last process has ended.</summary>
    private bool FreezeUnlessGone()
    {
        if (!CgroupFile.WriteUnlessGone(Path + "/cgroup.freeze", "1"))
            return Files.Exists(Path) ? throw new LadeException("freeze " + Path + " (this kernel has no cgroup.freeze)", Errno.ENOENT) : false;
        var backoff = new Backoff(FreezeMilliseconds);
        while (ReadFrozen(Path) is { } isFrozen)
        {
            if (isFrozen)
                return true;
            if (backoff.Sleep())
                continue;
            Thaw();
            throw new LadeException("freeze " + Path, Errno.ETIMEDOUT);
        }

        return false;
    }

    /// <summary>null when the cgroup is gone.</summary>
    private static bool? ReadFrozen(string path) => CgroupFile.TryRead(path + "/cgroup.events")?.Contains("frozen 1", StringComparison.Ordinal);
}
