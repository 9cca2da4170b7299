using System;
using System.Collections.Generic;
using Lade.Linux;
using Lade.Plan;

namespace Lade.Lifecycle;

/// <summary>
/// Compares the container's mounts with the plan once everything has been mounted. A process that shares the root or a volume may have renamed a directory at any time, and
/// then a mask, a read-only path or a whole procfs is not where it should be (as in CVE-2019-16884 and CVE-2021-30465).
/// </summary>
internal static class MountCheck
{
    /// <param name="skipped">Indices of operations whose path is absent.</param>
    /// <exception cref="LadeException">The mounts differ from the plan.</exception>
    public static void Check(int pid, IReadOnlyList<Operation> operations, IReadOnlyList<int> skipped)
    {
        List<ExpectedMount> expected = ExpectedMount.FromPlan(operations, skipped);
        if (expected.Count == 0)
            return;
        MountTable table = MountTable.Read(pid);
        Compare(expected, table, mount => Resolve(pid, mount, table), new(ReadOurs));
    }

    /// <param name="resolve">Resolves a path that is not itself a mount point to one; empty where access is denied.</param>
    /// <param name="ours">The host's mounts.</param>
    /// <exception cref="LadeException">The mounts differ from the plan.</exception>
    internal static void Compare(IReadOnlyList<ExpectedMount> expected, MountTable table, Func<ExpectedMount, string> resolve, Func<MountTable> ours)
    {
        var places = new string[expected.Count];
        for (int i = 0; i < places.Length; i++)
            places[i] = table.Top(expected[i].Path) is null ? resolve(expected[i]) : expected[i].Path;
        for (int i = 0; i < places.Length; i++)
        {
            if (places[i].Length > 0 && !IsCovered(i, expected, places) && Difference(expected[i], places[i], table) is { } what)
                throw Differs(expected[i].Operation, what);
        }

        FindStrays(expected, places, table, ours);
    }

    private static MountTable ReadOurs() => MountTable.Read(Environment.ProcessId);

    private static string Resolve(int pid, ExpectedMount mount, MountTable table)
    {
        using Fd? root = Files.TryOpen("/proc/" + pid + "/root", Libc.O_PATH | Libc.O_DIRECTORY, out Errno errno);
        // The root of a process that is not dumpable is accessible to host root only. For an unprivileged caller nothing is at stake that they do not own anyway.
        if (root is null)
            return errno == Errno.EACCES || errno == Errno.EPERM ? "" : throw new LadeException("open /proc/" + pid + "/root", errno);
        // The path goes through a symlink in the image.
        if (Files.MountRootedAt(root, mount.Path) is { } id && table.WithId(id) is { } found)
            return found.Point;
        throw Differs(mount.Operation, "nothing is mounted on " + mount.Path);
    }

    /// <summary>Whether another path of the plan resolves to the same place, with its mount on top.</summary>
    private static bool IsCovered(int index, IReadOnlyList<ExpectedMount> expected, string[] places)
    {
        for (int i = 0; i < places.Length; i++)
        {
            if (places[i] == places[index] && expected[i].Index > expected[index].Index)
                return true;
        }

        return false;
    }

    /// <summary>Describes the difference; null when there is none.</summary>
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

    /// <summary>Finds a procfs or sysfs that is not in the plan, and so is not masked. Hooks and recursive bind mounts, including the root, may legitimately add one.</summary>
    private static void FindStrays(IReadOnlyList<ExpectedMount> expected, string[] places, MountTable table, Func<MountTable> ours)
    {
        foreach (MountEntry entry in table.Entries)
        {
            if (entry.Type is not ("proc" or "sysfs") || IsKnown(entry, expected, places))
                continue;
            if (!ours().HasBelow(entry.Point, entry.Type))
                throw Differs(expected[0].Operation, "a " + entry.Type + " is mounted on " + entry.Point);
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

    private static LadeException Differs(Operation operation, string what) => new(
        operation.Origin,
        operation.Description + ": the container's mounts differ from the plan: " + what + "; is another process renaming directories in its root or volumes?");
}
