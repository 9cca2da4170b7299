using System.Collections.Generic;
using Lade.Configuration;

namespace Lade.Planning;

/// <summary>
/// A user namespace for containers of an unprivileged user, who could not create any without one: the user is root in it, and the subordinate IDs from
/// /etc/subuid and /etc/subgid are mapped from ID 1 on.
/// </summary>
internal static class AutomaticUserNamespace
{
    /// <summary>Adds the user namespace, unless the configuration already has one.</summary>
    /// <param name="subordinateUids">Ranges that newuidmap(1) would let us map; empty if it is not installed.</param>
    public static Spec Add(Spec spec, uint uid, uint gid, IReadOnlyList<IdRange> subordinateUids, IReadOnlyList<IdRange> subordinateGids)
    {
        LinuxSpec linux = spec.Linux ?? new LinuxSpec();
        if (linux.Has(NamespaceType.User))
            return spec;
        return spec with
        {
            Linux = linux with
            {
                Namespaces = [.. linux.Namespaces, new NamespaceSpec(NamespaceType.User, null)],
                UidMappings = Map(uid, subordinateUids),
                GidMappings = Map(gid, subordinateGids),
            },
        };
    }

    private static List<IdMapping> Map(uint own, IReadOnlyList<IdRange> further)
    {
        List<IdMapping> mappings = [new IdMapping(0, own, 1)];
        uint next = 1;
        foreach (IdRange range in further)
        {
            mappings.Add(new IdMapping(next, range.First, range.Count));
            next += range.Count;
        }

        return mappings;
    }
}
