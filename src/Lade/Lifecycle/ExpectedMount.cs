using System;
using System.Collections.Generic;
using Lade.Plan;

namespace Lade.Lifecycle;

/// <summary>The mount that must be found on a path once the plan has been executed.</summary>
/// <param name="Operation">The last operation that affects it, for errors.</param>
/// <param name="Path">Absolute, relative to the container's root.</param>
/// <param name="Type">File system type; null for any.</param>
/// <param name="Attributes">The minimum set.</param>
internal sealed record ExpectedMount(Operation Operation, string Path, string? Type, MountAttributes Attributes)
{
    /// <summary>Index of the operation that mounts it.</summary>
    public int Index { get; init; }

    /// <summary>How many mounts the plan stacks on this path.</summary>
    public int Layers { get; init; } = 1;

    /// <summary>Submounts of the source come with it.</summary>
    public bool HasTree { get; init; }

    /// <summary>Not mounted by the plan: any mount on the path may be the one with the attributes.</summary>
    public bool IsAnyLayer { get; init; }

    /// <summary>Hooks run after it, and may mount over it.</summary>
    public bool MayBeCovered { get; init; }

    private const MountAttributes NodeAttributes = MountAttributes.MOUNT_ATTR_RDONLY | MountAttributes.MOUNT_ATTR_NOSUID | MountAttributes.MOUNT_ATTR_NOEXEC;

    /// <summary>The attributes that restrict the container, which those for access times do not.</summary>
    private const MountAttributes Restrictions = NodeAttributes | MountAttributes.MOUNT_ATTR_NODEV | MountAttributes.MOUNT_ATTR_NOSYMFOLLOW;

    /// <param name="skipped">Indices of operations whose path is absent, ascending.</param>
    public static List<ExpectedMount> FromPlan(IReadOnlyList<Operation> operations, IReadOnlyList<int> skipped)
    {
        var expected = new List<ExpectedMount>();
        var trees = new List<Tree>();
        int nextSkipped = 0;
        for (int i = 0; i < operations.Count; i++)
        {
            if (nextSkipped < skipped.Count && skipped[nextSkipped] == i)
            {
                nextSkipped++;
                // Only the paths of these may be absent, whatever `init` claims.
                if (operations[i] is MaskPath or ReadonlyPath)
                    continue;
            }

            switch (operations[i])
            {
                case OpenTree o:
                    trees.Add(new Tree { Slot = o.Tree, IsRecursive = o.Recursive });
                    break;
                case SetTreeAttributes o:
                    if (Find(trees, o.Tree) is { } tree)
                        tree.Attributes = Change(tree.Attributes, o.Set, o.Clear);
                    break;
                case Mount o:
                    bool isKernels = o.Fallback is null && o.Type is "proc" or "sysfs";
                    MountAttributes attributes = o.Attributes & Restrictions;
                    Add(expected, i, new ExpectedMount(o, Normalize(o.Target), isKernels ? o.Type : null, attributes) { HasTree = o.Fallback is not null });
                    break;
                case Attach o:
                    Tree? source = Find(trees, o.Tree);
                    Add(expected, i, new ExpectedMount(o, Normalize(o.Target), null, source?.Attributes ?? MountAttributes.None) { HasTree = source is { IsRecursive: true } });
                    break;
                case AttachNode o:
                    Add(expected, i, new ExpectedMount(o, Normalize(o.Path), null, NodeAttributes));
                    break;
                case MaskPath o:
                    Add(expected, i, new ExpectedMount(o, Normalize(o.Path), null, NodeAttributes));
                    break;
                case ReadonlyPath o:
                    Add(expected, i, new ExpectedMount(o, Normalize(o.Path), null, MountAttributes.MOUNT_ATTR_RDONLY) { HasTree = true });
                    break;
                case Remount o:
                    Alter(expected, o, Normalize(o.Target), o.Set, o.Clear);
                    break;
                case SetTargetAttributes o:
                    Alter(expected, o, Normalize(o.Target), o.Set, o.Clear);
                    break;
                case RunHook or Sync { Point: SyncPoint.Hooks }:
                    for (int j = 0; j < expected.Count; j++)
                        expected[j] = expected[j] with { MayBeCovered = true };
                    break;
                default:
                    break;
            }
        }

        return expected;
    }

    private static void Add(List<ExpectedMount> expected, int index, ExpectedMount mount)
    {
        // A mount over the root is not reachable by its path.
        if (mount.Path == "/")
            return;
        int lower = Find(expected, mount.Path);
        if (lower < 0)
            expected.Add(mount with { Index = index });
        else
            expected[lower] = mount with { Index = index, Layers = expected[lower].Layers + 1 };
    }

    private static void Alter(List<ExpectedMount> expected, Operation operation, string path, MountAttributes set, MountAttributes clear)
    {
        int mount = Find(expected, path);
        if (mount >= 0)
            expected[mount] = expected[mount] with { Operation = operation, Attributes = Change(expected[mount].Attributes, set, clear) };
        else if ((set & Restrictions) != MountAttributes.None)
            expected.Add(new ExpectedMount(operation, path, null, set & Restrictions) { HasTree = true, IsAnyLayer = true });
    }

    private static int Find(List<ExpectedMount> expected, string path)
    {
        for (int i = 0; i < expected.Count; i++)
        {
            if (expected[i].Path == path)
                return i;
        }

        return -1;
    }

    private static Tree? Find(List<Tree> trees, Slot slot)
    {
        foreach (Tree tree in trees)
        {
            if (tree.Slot == slot)
                return tree;
        }

        return null;
    }

    private static MountAttributes Change(MountAttributes attributes, MountAttributes set, MountAttributes clear) => ((attributes & ~clear) | set) & Restrictions;

    private static string Normalize(string path) =>
        path.Length > 1 && path[0] == '/' && path[^1] != '/' && !path.Contains("//", StringComparison.Ordinal)
            ? path
            : "/" + string.Join('/', path.Split('/', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>A detached copy of a source.</summary>
    private sealed class Tree
    {
        public required Slot Slot { get; init; }
        public bool IsRecursive { get; init; }
        public MountAttributes Attributes { get; set; }
    }
}
