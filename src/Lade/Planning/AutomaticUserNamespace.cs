using System.Collections.Generic;
using Lade.Configuration;

namespace Lade.Planning;

/// <summary>
/// A user namespace for the containers of an ordinary user, who could make none without: he is root in it, and the further ids that /etc/subuid and
/// /etc/subgid give him follow from 1 on.
/// </summary>
internal static class AutomaticUserNamespace
{
    /// <summary>The configuration with it; the same when it has a user namespace of its own.</summary>
    /// <param name="subordinateUids">Ranges that newuidmap(1) would let us map; empty where there is no such program.</param>
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
