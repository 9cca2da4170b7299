using System;
using System.Collections.Generic;
using Lade.Configuration;
using Lade.Linux;

namespace Lade.Resctrl;

/// <summary>The resctrl file system (Documentation/arch/x86/resctrl.rst): its mount point, and the <c>schemata</c> files of its groups.</summary>
internal static class ResctrlFileSystem
{
    /// <summary>Where it is mounted on this host.</summary>
    /// <exception cref="LadeException">It is not mounted.</exception>
    public static string Root() =>
        FindRoot(Files.ReadAll("/proc/self/mountinfo"))
            ?? throw new LadeException(JsonPointer.Of("linux", "intelRdt"),
                "no resctrl file system is mounted; the processor, the kernel or its boot parameters lack it, or it needs `mount -t resctrl resctrl /sys/fs/resctrl`");

    /// <param name="mountInfo">Content of a mountinfo file.</param>
    public static string? FindRoot(ReadOnlySpan<byte> mountInfo)
    {
        while (MountLine.TryRead(ref mountInfo, out MountLine mount))
        {
            if (mount.Type.SequenceEqual("resctrl"u8))
                return MountLine.Decode(mount.Point);
        }

        return null;
    }

    /// <summary>Writes one line, with the newline that the kernel demands, into the <c>schemata</c> of a group.</summary>
    /// <exception cref="LadeException">With the kernel's explanation, if it has one.</exception>
    public static void WriteSchemata(string root, string group, string line, JsonPointer origin)
    {
        if (Files.TryWriteValue(group + "/schemata", line + "\n") is not { Value: not 0 } errno)
            return;
        string? explanation = Files.TryReadText(root + "/info/last_cmd_status");
        string message = "write '" + line + "' to " + group + "/schemata: " + errno.Describe();
        throw new LadeException(origin, string.IsNullOrEmpty(explanation) || explanation == "ok" ? message : message + ": " + explanation);
    }

    public static IReadOnlyList<string> ReadSchemata(string group)
    {
        string text = Files.TryReadText(group + "/schemata") ?? throw new LadeException("read " + group + "/schemata", Libc.LastError);
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
