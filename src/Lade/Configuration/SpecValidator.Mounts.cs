using System.Collections.Generic;

namespace Lade.Configuration;

/// <content>config.md "Mounts".</content>
internal static partial class SpecValidator
{
    /// <summary>Lines that the kernel takes in one uid_map or gid_map (user_namespaces(7)).</summary>
    private const int MaxMappings = 340;

    /// <summary>Mounts for a container that runs.</summary>
    public static void ValidateMounts(IReadOnlyList<MountSpec> mounts, LinuxSpec linux, List<ConfigProblem> problems)
    {
        for (int i = 0; i < mounts.Count; i++)
        {
            JsonPointer at = JsonPointer.Of("mounts", i);
            ValidateMount(mounts[i], linux, at, problems);
            if (mounts[i] is { Type: "cgroup", IsBind: false })
                problems.Add(at.At("type"), "'cgroup' cannot be added later; a file system or a bind mount is required");
        }
    }

    private static void ValidateMount(MountSpec mount, LinuxSpec? linux, JsonPointer at, List<ConfigProblem> problems)
    {
        if (mount.Destination.Length == 0)
            problems.Add(at.At("destination"), "is empty; a path in the container is required");
        ValidateSource(mount, at, problems);
        ValidateType(mount, at, problems);
        ValidateMappingPair(mount, at, problems);
        ValidateMappings(mount.UidMappings, at, "uidMappings", problems);
        ValidateMappings(mount.GidMappings, at, "gidMappings", problems);
        ValidateIdmapOption(mount, linux, at, problems);
    }

    /// <summary>mount(2): a bind mount is one of a path.</summary>
    private static void ValidateSource(MountSpec mount, JsonPointer at, List<ConfigProblem> problems)
    {
        if (mount is { IsBind: true, IsRemount: false, Source: null })
            problems.Add(at.At("source"), "is missing; a bind mount requires a path");
    }

    /// <summary>config.md "POSIX-platform Mounts", uidMappings and gidMappings: both or none.</summary>
    private static void ValidateMappingPair(MountSpec mount, JsonPointer at, List<ConfigProblem> problems)
    {
        if (mount.UidMappings.Count > 0 && mount.GidMappings.Count == 0)
            problems.Add(at.At("gidMappings"), "is missing; uidMappings and gidMappings are required together");
        if (mount.GidMappings.Count > 0 && mount.UidMappings.Count == 0)
            problems.Add(at.At("uidMappings"), "is missing; uidMappings and gidMappings are required together");
    }

    /// <summary>Without a mount namespace a mount would be made on the host, and stay there.</summary>
    private static void ValidateOwnMounts(Spec spec, List<ConfigProblem> problems)
    {
        bool readsOnly = spec.Root is { Readonly: true };
        if (spec.Has(NamespaceType.Mount) || (spec.Mounts.Count == 0 && !readsOnly))
            return;
        JsonPointer at = spec.Linux is null ? JsonPointer.Of("linux") : JsonPointer.Of("linux", "namespaces");
        problems.Add(at, "has no mount namespace; " + (readsOnly ? "/root/readonly" : "/mounts") + " requires one");
    }

    /// <summary>mount(2): a new file system has a type.</summary>
    private static void ValidateType(MountSpec mount, JsonPointer at, List<ConfigProblem> problems)
    {
        if (mount.IsBind)
            return;
        if (mount.Type == "bind")
        {
            problems.Add(at.At("type"), "'bind' is no filesystem type; add the option bind or rbind");
            return;
        }

        if (mount.Type is not null || mount.IsRemount)
            return;
        for (int i = 0; i < mount.Options.Count; i++)
        {
            if (SpecNames.ParsePropagation(mount.Options[i]) is not null)
                return;
        }

        problems.Add(at.At("type"), "is missing; a filesystem type, or one of the options bind, rbind and remount, is required");
    }

    /// <summary>config.md "Linux mount options", idmap and ridmap.</summary>
    private static void ValidateIdmapOption(MountSpec mount, LinuxSpec? linux, JsonPointer at, List<ConfigProblem> problems)
    {
        bool hasMappings = mount.UidMappings.Count > 0 || mount.GidMappings.Count > 0;
        bool isMapped = hasMappings;
        for (int i = 0; i < mount.Options.Count; i++)
        {
            string option = mount.Options[i];
            if (!IdMapOption.IsOne(option))
                continue;
            isMapped = true;
            JsonPointer here = at.At("options").At(i);
            IdMapOption? ranges = IdMapOption.Parse(option, linux, out string? problem);
            if (problem is not null)
                problems.Add(here, "'" + option + "': " + problem);
            else if (ranges is not null && hasMappings)
                problems.Add(here, "'" + option + "' contradicts uidMappings and gidMappings; one of both is required");
            else if (ranges is null && !hasMappings && linux?.Has(NamespaceType.User) != true)
                problems.Add(here, "'" + option + "' has no mappings to use; uidMappings and gidMappings, or a user namespace, are required");
            ValidateMappings(ranges?.Uids ?? [], here, problems);
            ValidateMappings(ranges?.Gids ?? [], here, problems);
        }

        if (isMapped && mount.IsRemount)
            problems.Add(at, "is a remount with an id mapping; only a new mount can be mapped");
        if (isMapped && mount is { Type: "cgroup", IsBind: false })
            problems.Add(at, "is a cgroup mount with an id mapping, which the kernel does not have");
    }

    private static void ValidateMappings(IReadOnlyList<IdMapping> mappings, JsonPointer at, string name, List<ConfigProblem> problems)
    {
        if (mappings.Count > 0)
            ValidateMappings(mappings, at.At(name), problems);
    }

    /// <summary>What the kernel demands of a map: no empty range, no end beyond the last id, no overlap on either side.</summary>
    private static void ValidateMappings(IReadOnlyList<IdMapping> mappings, JsonPointer at, List<ConfigProblem> problems)
    {
        if (mappings.Count > MaxMappings)
        {
            problems.Add(at, "has " + mappings.Count + " ranges; " + MaxMappings + " are allowed");
            return;
        }

        for (int i = 0; i < mappings.Count; i++)
        {
            IdMapping map = mappings[i];
            if (map.Size == 0)
                problems.Add(at.At(i).At("size"), "is 0; at least 1 is required");
            else if (map.ContainerId > uint.MaxValue - map.Size || map.HostId > uint.MaxValue - map.Size)
                problems.Add(at.At(i).At("size"), map.Size + " reaches beyond the last id; ids up to 4294967294 are allowed");
            for (int j = 0; j < i; j++)
            {
                if (Overlap(map.ContainerId, map.Size, mappings[j].ContainerId, mappings[j].Size))
                    problems.Add(at.At(i).At("containerID"), "overlaps with range " + j + "; each id is allowed once");
                if (Overlap(map.HostId, map.Size, mappings[j].HostId, mappings[j].Size))
                    problems.Add(at.At(i).At("hostID"), "overlaps with range " + j + "; each id is allowed once");
            }
        }
    }

    /// <summary>An id outside of a new user namespace's map cannot be taken on in it.</summary>
    private static void ValidateMapped(uint id, IReadOnlyList<IdMapping> mappings, JsonPointer at, List<ConfigProblem> problems)
    {
        for (int i = 0; i < mappings.Count; i++)
        {
            if (Overlap(id, 1, mappings[i].ContainerId, mappings[i].Size))
                return;
        }

        problems.Add(at, id + " is in no range of the container's user namespace; one that is mapped is required");
    }

    private static bool Overlap(uint first, uint size, uint otherFirst, uint otherSize) =>
        first < (ulong)otherFirst + otherSize && otherFirst < (ulong)first + size;
}
