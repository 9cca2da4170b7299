using System.Collections.Generic;
using System.Text;
using Lade.Configuration;

namespace Lade.Planning;

/// <summary>Contents of /proc/PID/uid_map, gid_map and timens_offsets, and the arguments of newuidmap(1) and newgidmap(1).</summary>
internal static class IdMaps
{
    /// <summary>One line per range: first ID inside, first ID outside, length (user_namespaces(7)).</summary>
    public static string Text(IReadOnlyList<IdMapping> mappings)
    {
        var text = new StringBuilder();
        foreach (IdMapping mapping in mappings)
            text.Append(mapping.ContainerId).Append(' ').Append(mapping.HostId).Append(' ').Append(mapping.Size).Append('\n');
        return text.ToString();
    }

    /// <summary>argv of newuidmap(1) or newgidmap(1).</summary>
    public static IReadOnlyList<string> HelperArguments(string program, int pid, IReadOnlyList<IdMapping> mappings)
    {
        var args = new List<string> { program, pid.ToString() };
        foreach (IdMapping mapping in mappings)
        {
            args.Add(mapping.ContainerId.ToString());
            args.Add(mapping.HostId.ToString());
            args.Add(mapping.Size.ToString());
        }

        return args;
    }

    /// <summary>Whether an unprivileged process may write the mapping itself: a single ID, its own (user_namespaces(7)).</summary>
    public static bool IsOwnIdOnly(IReadOnlyList<IdMapping> mappings, uint ownId) =>
        mappings.Count == 1 && mappings[0].Size == 1 && mappings[0].HostId == ownId;

    /// <summary>Contents of /proc/PID/timens_offsets (time_namespaces(7)).</summary>
    public static string TimeOffsets(IReadOnlyDictionary<string, TimeOffset> offsets)
    {
        var text = new StringBuilder();
        foreach ((string clock, TimeOffset offset) in offsets)
            text.Append(clock).Append(' ').Append(offset.Seconds).Append(' ').Append(offset.Nanoseconds).Append('\n');
        return text.ToString();
    }
}
