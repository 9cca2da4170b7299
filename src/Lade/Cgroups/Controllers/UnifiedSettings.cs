using System;
using System.Collections.Generic;
using Lade.Configuration;

namespace Lade.Cgroups.Controllers;

/// <summary>
/// The map <c>unified</c>: files of cgroup v2 by name, known or not, which are written unchanged. A value of several lines becomes several writes, because the kernel
/// takes one line at a time.
/// </summary>
internal sealed class UnifiedSettings(IReadOnlyDictionary<string, string> unified, JsonPointer at) : ISetting
{
    public void Write(V1Files files) => files.Problem(at, "needs cgroup v2, and this host has cgroup v1");

    public void Write(V2Files files)
    {
        foreach ((string file, string value) in unified)
        {
            if (!IsFile(file))
            {
                files.Problem(at.At(file), "is not the name of a cgroup file such as memory.high");
                continue;
            }

            foreach (string line in Lines(value))
            {
                int space = line.IndexOf(' ', StringComparison.Ordinal);
                string? key = space < 0 ? null : line[..space];
                files.Limit(file, key is null ? line : line[(space + 1)..], at.At(file), key: key, reset: key is null ? null : BlockIoSettings.ResetValueOf(file, key));
            }
        }
    }

    public void Write(UnitProperties unit)
    {
        foreach ((string file, string value) in unified)
        {
            foreach (string line in Lines(value))
                Translate(unit, file, line);
        }
    }

    /// <summary>
    /// Sets the property for a file of v2, if there is one. A value that is not a number gets no property: the kernel reports what is wrong with it.
    /// </summary>
    private static void Translate(UnitProperties unit, string file, string line)
    {
        CpuSettings.Translate(unit, file, line);
        CpusetSettings.Translate(unit, file, line);
        BlockIoSettings.Translate(unit, file, line);
        MemorySettings.Translate(unit, file, line);
        PidsSettings.Translate(unit, file, line);
    }

    private static bool IsFile(string file) => file.IndexOf('.', StringComparison.Ordinal) > 0 && !file.Contains('/', StringComparison.Ordinal);

    private static string[] Lines(string value) => value.TrimEnd('\n').Split('\n');
}
