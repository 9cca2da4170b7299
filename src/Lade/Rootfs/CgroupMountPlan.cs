using System;
using System.Collections.Generic;

using Lade.Plan;

namespace Lade.Rootfs;

/// <summary>
/// The <c>cgroup</c> mount of a container. On cgroup v2 a single file system, rooted at the container's cgroup with a cgroup namespace. On v1 a tmpfs with a
/// mount per hierarchy: the hierarchy itself with a cgroup namespace, otherwise a bind mount of the container's own directory.
/// </summary>
internal static class CgroupMountPlan
{
    /// <param name="userNamespace">The container or lade is in one, so it may not mount file systems tied to namespaces owned by another.</param>
    public static IEnumerable<Operation> Plan(CgroupMountFacts facts, string target, MountOptions options, bool ownNamespace, bool userNamespace)
    {
        if (facts.IsUnified)
            return PlanUnified(facts, target, options, ownNamespace, userNamespace);
        return PlanHierarchies(facts, target, options, ownNamespace);
    }

    private static IEnumerable<Operation> PlanUnified(CgroupMountFacts facts, string target, MountOptions options, bool ownNamespace, bool userNamespace)
    {
        var mount = new Mount("cgroup2", "cgroup", target) { Options = options.FileSystem, Attributes = options.NewMountAttributes };
        // A joined cgroup namespace is not owned by the user namespace; a bind mount of that part of the host's mount is equivalent.
        if (!userNamespace || (ownNamespace ? facts.UnifiedDirectory : facts.UnifiedMount) is not { } directory)
        {
            yield return mount;
            yield break;
        }

        var tree = new Slot("cgroup-mount/unified");
        foreach (Operation operation in Open(tree, directory, options.NewMountAttributes, recursive: true))
            yield return operation;
        yield return mount with { Fallback = tree };
    }

    private static IEnumerable<Operation> PlanHierarchies(CgroupMountFacts facts, string target, MountOptions options, bool ownNamespace)
    {
        MountAttributes writable = options.NewMountAttributes & ~MountAttributes.MOUNT_ATTR_RDONLY;
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

                yield return new Mount(hierarchy.IsUnified ? "cgroup2" : "cgroup", "cgroup", path) { Options = wanted, Attributes = options.NewMountAttributes };
            }
            else if (hierarchy.Directory is { } directory)
            {
                foreach (Operation operation in Bind(new Slot("cgroup-mount/" + hierarchy.Name), directory, path, options.NewMountAttributes))
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
        foreach (Operation operation in Open(tree, directory, attributes, recursive: false))
            yield return operation;
        yield return new Attach(tree, directory, target);
    }

    /// <summary>Clones a host mount, ready to be attached.</summary>
    /// <param name="recursive">Includes submounts, which a user namespace may not leave out.</param>
    public static IEnumerable<Operation> Open(Slot tree, string directory, MountAttributes attributes, bool recursive)
    {
        yield return new OpenTree(tree, directory) { Recursive = recursive };
        yield return new SetTreeAttributes(tree, directory, attributes, MountAttributes.None) { Propagation = MountPropagation.MS_PRIVATE, Recursive = recursive };
    }
}
