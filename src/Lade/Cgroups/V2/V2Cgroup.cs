using System;
using System.Collections.Generic;
using Lade.Cgroups.Controllers;
using Lade.Cgroups.Statistics;
using Lade.Configuration;
using Lade.Linux;

namespace Lade.Cgroups.V2;

/// <summary>A cgroup on a v2 host: one directory.</summary>
internal sealed class V2Cgroup(CgroupDirectory directory, string mountPoint, string part = "") : ICgroup
{
    private const int FreezeMilliseconds = 10_000;

    private CgroupDirectory? _directory = directory;
    private bool _mayLackPermission;

    public IReadOnlyList<CgroupDirectory> Directories => _directory is null ? [] : [_directory];

    public bool IsFrozen => _directory is { } directory && IsFrozenIn(Files.TryReadText(directory.Path + "/cgroup.events"));

    public long OomKills => _directory is { } directory ? KeyedFile.Number(directory.Path + "/memory.events", "oom_kill") ?? 0 : 0;

    private string Path => _directory?.Path ?? throw new LadeException("the container has no cgroup");

    public string Part => part;

    public string? PathOf(string controller) => _directory?.Path;

    public string? WhyMissing(string controller) => _directory is { } directory ? V2Controllers.WhyMissing(directory.Path, controller) : null;

    public void Create(bool ignorePermissionErrors)
    {
        if (_directory is not { } wanted)
            return;
        _mayLackPermission = ignorePermissionErrors;
        try
        {
            _directory = CgroupTree.Make(wanted);
            if (_directory.Missing == 0)
                CgroupTree.CheckFit(this);
            V2Controllers.CheckType(_directory.Path);
            V2Controllers.Enable(mountPoint, _directory);
        }
        catch (LadeException e) when (ignorePermissionErrors && CgroupTree.IsPermission(e.Errno))
        {
            _directory = null;
            return;
        }

        if (ignorePermissionErrors && !V2Entry.IsPermitted(mountPoint, CgroupHost.UnifiedPath(Files.ReadAll("/proc/self/cgroup")), _directory.Path))
        {
            CgroupTree.Remove([_directory]);
            _directory = null;
        }
    }

    public CgroupPlan Plan(ResourcesSpec? resources, CgroupChange change, JsonPointer at) => V2Files.Plan(resources, change, at);

    public void ApplyLimits(CgroupPlan plan) => CgroupWriter.Write(this, plan.Limits);

    public void ApplyGuards(CgroupPlan plan)
    {
        CgroupWriter.Write(this, plan.Guards);
        if (plan.DeviceInstructions is null || _directory is null)
            return;
        try
        {
            using Fd program = Bpf.LoadDeviceProgram([.. plan.DeviceInstructions]);
            using Fd cgroup = Files.Open(Path, Libc.O_RDONLY | Libc.O_DIRECTORY);
            Bpf.SetDeviceProgram(cgroup, program, Path);
        }
        catch (LadeException e) when (_mayLackPermission && CgroupTree.IsPermission(e.Errno))
        {
            // Only root may load such a program. Whoever is not root opens no device by it either: node and owner are the host's.
        }
    }

    public ISavedLimits Save(CgroupPlan plan) => CgroupSnapshot.Take(this, plan);

    public CgroupEntrance Open() => Open(below: null);

    public CgroupEntrance OpenForExec(int initPid, IReadOnlyDictionary<string, string>? below = null)
    {
        if (_directory is not { } directory || below is not null
            || (part.Length == 0 && string.IsNullOrEmpty(Files.TryReadText(directory.Path + "/cgroup.subtree_control"))))
            return Open(below);
        return new CgroupEntrance([], CgroupTree.Find(directory.Path, initPid) ?? throw new LadeException("the container's first process is not in its cgroup " + directory.Path, Errno.ENOENT));
    }

    private CgroupEntrance Open(IReadOnlyDictionary<string, string>? below)
    {
        if (_directory is not { } directory)
            return new CgroupEntrance([], null);
        string path = CgroupTree.Below(directory.Path, below?.GetValueOrDefault(""));
        return new CgroupEntrance([], Files.Open(path, Libc.O_PATH | Libc.O_DIRECTORY));
    }

    public void Delegate(uint uid)
    {
        if (_directory is { } directory)
            V2Delegation.Give(directory.Path, uid, V2Delegation.KernelList);
    }

    public void EnterPart(int pid, uint? owner)
    {
        if (part.Length == 0)
            return;
        V2Part.Enter(Path, part, pid);
        if (owner is { } uid)
            V2Delegation.Give(Path + part, uid, V2Delegation.KernelList);
    }

    public IReadOnlyList<int> Processes() => _directory is { } directory ? CgroupTree.Processes(directory.Path) : [];

    public void Freeze()
    {
        Files.WriteValue(Path + "/cgroup.freeze", "1");
        var backoff = new Backoff(FreezeMilliseconds);
        while (!IsFrozenIn(Files.TryReadText(Path + "/cgroup.events")))
        {
            if (backoff.Sleep())
                continue;
            Thaw();
            throw new LadeException("freeze " + Path, Errno.ETIMEDOUT);
        }
    }

    public void Thaw() => WriteUnlessGone("/cgroup.freeze", "0");

    public CgroupStatistics ReadStatistics() => V2Statistics.Read(Path);

    public OomWatch? WatchOom() => _directory is { } directory && Files.Exists(directory.Path + "/memory.events") ? new V2OomWatch(directory.Path) : null;

    public void Kill(int signal)
    {
        if (_directory is not { } directory || !Files.Exists(directory.Path))
            return;
        if (signal == Libc.SIGKILL)
        {
            // One write for the whole subtree, frozen or not; nobody can fork away from it.
            if (Files.Exists(directory.Path + "/cgroup.kill"))
                WriteUnlessGone("/cgroup.kill", "1");
            else
                CgroupKilling.KillAll([directory], hold: () => WriteUnlessGone("/cgroup.freeze", "1"), release: Thaw, directory.Path + "/pids.max");
            return;
        }

        bool wasFrozen = IsFrozen;
        try
        {
            if (!wasFrozen)
                Freeze();
        }
        catch (LadeException) when (!Files.Exists(directory.Path))
        {
            return;
        }

        try
        {
            CgroupKilling.SignalAll([directory], signal);
        }
        finally
        {
            if (!wasFrozen)
                Thaw();
        }
    }

    /// <summary>A frozen process of v2 takes SIGKILL: nothing has to be thawed for it.</summary>
    public bool ThawAll() => false;

    public void Remove()
    {
        // A cgroup that was there before stays, but nothing of ours in it.
        if (_directory is { Missing: 0 } directory && part.Length > 0)
            CgroupTree.Remove([new CgroupDirectory("", directory.Path + part, part.Split('/').Length - 1)]);
        CgroupTree.Remove(Directories, _directory is { Missing: > 0 } ? () => Kill(Libc.SIGKILL) : null);
    }

    /// <summary>systemd removes the cgroup of a unit as soon as its last process has ended, at any moment between two steps of ours.</summary>
    private void WriteUnlessGone(string file, string value)
    {
        Errno errno = Files.TryWriteValue(Path + file, value);
        if (errno.Value != 0 && errno != Errno.ENOENT && errno != Errno.ENODEV)
            throw new LadeException("write '" + value + "' to " + Path + file, errno);
    }

    private static bool IsFrozenIn(string? events) => events is not null && events.Contains("frozen 1", StringComparison.Ordinal);
}
