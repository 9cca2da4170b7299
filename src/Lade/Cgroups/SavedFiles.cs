using System;
using System.Collections.Generic;
using Lade.Linux;

namespace Lade.Cgroups;

/// <summary>The contents of the cgroup files that a plan writes.</summary>
internal sealed class SavedFiles : ISavedLimits
{
    private readonly List<SavedFile> _files = [];

    public static SavedFiles Read(IHasDirectories cgroup, CgroupPlan plan)
    {
        var saved = new SavedFiles();
        foreach (CgroupWrite write in plan.Limits)
            saved.Add(cgroup, write);
        foreach (CgroupWrite write in plan.DeferredLimits)
            saved.Add(cgroup, write);
        return saved;
    }

    /// <summary>Writes the old values back, the last write first.</summary>
    public void Restore(Log log)
    {
        List<SavedFile> left = _files.FindAll(file => file.IsChanged);
        left.Reverse();
        // Two values can hold each other back (memory and swap, quota and period): one more round for each pair.
        for (int round = 0; round < 2 && left.Count > 0; round++)
            left.RemoveAll(file => file.TryRestore());
        foreach (SavedFile file in left)
            log.Warning("while undoing: cannot write '" + file.OldValue + "' back to " + file.Path);
    }

    /// <summary>The value that undoes <paramref name="write"/>.</summary>
    /// <param name="content">Of its file before the write, without the final newline.</param>
    public static string OldValue(CgroupWrite write, string content)
    {
        string[] lines = content.Split('\n');
        if ((write.ShownAs ?? write.Key) is { } name && Array.Find(lines, line => line.StartsWith(name + " ", StringComparison.Ordinal)) is { } found)
            return write.ShownAs is null ? found : found[(name.Length + 1)..];
        if (write is { Key: { } key, ResetValue: { } reset })
            return key + " " + reset;
        // An empty list of CPUs: zero bytes would not be a write.
        return lines[0].Length == 0 ? "\n" : lines[0];
    }

    private void Add(IHasDirectories cgroup, CgroupWrite write)
    {
        if (cgroup.PathOf(write.Controller) is not { } directory)
            return;
        for (CgroupWrite? candidate = write; candidate is not null; candidate = candidate.Fallback)
        {
            string path = directory + "/" + candidate.File;
            if (CgroupFile.TryRead(path) is not { } content)
                continue;
            _files.Add(new SavedFile(path, content, OldValue(candidate, content), content.Length == 0 ? CgroupFile.TryRead(path + ".effective") : null));
            return;
        }
    }

    /// <param name="Effective">The CPUs or memory nodes of the parent, where the cgroup has no list of its own.</param>
    private sealed record SavedFile(string Path, string Content, string OldValue, string? Effective)
    {
        public bool IsChanged => CgroupFile.TryRead(Path) != Content;

        /// <summary>The kernel does not take the last CPU from a cgroup with processes, even if it had no list before; the parent's list is equivalent.</summary>
        public bool TryRestore() =>
            Files.TryWriteValue(Path, OldValue) == default || (!string.IsNullOrEmpty(Effective) && Files.TryWriteValue(Path, Effective) == default);
    }
}
