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

/// <summary>How this host's cgroup file systems are presented to a container that mounts <c>cgroup</c>.</summary>
internal sealed record CgroupMountFacts
{
    /// <summary>For a container that mounts no cgroup.</summary>
    public static CgroupMountFacts None { get; } = new();

    /// <summary>Pure cgroup v2.</summary>
    public bool IsUnified { get; init; }

    /// <summary>v1 hierarchies, and the v2 one on a hybrid host.</summary>
    public IReadOnlyList<CgroupHierarchyFacts> Hierarchies { get; init; } = [];

    /// <summary>The container's own directory in the unified hierarchy, to bind-mount where the file system itself cannot be mounted.</summary>
    public string? UnifiedDirectory { get; init; }

    /// <summary>Mount point of the unified hierarchy, for the same purpose.</summary>
    public string? UnifiedMount { get; init; }
}

/// <summary>A hierarchy as seen by a container.</summary>
/// <param name="Name">Directory name below /sys/fs/cgroup: <c>cpu,cpuacct</c>, <c>systemd</c>.</param>
/// <param name="Options">Mount options: <c>cpu,cpuacct</c> or <c>name=systemd</c>; empty for cgroup2.</param>
/// <param name="IsUnified">The cgroup2 hierarchy of a hybrid host.</param>
/// <param name="Links">Symbolic links next to it that point to it: <c>cpu</c>, <c>cpuacct</c>.</param>
/// <param name="Directory">The container's cgroup directory, to bind-mount without a cgroup namespace.</param>
internal sealed record CgroupHierarchyFacts(string Name, IReadOnlyList<string> Options, bool IsUnified, IReadOnlyList<string> Links, string? Directory);
