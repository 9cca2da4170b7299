using System;
using System.Collections.Generic;
using System.Text;
using Lade.Configuration;
using Lade.Linux;

namespace Lade.IntelRdt;

/// <summary>The resctrl file system (Documentation/arch/x86/resctrl.rst): where it is mounted, and how its files are written.</summary>
internal static class Resctrl
{
    /// <summary>Its root on this machine.</summary>
    /// <exception cref="LadeException">It is not mounted: the processor has no such thing, or nobody has mounted it.</exception>
    public static string Root() =>
        FindRoot(Encoding.UTF8.GetString(Files.ReadAll("/proc/self/mountinfo")))
            ?? throw new LadeException(JsonPointer.Of("linux", "intelRdt"), "no resctrl file system is mounted; the processor, the kernel or its boot parameters lack it, or `mount -t resctrl resctrl /sys/fs/resctrl` was not done");

    /// <param name="mountInfo">Content of a mountinfo file (proc_pid_mountinfo(5)).</param>
    public static string? FindRoot(string mountInfo)
    {
        foreach (string line in mountInfo.Split('\n'))
        {
            if (line.Contains(" - resctrl ", StringComparison.Ordinal))
                return line.Split(' ')[4];
        }

        return null;
    }

    /// <summary>One line into the <c>schemata</c> of a group. The kernel wants the newline.</summary>
    public static void WriteSchemata(string root, string group, string line, JsonPointer origin)
    {
        if (Files.TryWriteValue(group + "/schemata", line + "\n") is not { Value: not 0 } errno)
            return;
        string? said = Files.TryReadText(root + "/info/last_cmd_status");
        string message = "write '" + line + "' to " + group + "/schemata: " + errno.Describe();
        throw new LadeException(origin, string.IsNullOrEmpty(said) || said == "ok" ? message : message + ": " + said);
    }

    public static IReadOnlyList<string> ReadSchemata(string group)
    {
        string text = Files.TryReadText(group + "/schemata") ?? throw new LadeException("read " + group + "/schemata", Libc.LastError);
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
