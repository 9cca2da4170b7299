using System.Collections.Generic;
using Lade.Configuration;
using Lade.Linux;
using Lade.Planning;

namespace Lade.Lifecycle;

/// <summary>Writes the id maps of a new user namespace: directly where permitted, otherwise through newuidmap(1) and newgidmap(1).</summary>
internal static class IdMapWriter
{
    public static void Write(int pid, LinuxSpec linux)
    {
        JsonPointer gids = JsonPointer.Of("linux", "gidMappings");
        JsonPointer uids = JsonPointer.Of("linux", "uidMappings");
        string proc = "/proc/" + pid + "/";
        if (Processes.EffectiveUid == 0)
        {
            Write(pid, linux.UidMappings, linux.GidMappings, uids, gids);
            return;
        }

        // An unprivileged user may map only their own ids, and only after denying setgroups (CVE-2014-8989); anything else takes /etc/subuid and the helpers.
        if (IdMaps.IsOwnIdOnly(linux.GidMappings, Processes.EffectiveGid))
        {
            Files.WriteValue(proc + "setgroups", "deny");
            WriteMap(proc + "gid_map", linux.GidMappings, gids);
        }
        else
        {
            RunHelper("newgidmap", pid, linux.GidMappings, gids);
        }

        if (IdMaps.IsOwnIdOnly(linux.UidMappings, Processes.EffectiveUid))
            WriteMap(proc + "uid_map", linux.UidMappings, uids);
        else
            RunHelper("newuidmap", pid, linux.UidMappings, uids);
    }

    /// <summary>For root, who may write any map.</summary>
    public static void Write(int pid, IReadOnlyList<IdMapping> uids, IReadOnlyList<IdMapping> gids, JsonPointer uidsOrigin, JsonPointer gidsOrigin)
    {
        WriteMap("/proc/" + pid + "/gid_map", gids, gidsOrigin);
        WriteMap("/proc/" + pid + "/uid_map", uids, uidsOrigin);
    }

    private static void WriteMap(string path, IReadOnlyList<IdMapping> mappings, JsonPointer origin)
    {
        if (Files.TryWriteValue(path, IdMaps.Text(mappings)) is { Value: not 0 } errno)
            throw new LadeException("write " + path + " (do ranges overlap, or include ids that do not belong to the caller?)", errno, origin);
    }

    private static void RunHelper(string program, int pid, IReadOnlyList<IdMapping> mappings, JsonPointer origin)
    {
        string path = Files.Exists("/usr/bin/" + program) ? "/usr/bin/" + program : "/bin/" + program;
        if (!Files.Exists(path))
            throw new LadeException(origin, program + " not found; install the package uidmap, or map only your own id");
        ProgramResult result = Programs.Run(path, IdMaps.HelperArguments(program, pid, mappings), [], default, 0);
        if (result.Status.Raw != 0)
            throw new LadeException(origin, program + ": " + result.Status + ": " + result.Stderr);
    }
}
