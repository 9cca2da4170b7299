using System;
using System.Collections.Generic;

using Lade.Plan;

namespace Lade.Rootfs;

/// <summary>
/// The <c>cgroup</c> mount of a container. On cgroup v2 it is one file system. On v1 it is a tmpfs with a mount per hierarchy in it: the hierarchy itself
/// within a cgroup namespace, whose root is the container's cgroup; without one a bind mount of the container's own directory.
/// </summary>
internal static class CgroupMount
{
    public static IEnumerable<Operation> Plan(CgroupMountFacts facts, string target, MountOptions options, bool ownNamespace)
    {
        if (facts.IsUnified)
            return PlanUnified(facts, target, options, ownNamespace);
        return PlanHierarchies(facts, target, options, ownNamespace);
    }

    private static IEnumerable<Operation> PlanUnified(CgroupMountFacts facts, string target, MountOptions options, bool ownNamespace)
    {
        if (ownNamespace || facts.UnifiedDirectory is not { } directory)
        {
            yield return new Mount("cgroup2", "cgroup", target) { Options = options.FileSystem, Attributes = options.OfNewMount };
            yield break;
        }

        foreach (Operation operation in Bind(new Slot("cgroup-mount/unified"), directory, target, options.OfNewMount))
            yield return operation;
    }

    private static IEnumerable<Operation> PlanHierarchies(CgroupMountFacts facts, string target, MountOptions options, bool ownNamespace)
    {
        MountAttributes writable = options.OfNewMount & ~MountAttributes.MOUNT_ATTR_RDONLY;
        yield return new Mount("tmpfs", "tmpfs", target) { Options = [new FsOption("mode", "755")], Attributes = writable };
        foreach (CgroupHierarchyFacts hierarchy in facts.Hierarchies)
        {
            string path = target + "/" + hierarchy.Name;
            if (ownNamespace)
            {
                var wanted = new List<FsOption>();
                foreach (string option in hierarchy.Options)
                {
                    int equals = option.IndexOf('=', StringComparison.Ordinal);
                    wanted.Add(equals < 0 ? new FsOption(option, null) : new FsOption(option[..equals], option[(equals + 1)..]));
                }

                yield return new Mount(hierarchy.IsUnified ? "cgroup2" : "cgroup", "cgroup", path) { Options = wanted, Attributes = options.OfNewMount };
            }
            else if (hierarchy.Directory is { } directory)
            {
                foreach (Operation operation in Bind(new Slot("cgroup-mount/" + hierarchy.Name), directory, path, options.OfNewMount))
                    yield return operation;
            }

            foreach (string link in hierarchy.Links)
                yield return new MakeSymlink(target + "/" + link, hierarchy.Name);
        }

        if (options.IsReadonly)
            yield return new SetTargetAttributes(target) { Set = MountAttributes.MOUNT_ATTR_RDONLY };
    }

    private static IEnumerable<Operation> Bind(Slot tree, string directory, string target, MountAttributes attributes)
    {
        yield return new OpenTree(tree, directory);
        yield return new SetTreeAttributes(tree, attributes, MountAttributes.None, directory) { Propagation = MountPropagation.MS_PRIVATE };
        yield return new Attach(tree, directory, target);
    }
}
