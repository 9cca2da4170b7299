using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Lade.Cgroups.Statistics;
using Lade.Configuration;
using Lade.Linux;

namespace Lade.Cgroups.V2;

/// <summary>A cgroup on a v2 host: one directory.</summary>
internal sealed class V2Cgroup(CgroupDirectory directory, string mountPoint) : ICgroup
{
    private const int FreezeMilliseconds = 10_000;

    private CgroupDirectory? _directory = directory;

    public IReadOnlyList<CgroupDirectory> Directories => _directory is null ? [] : [_directory];

    public bool IsFrozen => _directory is { } directory && HasEvent(directory.Path, "frozen 1");

    public long OomKills => _directory is { } directory ? KeyedFile.Number(directory.Path + "/memory.events", "oom_kill") ?? 0 : 0;

    private string Path => _directory?.Path ?? throw new LadeException("the container has no cgroup");

    public string? PathOf(string controller) => _directory?.Path;

    public void Create(bool ignorePermissionErrors)
    {
        if (_directory is not { } wanted)
            return;
        try
        {
            _directory = CgroupTree.Make(wanted);
            if (_directory.Missing == 0)
                CgroupTree.CheckFit(this);
            V2Controllers.Enable(mountPoint, _directory);
            if (ignorePermissionErrors && _directory.Missing == 0 && Libc.faccessat(Libc.AT_FDCWD, _directory.Path + "/cgroup.procs", 2, 0) < 0)
                _directory = null;
        }
        catch (LadeException e) when (ignorePermissionErrors && CgroupTree.IsPermission(e.Errno))
        {
            _directory = null;
        }
    }

    public CgroupPlan Plan(ResourcesSpec? resources, CgroupChange change, JsonPointer at) => V2Resources.Plan(resources, change, at);

    public void ApplyLimits(CgroupPlan plan) => CgroupWriter.Write(this, plan.Limits);

    public void ApplyGuards(CgroupPlan plan)
    {
        CgroupWriter.Write(this, plan.Guards);
        if (plan.DeviceProgram is null || _directory is null)
            return;
        using Fd program = Bpf.LoadDeviceProgram([.. plan.DeviceProgram]);
        using Fd cgroup = Files.Open(Path, Libc.O_RDONLY | Libc.O_DIRECTORY);
        Bpf.SetDeviceProgram(cgroup, program, Path);
    }

    public CgroupEntrance Open(IReadOnlyDictionary<string, string>? below = null)
    {
        if (_directory is not { } directory)
            return new CgroupEntrance([], null);
        string path = CgroupTree.Below(directory.Path, below?.GetValueOrDefault(""));
        return new CgroupEntrance([], Files.Open(path, Libc.O_PATH | Libc.O_DIRECTORY));
    }

    public CgroupEntrance OpenForExec(int initPid, IReadOnlyDictionary<string, string>? below = null)
    {
        if (_directory is not { } directory || below is not null || string.IsNullOrEmpty(Files.TryReadText(directory.Path + "/cgroup.subtree_control")))
            return Open(below);
        string inits = mountPoint + CgroupHost.UnifiedPath(Files.ReadAll("/proc/" + initPid.ToString(CultureInfo.InvariantCulture) + "/cgroup"));
        return new CgroupEntrance([], Files.Open(inits, Libc.O_PATH | Libc.O_DIRECTORY));
    }

    public void Delegate(uint uid)
    {
        if (_directory is { } directory)
            V2Delegation.Give(directory.Path, uid, V2Delegation.KernelList);
    }

    public IReadOnlyList<int> Processes()
    {
        var pids = new List<int>();
        if (_directory is { } directory)
            CgroupTree.AddProcesses(directory.Path, pids);
        return pids;
    }

    public void Freeze()
    {
        Files.WriteValue(Path + "/cgroup.freeze", "1");
        var backoff = new Backoff(FreezeMilliseconds);
        while (!HasEvent(Path, "frozen 1"))
        {
            if (backoff.Sleep())
                continue;
            Thaw();
            throw new LadeException("freeze " + Path, Errno.ETIMEDOUT);
        }
    }

    public void Thaw() => Files.WriteValue(Path + "/cgroup.freeze", "0");

    public CgroupStatistics ReadStatistics() => V2Statistics.Read(Path);

    public OomWatch? WatchOom() => _directory is { } directory && Files.Exists(directory.Path + "/memory.events") ? new V2OomWatch(directory.Path) : null;

    public void Kill(int signal)
    {
        if (_directory is not { } directory || !Files.Exists(directory.Path))
            return;
        if (signal == Libc.SIGKILL)
        {
            // One write for the whole subtree, frozen or not; nobody can fork away from it.
            Files.WriteValue(directory.Path + "/cgroup.kill", "1");
            return;
        }

        bool wasFrozen = IsFrozen;
        if (!wasFrozen)
            Freeze();
        try
        {
            CgroupTree.Signal(Processes(), signal);
        }
        finally
        {
            if (!wasFrozen)
                Thaw();
        }
    }

    public void Remove() => CgroupTree.Remove(Directories);

    private static bool HasEvent(string path, string line) =>
        Files.TryReadText(path + "/cgroup.events") is { } text && text.Contains(line, StringComparison.Ordinal);
}

/// <summary>
/// A controller works in a v2 cgroup only if all cgroups above pass it on in <c>cgroup.subtree_control</c>. A change there makes the kernel take its
/// threadgroup lock, so what is enabled already is not written again.
/// </summary>
internal static class V2Controllers
{
    /// <summary>Enables all the host has, from the mount point down to the leaf's parent, as far as permitted; a limit whose file is missing then fails by itself.</summary>
    public static void Enable(string mountPoint, CgroupDirectory leaf)
    {
        byte[] available = Files.ReadAll(mountPoint + "/cgroup.controllers");
        string path = mountPoint;
        int end = mountPoint.Length;
        string parent = CgroupDirectory.Parent(leaf.Path);
        while (true)
        {
            EnableIn(path, available);
            if (path.Length >= parent.Length)
                return;
            int slash = leaf.Path.IndexOf('/', end + 1);
            end = slash < 0 ? parent.Length : slash;
            path = leaf.Path[..end];
        }
    }

    private static void EnableIn(string path, ReadOnlySpan<byte> available)
    {
        string file = path + "/cgroup.subtree_control";
        byte[] enabled = Files.ReadAll(file);
        var missing = new List<string>();
        foreach (Range range in available.Split((byte)' '))
        {
            ReadOnlySpan<byte> controller = available[range].Trim((byte)'\n');
            if (!controller.IsEmpty && !Has(enabled, controller))
                missing.Add("+" + Encoding.UTF8.GetString(controller));
        }

        if (missing.Count == 0 || Files.TryWriteValue(file, string.Join(' ', missing)).Value == 0)
            return;
        // All or nothing: one that cannot be had here (delegated subtree, real-time processes for cpu) must not cost the others.
        foreach (string controller in missing)
            _ = Files.TryWriteValue(file, controller);
    }

    private static bool Has(ReadOnlySpan<byte> list, ReadOnlySpan<byte> controller)
    {
        foreach (Range range in list.Split((byte)' '))
        {
            if (list[range].Trim((byte)'\n').SequenceEqual(controller))
                return true;
        }

        return false;
    }
}
