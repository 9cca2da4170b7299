using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;

namespace Lade.Rootfs;

/// <summary>ID mapping of a mount: the user namespace whose mappings the kernel uses, and their contents if the namespace is created for them.</summary>
internal sealed record MountIdMap(Slot Namespace, IReadOnlyList<IdMapping> Uids, IReadOnlyList<IdMapping> Gids)
{
    /// <summary><c>ridmap</c>: includes submounts.</summary>
    public bool Recursive { get; init; }

    public JsonPointer Origin { get; init; }
}

/// <summary>
/// The ID-mapped mounts of <c>mounts[]</c> (config.md "Linux mount options", idmap and ridmap). A mount is mapped before it is attached and by the host's root,
/// that is, before the container's own user namespace exists: a namespace with the same mappings stands in for it, because the kernel uses nothing but the
/// mappings.
/// </summary>
internal sealed class IdMappedMounts
{
    private readonly MountIdMap?[]? _maps;

    public IdMappedMounts(Spec spec)
    {
        for (int i = 0; i < spec.Mounts.Count; i++)
        {
            if (Plan(spec, i) is { } map)
                (_maps ??= new MountIdMap?[spec.Mounts.Count])[i] = WithSharedNamespace(map, i);
        }
    }

    /// <summary>Mapping of <c>mounts[mount]</c>; null without one.</summary>
    public MountIdMap? this[int mount] => _maps?[mount];

    /// <summary>One mapping for each namespace to create.</summary>
    public IEnumerable<MountIdMap> NewNamespaces()
    {
        for (int i = 0; i < (_maps?.Length ?? 0); i++)
        {
            if (_maps![i] is { } map && map.Namespace == SlotOf(i))
                yield return map;
        }
    }

    private static MountIdMap? Plan(Spec spec, int i)
    {
        MountSpec mount = spec.Mounts[i];
        JsonPointer at = JsonPointer.Of("mounts", i);
        bool recursive = false;
        string? option = null;
        JsonPointer origin = at.At("uidMappings");
        for (int j = 0; j < mount.Options.Count; j++)
        {
            if (!IdMapOption.IsOne(mount.Options[j], out recursive))
                continue;
            option = mount.Options[j];
            origin = at.At("options").At(j);
            break;
        }

        if (mount.UidMappings.Count > 0)
            return new MountIdMap(SlotOf(i), mount.UidMappings, mount.GidMappings) { Recursive = recursive, Origin = origin };
        if (option is null)
            return null;
        IdMapOption? own = IdMapOption.Parse(option, spec.Linux, out string? problem);
        if (problem is not null)
            throw new LadeException(origin, problem);
        if (own is not null)
            return new MountIdMap(SlotOf(i), own.Uids, own.Gids) { Recursive = recursive, Origin = origin };
        return spec.Linux is { UidMappings.Count: > 0 } linux
            ? new MountIdMap(SlotOf(i), linux.UidMappings, linux.GidMappings) { Recursive = recursive, Origin = origin }
            : new MountIdMap(NamespaceTable.SlotOf(NamespaceType.User), [], []) { Recursive = recursive, Origin = origin };
    }

    /// <summary>Mounts with the same mappings share a namespace.</summary>
    private MountIdMap WithSharedNamespace(MountIdMap map, int i)
    {
        for (int j = 0; j < i; j++)
        {
            if (_maps![j] is { } other && IsSame(map.Uids, other.Uids) && IsSame(map.Gids, other.Gids))
                return map with { Namespace = other.Namespace };
        }

        return map;
    }

    private static bool IsSame(IReadOnlyList<IdMapping> some, IReadOnlyList<IdMapping> others)
    {
        bool same = some.Count == others.Count;
        for (int i = 0; same && i < some.Count; i++)
            same = some[i] == others[i];
        return same;
    }

    private static Slot SlotOf(int mount) => new("idmaps/" + mount);
}
