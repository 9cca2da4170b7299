using System.Collections.Generic;
using Lade.Configuration;
using Lade.Linux;

namespace Lade.Resctrl;

/// <summary>
/// The class of service of a container (<c>linux.intelRdt</c>), which is a directory of resctrl, and its monitoring group. It is recorded in the container's state
/// before anything is created, so that delete removes exactly what lade has created.
/// </summary>
internal sealed record ResctrlGroup
{
    /// <summary>Where resctrl is mounted.</summary>
    public required string Root { get; init; }

    /// <summary>The group's directory; <see cref="Root"/> itself is the default group.</summary>
    public required string Directory { get; init; }

    /// <summary>lade creates it, and removes it with the container.</summary>
    public required bool IsOurs { get; init; }

    /// <summary>The container's directory below the group's <c>mon_groups</c>; null without monitoring.</summary>
    public string? MonitoringDirectory { get; init; }

    private static JsonPointer Origin => JsonPointer.Of("linux", "intelRdt");

    /// <summary>Determines the group of a new container; nothing is created.</summary>
    /// <exception cref="LadeException">The group must exist and does not, or exists with other limits.</exception>
    public static ResctrlGroup Plan(IntelRdtSpec spec, string containerId, string root)
    {
        string directory = spec.ClosId == "/" ? root : root + "/" + (spec.ClosId ?? containerId);
        bool exists = Files.Exists(directory);
        List<(string Line, JsonPointer Origin)> lines = Schemata.From(spec);
        if (!exists && spec.ClosId is not null && lines.Count == 0)
            throw new LadeException(Origin.At("closID"), "the group " + directory + " does not exist, and there is no schema to create it with");
        if (exists && lines.Count > 0)
            CheckLimits(directory, lines);
        return new ResctrlGroup
        {
            Root = root,
            Directory = directory,
            IsOurs = !exists,
            MonitoringDirectory = spec.EnableMonitoring ? directory + "/mon_groups/" + containerId : null,
        };
    }

    /// <summary>Creates what is ours. The limits of a group that existed before are not changed.</summary>
    /// <returns>A directory that somebody else has created since; null on success.</returns>
    public string? Create(IntelRdtSpec spec)
    {
        if (IsOurs)
        {
            if (!MakeDirectory(Directory))
                return Directory;
            foreach ((string line, JsonPointer origin) in Schemata.From(spec))
                ResctrlFileSystem.WriteSchemata(Root, Directory, line, origin);
        }

        return MonitoringDirectory is null || MakeDirectory(MonitoringDirectory) ? null : MonitoringDirectory;
    }

    /// <summary>Moves a process into the group; the children that it has from then on follow.</summary>
    public void Join(int pid)
    {
        Add(Directory, pid);
        if (MonitoringDirectory is not null)
            Add(MonitoringDirectory, pid);
    }

    /// <summary>Changes the limits of a group that is ours (<c>update --l3-cache-schema --mem-bw-schema</c>); null leaves one unchanged.</summary>
    public void Update(string? l3CacheSchema, string? memBwSchema)
    {
        if (!IsOurs)
            throw new LadeException("the limits of " + Directory + " apply to more than this container; change them in the group itself");
        foreach ((string line, _) in Schemata.From(new IntelRdtSpec { L3CacheSchema = l3CacheSchema, MemBwSchema = memBwSchema }))
            ResctrlFileSystem.WriteSchemata(Root, Directory, line, JsonPointer.None);
    }

    /// <summary>Removes what is ours, if it exists. A group is removed with its monitoring groups, and its processes move to the default group.</summary>
    public void Remove()
    {
        string? created = IsOurs ? Directory : MonitoringDirectory;
        if (created is not null && Directories.TryRemove(created) is { Value: not 0 } errno)
            throw new LadeException("remove " + created, errno);
    }

    private static void CheckLimits(string directory, List<(string Line, JsonPointer Origin)> lines)
    {
        IReadOnlyList<string> current = ResctrlFileSystem.ReadSchemata(directory);
        foreach ((string line, JsonPointer origin) in lines)
        {
            if (!Schemata.Has(current, line))
                throw new LadeException(origin, "the group " + directory + " exists with other limits than " + line + ": " + string.Join(", ", current));
        }
    }

    /// <summary>mkdir(2) fails with ENOSPC when the processor has no more classes or monitors.</summary>
    private static bool MakeDirectory(string directory)
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
