using System;
using System.Collections.Generic;
using Lade.Linux;
using Lade.Plan;

namespace Lade.Lifecycle;

/// <summary>
/// When all is made, the mounts that the container sees are held against the plan. What shares the root or a volume with it may have renamed a directory at any
/// moment, and then a mask, a read-only path or a whole procfs is where nobody looks for it: better no container than one that is open.
/// </summary>
internal static class MountCheck
{
    /// <summary>What a path must be.</summary>
    /// <param name="Type">Of the file system; null for any.</param>
    private readonly record struct Expected(Operation Operation, string Path, string? Type, bool Readonly);

    /// <param name="skipped">Indices of operations whose path is absent.</param>
    /// <param name="hasHooks">Programs of the operator's have changed mounts on the way, perhaps: what they put on top is theirs.</param>
    /// <exception cref="LadeException">Something is not where it should be.</exception>
    public static void Check(int pid, IReadOnlyList<Operation> operations, IReadOnlyList<int> skipped, bool hasHooks)
    {
        List<Expected> expected = Expect(operations, skipped);
        if (expected.Count == 0)
            return;
        MountTable table = MountTable.Of(pid);
        foreach (Expected mount in expected)
        {
            if ((table.Top(mount.Path) ?? Resolve(pid, mount.Path, table)) is not { } found)
                throw Changed(mount.Operation, "nothing is mounted on " + mount.Path);
            if (hasHooks)
                continue;
            if (mount.Type is not null && found.Type != mount.Type)
                throw Changed(mount.Operation, "on " + mount.Path + " is a " + found.Type + ", not a " + mount.Type);
            if (mount.Readonly && !found.IsReadonly)
                throw Changed(mount.Operation, mount.Path + " is writable");
        }
    }

    private static LadeException Changed(Operation operation, string what) =>
        new(operation.Origin, operation.Sentence + ": the container's mounts are not what they were made to be: " + what + "; does another process rename directories of its root or volumes?");

    /// <summary>The last that is said of a path counts.</summary>
    private static List<Expected> Expect(IReadOnlyList<Operation> operations, IReadOnlyList<int> skipped)
    {
        var expected = new List<Expected>();
        int nextSkipped = 0;
        for (int i = 0; i < operations.Count; i++)
        {
            bool isSkipped = nextSkipped < skipped.Count && skipped[nextSkipped] == i;
            if (isSkipped)
                nextSkipped++;
            else if (Of(operations[i]) is { } mount)
                Put(expected, mount);
        }

        return expected;
    }

    private static Expected? Of(Operation operation) => operation switch
    {
        Mount m => new Expected(m, Normalize(m.Target), m.Fallback is null && m.Type is "proc" or "sysfs" ? m.Type : null, (m.Attributes & MountAttributes.MOUNT_ATTR_RDONLY) != 0),
        Attach m => new Expected(m, Normalize(m.Target), null, false),
        AttachNode m => new Expected(m, Normalize(m.Path), null, true),
        MaskPath m => new Expected(m, Normalize(m.Path), null, true),
        ReadonlyPath m => new Expected(m, Normalize(m.Path), null, true),
        SetTargetAttributes m when (m.Set & MountAttributes.MOUNT_ATTR_RDONLY) != 0 => new Expected(m, Normalize(m.Target), null, true),
        _ => null,
    };

    private static void Put(List<Expected> expected, Expected mount)
    {
        // Over the root nothing of the container's can be seen by its path.
        if (mount.Path == "/" && mount.Operation is not SetTargetAttributes)
            return;
        for (int i = 0; i < expected.Count; i++)
        {
            if (expected[i].Path != mount.Path)
                continue;
            expected[i] = mount with { Type = mount.Type ?? (mount.Operation is SetTargetAttributes ? expected[i].Type : null) };
            return;
        }

        expected.Add(mount);
    }

    /// <summary>A path that goes through a link of the image: what it leads to, if that is the root of a mount.</summary>
    private static MountEntry? Resolve(int pid, string path, MountTable table)
    {
        using Fd? root = Files.TryOpen("/proc/" + pid + "/root", Libc.O_PATH | Libc.O_DIRECTORY, out Errno errno);
        // A process that is not dumpable shows its root to root alone. Whoever has no rights over others has nothing to lose by them either.
        if (root is null)
            return errno == Errno.EACCES || errno == Errno.EPERM ? new MountEntry(0, 0, path, "ro", "") : throw new LadeException("open /proc/" + pid + "/root", errno);
        return Files.MountRootedAt(root, path) is { } id ? table.WithId(id) : null;
    }

    private static string Normalize(string path)
    {
        string[] names = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return "/" + string.Join('/', names);
    }
}
