using System;
using System.Collections.Generic;
using Lade.Cgroups.Systemd;
using Lade.Linux;

namespace Lade.Cgroups;

/// <summary>
/// What the files of a plan's writes hold before the plan is carried out, and the properties of the container's unit, to put it back when one of the
/// writes fails.
/// </summary>
internal sealed class CgroupSnapshot
{
    private readonly List<SavedFile> _files = [];
    private readonly SystemdCgroup? _unit;
    private readonly IReadOnlyList<UnitProperty> _properties;

    private CgroupSnapshot(SystemdCgroup? unit, CgroupPlan plan)
    {
        _unit = unit;
        _properties = unit?.Present(plan) ?? [];
    }

    public static CgroupSnapshot Take(ICgroup cgroup, CgroupPlan plan)
    {
        var snapshot = new CgroupSnapshot(cgroup as SystemdCgroup, plan);
        foreach (CgroupWrite write in plan.Limits)
            snapshot.Add(cgroup, write);
        foreach (CgroupWrite write in plan.Guards)
            snapshot.Add(cgroup, write);
        return snapshot;
    }

    /// <summary>Writes the old values back, the last first; what cannot be is a warning, because another failure led here.</summary>
    public void Restore(Log log)
    {
        // First: systemd writes files too, with its own values.
        PutPropertiesBack(log);
        var left = new List<SavedFile>();
        for (int i = _files.Count - 1; i >= 0; i--)
        {
            if (Files.TryReadText(_files[i].Path) != _files[i].Content)
                left.Add(_files[i]);
        }

        // Two values can hold each other back (memory and swap, quota and period): one round more for each pair.
        for (int round = 0; round < 2 && left.Count > 0; round++)
            left.RemoveAll(file => file.TryPutBack());
        foreach (SavedFile file in left)
            log.Warning("while undoing: cannot write '" + file.OldValue + "' back to " + file.Path);
    }

    /// <summary>What has to be written to bring back what <paramref name="content"/> says about that which <paramref name="written"/> has changed.</summary>
    /// <param name="content">The old content, without its last newline.</param>
    public static string OldValue(string file, string written, string content)
    {
        int space = written.IndexOf(' ', StringComparison.Ordinal);
        string key = space < 0 ? "" : written[..(space + 1)];
        string[] lines = content.Split('\n');
        if (file == "memory.oom_control")
            key = "oom_kill_disable ";
        foreach (string line in lines)
        {
            if (key.Length > 0 && line.StartsWith(key, StringComparison.Ordinal))
                return file == "memory.oom_control" ? line[key.Length..] : line;
        }

        // No line is "no value for this device", which each file has its own word for.
        if (key.Contains(':', StringComparison.Ordinal))
            return key + (file == "io.max" ? "rbps=max wbps=max riops=max wiops=max" : file.StartsWith("blkio.", StringComparison.Ordinal) ? "0" : "default");
        // An empty list of CPUs: nothing at all would not be a write.
        return lines[0].Length == 0 ? "\n" : lines[0];
    }

    private void PutPropertiesBack(Log log)
    {
        try
        {
            _unit?.PutBack(_properties);
        }
        catch (LadeException e)
        {
            log.Warning("while undoing: " + e.Message);
        }
    }

    private void Add(ICgroup cgroup, CgroupWrite write)
    {
        if (cgroup.PathOf(write.Controller) is not { } directory)
            return;
        for (CgroupWrite? candidate = write; candidate is not null; candidate = candidate.Otherwise)
        {
            string path = directory + "/" + candidate.File;
            if (Files.TryReadText(path) is not { } content)
                continue;
            _files.Add(new SavedFile(path, candidate.Value, content) { Effective = content.Length == 0 ? Files.TryReadText(path + ".effective") : null });
            return;
        }
    }

    private sealed record SavedFile(string Path, string Written, string Content)
    {
        /// <summary>CPUs or memory nodes that the parent gives where the cgroup has none of its own.</summary>
        public string? Effective { get; init; }

        /// <summary>No list cannot be had again once a cgroup has one and processes: the kernel refuses it. The same one is as good.</summary>
        public bool TryPutBack() =>
            Files.TryWriteValue(Path, OldValue) == default || (!string.IsNullOrEmpty(Effective) && Files.TryWriteValue(Path, Effective) == default);

        public string OldValue => CgroupSnapshot.OldValue(Path[(Path.LastIndexOf('/') + 1)..], Written, Content);
    }
}
