using System;
using System.Collections.Generic;
using Lade.Linux;

namespace Lade.Cgroups;

/// <summary>What the limits were that an update changes, to put them back when a part of it fails.</summary>
internal interface ISavedLimits
{
    /// <summary>What cannot be put back is a warning, because another failure led here.</summary>
    void Restore(Log log);
}

/// <summary>The values that a plan's writes replace, in the files of a cgroup.</summary>
internal sealed class CgroupSnapshot : ISavedLimits
{
    private readonly List<SavedValue> _values = [];

    private CgroupSnapshot()
    {
    }

    public static CgroupSnapshot Take(IHasDirectories cgroup, CgroupPlan plan)
    {
        var snapshot = new CgroupSnapshot();
        foreach (CgroupWrite write in plan.Limits)
            snapshot.Add(cgroup, write);
        foreach (CgroupWrite write in plan.Guards)
            snapshot.Add(cgroup, write);
        return snapshot;
    }

    /// <summary>Writes the old values back, the last first.</summary>
    public void Restore(Log log)
    {
        var left = new List<SavedValue>();
        for (int i = _values.Count - 1; i >= 0; i--)
        {
            if (_values[i].IsChanged)
                left.Add(_values[i]);
        }

        // Two values can hold each other back (memory and swap, quota and period): one round more for each pair.
        for (int round = 0; round < 2 && left.Count > 0; round++)
            left.RemoveAll(value => value.TryPutBack());
        foreach (SavedValue value in left)
            log.Warning("while undoing: cannot write '" + value.Old + "' back to " + value.Path);
    }

    /// <summary>What has to be written to undo <paramref name="write"/>.</summary>
    /// <param name="content">What its file held before, without the last newline.</param>
    public static string OldValue(CgroupWrite write, string content)
    {
        string[] lines = content.Split('\n');
        if ((write.ShownAs ?? write.Key) is { } name)
        {
            foreach (string line in lines)
            {
                if (line.Length > name.Length && line[name.Length] == ' ' && line.StartsWith(name, StringComparison.Ordinal))
                    return write.ShownAs is null ? line : line[(name.Length + 1)..];
            }
        }

        if (write is { Key: { } key, None: { } none })
            return key + " " + none;
        // An empty list of CPUs: nothing at all would not be a write.
        return lines[0].Length == 0 ? "\n" : lines[0];
    }

    private void Add(IHasDirectories cgroup, CgroupWrite write)
    {
        if (cgroup.PathOf(write.Controller) is not { } directory)
            return;
        for (CgroupWrite? candidate = write; candidate is not null; candidate = candidate.Otherwise)
        {
            string path = directory + "/" + candidate.File;
            if (Files.TryReadText(path) is not { } content)
                continue;
            _values.Add(new SavedValue(candidate, path, content) { Effective = content.Length == 0 ? Files.TryReadText(path + ".effective") : null });
            return;
        }
    }

    private sealed class SavedValue(CgroupWrite write, string path, string content)
    {
        public string Path => path;

        /// <summary>CPUs or memory nodes that the parent gives where the cgroup has none of its own.</summary>
        public string? Effective { get; init; }

        public bool IsChanged => Files.TryReadText(path) != content;

        /// <summary>The kernel refuses to take the last CPU from a cgroup with processes, even if it had no list of its own before. The parent's list is as good.</summary>
        public bool TryPutBack() =>
            Files.TryWriteValue(path, Old) == default || (!string.IsNullOrEmpty(Effective) && Files.TryWriteValue(path, Effective) == default);

        public string Old => OldValue(write, content);
    }
}
