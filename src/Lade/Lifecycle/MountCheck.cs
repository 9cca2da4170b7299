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
    /// <param name="skipped">Indices of operations whose path is absent.</param>
    /// <exception cref="LadeException">Something is not where or as it should be.</exception>
    public static void Check(int pid, IReadOnlyList<Operation> operations, IReadOnlyList<int> skipped)
    {
        List<ExpectedMount> expected = ExpectedMount.Of(operations, skipped);
        if (expected.Count == 0)
            return;
        MountTable table = MountTable.Of(pid);
        Compare(expected, table, mount => Resolve(pid, mount, table), () => MountTable.Of(Environment.ProcessId));
    }

    /// <param name="resolve">Where a path leads on which nothing is mounted by its name; empty where we may not look.</param>
    /// <param name="ours">The host's mounts.</param>
    /// <exception cref="LadeException">Something is not where or as it should be.</exception>
    internal static void Compare(IReadOnlyList<ExpectedMount> expected, MountTable table, Func<ExpectedMount, string> resolve, Func<MountTable> ours)
    {
        var places = new string[expected.Count];
        for (int i = 0; i < places.Length; i++)
            places[i] = table.Top(expected[i].Path) is null ? resolve(expected[i]) : expected[i].Path;
        for (int i = 0; i < places.Length; i++)
        {
            if (places[i].Length > 0 && !IsCovered(i, expected, places) && Difference(expected[i], places[i], table) is { } what)
                throw Changed(expected[i].Operation, what);
        }

        FindStrays(expected, places, table, ours);
    }

    private static string Resolve(int pid, ExpectedMount mount, MountTable table)
    {
        using Fd? root = Files.TryOpen("/proc/" + pid + "/root", Libc.O_PATH | Libc.O_DIRECTORY, out Errno errno);
        // A process that is not dumpable shows its root to root alone. Whoever has no rights over others has nothing to lose by them either.
        if (root is null)
            return errno == Errno.EACCES || errno == Errno.EPERM ? "" : throw new LadeException("open /proc/" + pid + "/root", errno);
        // A path that goes through a link of the image.
        if (Files.MountRootedAt(root, mount.Path) is { } id && table.WithId(id) is { } found)
            return found.Point;
        throw Changed(mount.Operation, "nothing is mounted on " + mount.Path);
    }

    /// <summary>Two paths of the plan lead to one place, and the other's mount is on top.</summary>
    private static bool IsCovered(int index, IReadOnlyList<ExpectedMount> expected, string[] places)
    {
        for (int i = 0; i < places.Length; i++)
        {
            if (places[i] == places[index] && expected[i].Index > expected[index].Index)
                return true;
        }

        return false;
    }

    /// <summary>In words; null if the mount is as it should be.</summary>
    private static string? Difference(ExpectedMount mount, string place, MountTable table)
    {
        int layers = 0;
        string? difference = null;
        foreach (MountEntry entry in table.Entries)
        {
            if (entry.Point == place)
                layers++;
        }

        if (layers < mount.Layers)
            return mount.Layers + " mounts should be on " + mount.Path + ", there are " + layers;
        if (!mount.MayBeCovered && !mount.IsAnyLayer && table.Top(place) is { } top)
            return Difference(mount, top);
        foreach (MountEntry entry in table.Entries)
        {
            if (entry.Point != place)
                continue;
            difference = Difference(mount, entry);
            if (difference is null)
                break;
        }

        return difference;
    }

    private static string? Difference(ExpectedMount mount, MountEntry found)
    {
        if (mount.Type is not null && found.Type != mount.Type)
            return "on " + mount.Path + " is a " + found.Type + ", not a " + mount.Type;
        MountAttributes missing = mount.Attributes & ~AttributesOf(found);
        if ((missing & MountAttributes.MOUNT_ATTR_RDONLY) != MountAttributes.None)
            return mount.Path + " is writable";
        return missing == MountAttributes.None ? null : mount.Path + " lacks " + missing;
    }

    private static MountAttributes AttributesOf(MountEntry entry) =>
        (entry.Has("ro") ? MountAttributes.MOUNT_ATTR_RDONLY : MountAttributes.None)
        | (entry.Has("nosuid") ? MountAttributes.MOUNT_ATTR_NOSUID : MountAttributes.None)
        | (entry.Has("nodev") ? MountAttributes.MOUNT_ATTR_NODEV : MountAttributes.None)
        | (entry.Has("noexec") ? MountAttributes.MOUNT_ATTR_NOEXEC : MountAttributes.None)
        | (entry.Has("nosymfollow") ? MountAttributes.MOUNT_ATTR_NOSYMFOLLOW : MountAttributes.None);

    /// <summary>A procfs or sysfs where the plan knows of none has no masks. Hooks and the trees of bind mounts, the root's among them, may bring one.</summary>
    private static void FindStrays(IReadOnlyList<ExpectedMount> expected, string[] places, MountTable table, Func<MountTable> ours)
    {
        foreach (MountEntry entry in table.Entries)
        {
            if (entry.Type is not ("proc" or "sysfs") || IsKnown(entry, expected, places))
                continue;
            if (!ours().HasBelow(entry.Point, entry.Type))
                throw Changed(expected[0].Operation, "a " + entry.Type + " is mounted on " + entry.Point);
        }
    }

    private static bool IsKnown(MountEntry entry, IReadOnlyList<ExpectedMount> expected, string[] places)
    {
        for (int i = 0; i < places.Length; i++)
        {
            if (expected[i].MayBeCovered || places[i].Length == 0 || places[i] == entry.Point || (expected[i].HasTree && IsBelow(entry.Point, places[i])))
                return true;
        }

        return false;
    }

    private static bool IsBelow(string path, string directory) =>
        path.Length > directory.Length && path[directory.Length] == '/' && path.StartsWith(directory, StringComparison.Ordinal);

    private static LadeException Changed(Operation operation, string what) =>
        new(operation.Origin, operation.Description + ": the container's mounts are not what they were made to be: " + what + "; does another process rename directories of its root or volumes?");
}
