using System.Collections.Generic;
using Lade.Configuration;
using Lade.Linux;

namespace Lade.IntelRdt;

/// <summary>
/// The class of service that a container is in (<c>linux.intelRdt</c>), which is a directory of resctrl, and its monitoring group. It is recorded in the
/// container's state before anything is made, so that delete removes what lade made, and nothing else.
/// </summary>
internal sealed record ResctrlGroup
{
    /// <summary>Where resctrl is mounted.</summary>
    public required string Root { get; init; }

    /// <summary>The group's directory; <see cref="Root"/> itself is the default group.</summary>
    public required string Directory { get; init; }

    /// <summary>lade makes it, and removes it with the container.</summary>
    public required bool IsOurs { get; init; }

    /// <summary>The container's directory below the group's <c>mon_groups</c>; null without monitoring.</summary>
    public string? MonitoringDirectory { get; init; }

    private static JsonPointer Origin => JsonPointer.Of("linux", "intelRdt");

    /// <summary>Which group a container will be in, by what there is now; makes nothing.</summary>
    /// <exception cref="LadeException">The group should be there and is not, or is there with other limits.</exception>
    public static ResctrlGroup Plan(IntelRdtSpec spec, string containerId, string root)
    {
        string directory = spec.ClosId == "/" ? root : root + "/" + (spec.ClosId ?? containerId);
        bool exists = Files.Exists(directory);
        List<(string Line, JsonPointer Origin)> lines = Schemata.Of(spec);
        if (!exists && spec.ClosId is not null && lines.Count == 0)
            throw new LadeException(Origin.At("closID"), "there is no group " + directory + "; without a schema it has to be there");
        if (exists && lines.Count > 0)
            CheckAlike(directory, lines);
        return new ResctrlGroup
        {
            Root = root,
            Directory = directory,
            IsOurs = !exists,
            MonitoringDirectory = spec.EnableMonitoring ? directory + "/mon_groups/" + containerId : null,
        };
    }

    /// <summary>Makes what is ours. The limits of a group that was there are its owner's.</summary>
    /// <returns>What stands in the way: a directory that somebody else has made; null when all is made.</returns>
    public string? Make(IntelRdtSpec spec)
    {
        if (IsOurs)
        {
            if (!Make(Directory))
                return Directory;
            foreach ((string line, JsonPointer origin) in Schemata.Of(spec))
                Resctrl.WriteSchemata(Root, Directory, line, origin);
        }

        return MonitoringDirectory is null || Make(MonitoringDirectory) ? null : MonitoringDirectory;
    }

    /// <summary>Puts a process into it; those that it starts from then on follow.</summary>
    public void Join(int pid)
    {
        Add(Directory, pid);
        if (MonitoringDirectory is not null)
            Add(MonitoringDirectory, pid);
    }

    /// <summary>Changes the limits of a group that is ours (<c>update --l3-cache-schema --mem-bw-schema</c>); null leaves one as it is.</summary>
    public void Update(string? l3CacheSchema, string? memBwSchema)
    {
        if (!IsOurs)
            throw new LadeException("the limits of " + Directory + " are not the container's alone; change them there");
        foreach ((string line, _) in Schemata.Of(new IntelRdtSpec { L3CacheSchema = l3CacheSchema, MemBwSchema = memBwSchema }))
            Resctrl.WriteSchemata(Root, Directory, line, JsonPointer.None);
    }

    /// <summary>Removes what is ours, or what <see cref="Make(IntelRdtSpec)"/> would have made. A group takes its monitoring groups with it, and its processes go to the default group.</summary>
    public void Remove()
    {
        string? made = IsOurs ? Directory : MonitoringDirectory;
        if (made is not null && Directories.TryRemove(made) is { Value: not 0 } errno)
            throw new LadeException("remove " + made, errno);
    }

    private static void CheckAlike(string directory, List<(string Line, JsonPointer Origin)> lines)
    {
        IReadOnlyList<string> current = Resctrl.ReadSchemata(directory);
        foreach ((string line, JsonPointer origin) in lines)
        {
            if (!Schemata.Has(current, line))
                throw new LadeException(origin, "the group " + directory + " is there with other limits than " + line + ": " + string.Join(", ", current));
        }
    }

    /// <summary>mkdir(2) fails with ENOSPC when the processor has no more classes or monitors.</summary>
    private static bool Make(string directory)
    {
        try
        {
            return Files.MakeDirectory(directory, 0x1ed);
        }
        catch (LadeException e)
        {
            throw new LadeException(Origin, e.Message);
        }
    }

    private static void Add(string directory, int pid)
    {
        if (Files.TryWriteValue(directory + "/tasks", pid.ToString()) is { Value: not 0 } errno)
            throw new LadeException("write " + pid + " to " + directory + "/tasks", errno, Origin);
    }
}
