using System;
using System.Collections.Generic;
using System.Text;
using Lade.Cgroups.Controllers;
using Lade.Cgroups.Statistics;
using Lade.Configuration;
using Lade.Linux;

namespace Lade.Cgroups.V1;

/// <summary>A cgroup on v1 or hybrid hosts: a directory in each v1 hierarchy, and one in the cgroup2 tree beside them if there is one.</summary>
internal sealed class V1Cgroup(List<CgroupDirectory> directories) : ICgroup
{
    public IReadOnlyList<CgroupDirectory> Directories => directories;

    public string Part => "";

    public bool IsFrozen => PathOf("freezer") is { } freezer && V1Freezer.IsFrozen(freezer);

    public long OomKills => PathOf("memory") is { } memory ? KeyedFile.Number(memory + "/memory.oom_control", "oom_kill") ?? 0 : 0;

    public string? PathOf(string controller)
    {
        foreach (CgroupDirectory directory in directories)
        {
            if (directory.Has(controller))
                return directory.Path;
        }

        return null;
    }

    public string? WhyMissing(string controller) => null;

    public void Create(bool ignorePermissionErrors)
    {
        bool allNew = true;
        for (int i = 0; i < directories.Count; i++)
        {
            try
            {
                directories[i] = CgroupTree.Make(directories[i]);
                if (directories[i].Has("cpuset"))
                    V1Cpuset.Inherit(directories[i]);
            }
            catch (LadeException e) when (ignorePermissionErrors && CgroupTree.IsPermission(e.Errno))
            {
                directories.RemoveAt(i--);
                continue;
            }

            allNew &= directories[i].Missing > 0;
        }

        if (!allNew)
            CgroupTree.CheckFit(this);
        if (ignorePermissionErrors)
            directories.RemoveAll(d => d.Missing == 0 && !IsWritable(d));
    }

    public CgroupPlan Plan(ResourcesSpec? resources, CgroupChange change, JsonPointer at) => V1Files.Plan(resources, change, at);

    public void ApplyLimits(CgroupPlan plan) => CgroupWriter.Write(this, plan.Limits);

    public void ApplyGuards(CgroupPlan plan) => CgroupWriter.Write(this, plan.Guards);

    public ISavedLimits Save(CgroupPlan plan) => CgroupSnapshot.Take(this, plan);

    public CgroupEntrance Open() => Open(below: null);

    public CgroupEntrance OpenForExec(int initPid, IReadOnlyDictionary<string, string>? below = null) => Open(below);

    private CgroupEntrance Open(IReadOnlyDictionary<string, string>? below)
    {
        var tasks = new List<Fd>(directories.Count);
        Fd? cloneInto = null;
        try
        {
            foreach (CgroupDirectory directory in directories)
            {
                string path = CgroupTree.Below(directory.Path, Inner(directory, below));
                if (directory.IsUnified)
                    cloneInto = Files.Open(path, Libc.O_PATH | Libc.O_DIRECTORY);
                else
                    tasks.Add(Files.Open(path + "/tasks", Libc.O_WRONLY));
            }
        }
        catch
        {
            new CgroupEntrance(tasks, cloneInto).Dispose();
            throw;
        }

        return new CgroupEntrance(tasks, cloneInto);
    }

    public void Delegate(uint uid)
    {
    }

    public void EnterPart(int pid, uint? owner)
    {
    }

    public IReadOnlyList<int> Processes() => Main is { } main ? CgroupTree.Processes(main.Path) : [];

    public void Freeze()
    {
        V1Freezer.Freeze(PathOf("freezer") ?? throw new LadeException("cannot freeze: the container has no cgroup of the controller freezer"));
    }

    public void Thaw()
    {
        V1Freezer.Thaw(PathOf("freezer") ?? throw new LadeException("cannot thaw: the container has no cgroup of the controller freezer"));
    }

    public CgroupStatistics ReadStatistics() => V1Statistics.Read(PathOf);

    public OomWatch? WatchOom() => PathOf("memory") is { } memory ? new V1OomWatch(memory) : null;

    public bool ThawAll() => PathOf("freezer") is { } freezer && V1Freezer.ThawTree(freezer);

    public void Kill(int signal)
    {
        string? freezer = PathOf("freezer") is { } path && Files.Exists(path + "/freezer.state") ? path : null;
        if (signal == Libc.SIGKILL)
        {
            CgroupKilling.KillAll(directories, hold: () => Hold(freezer, V1Freezer.RoundMilliseconds), release: () => ThawAll(), PathOf("pids") is { } pids ? pids + "/pids.max" : null);
            return;
        }

        // Frozen processes cannot fork away from the list. Those of a paused container take the signal when it is resumed.
        bool wasFrozen = freezer is not null && V1Freezer.IsFrozen(freezer);
        if (!wasFrozen)
            Hold(freezer, V1Freezer.KillMilliseconds);
        try
        {
            CgroupKilling.SignalAll(Main is { } main ? [main] : [], signal);
        }
        finally
        {
            if (freezer is not null && !wasFrozen)
                V1Freezer.Thaw(freezer);
        }
    }

    /// <summary>As long as it takes to freeze what does not resist; without it a fork may escape the list, and the next round gets it.</summary>
    private static void Hold(string? freezer, int milliseconds)
    {
        if (freezer is not null)
            V1Freezer.TryFreeze(freezer, milliseconds);
    }

    public void Remove() => CgroupTree.Remove(directories, directories.Exists(d => d.Missing == 0) ? null : () => Kill(Libc.SIGKILL));

    // The freezer's list is the one that can be held still.
    private CgroupDirectory? Main => directories.Find(d => d.Has("freezer")) ?? directories.Find(d => d.Has("devices")) ?? (directories.Count > 0 ? directories[0] : null);

    private static string? Inner(CgroupDirectory directory, IReadOnlyDictionary<string, string>? below)
    {
        if (below is null)
            return null;
        foreach (string controller in directory.Controllers.Split(','))
        {
            if (controller.Length > 0 && below.TryGetValue(controller, out string? inner))
                return inner;
        }

        return below.GetValueOrDefault("");
    }

    private static bool IsWritable(CgroupDirectory directory) =>
        Libc.faccessat(Libc.AT_FDCWD, directory.Path + (directory.IsUnified ? "/cgroup.procs" : "/tasks"), 2, 0) == 0;
}

/// <summary>A new v1 cpuset has neither CPUs nor memory nodes, and nobody may enter it before it has: it gets its parent's, from the top down.</summary>
internal static class V1Cpuset
{
    public static void Inherit(CgroupDirectory directory)
    {
        Inherit(directory.Path, directory.Missing, "/cpuset.cpus");
        Inherit(directory.Path, directory.Missing, "/cpuset.mems");
    }

    private static byte[] Inherit(string path, int missing, string file)
    {
        // What has just been made is empty; no need to read it.
        byte[] own = missing > 0 ? [] : Files.ReadPiece(path + file);
        if (missing == 0 && own.AsSpan().Trim((byte)'\n').Length > 0)
            return own;
        byte[] inherited = Inherit(CgroupDirectory.Parent(path), Math.Max(0, missing - 1), file);
        using Fd fd = Files.Open(path + file, Libc.O_WRONLY);
        if (Files.TryWrite(fd, inherited) is { Value: not 0 } errno)
            throw new LadeException("write '" + Encoding.UTF8.GetString(inherited).TrimEnd() + "' to " + path + file, errno);
        return inherited;
    }
}
