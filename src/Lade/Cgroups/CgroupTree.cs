using System;
using System.Collections.Generic;
using Lade.Linux;

namespace Lade.Cgroups;

/// <summary>Creates, walks and removes directories of cgroups.</summary>
internal static class CgroupTree
{
    private const int RemovalMilliseconds = 10_000;

    /// <summary>Time in which dying processes usually leave their cgroup.</summary>
    private const int DyingMilliseconds = 200;

    /// <summary>Calls <paramref name="visit"/> with a cgroup and each one below it, from the top down, until it returns false. Nothing when the cgroup does not exist.</summary>
    public static void Visit(string path, Func<Fd, bool> visit)
    {
        using Fd? root = DirectoryTree.TryOpen(path);
        if (root is not null)
            DirectoryTree.Visit(root, path, visit);
    }

    /// <summary>Creates the missing components of <paramref name="directory"/>, from the top.</summary>
    /// <param name="ignorePermissionErrors">Returns null where the caller has no permission.</param>
    /// <returns>The directory as it is now: one that another command has created concurrently is not ours.</returns>
    public static CgroupDirectory? Create(CgroupDirectory directory, bool ignorePermissionErrors)
    {
        if (directory.Missing == 0)
            return directory;
        Errno errno = MakeMissing(directory.Path, directory.Missing);
        // A delete may have removed an empty parent between the probe and here.
        if (errno == Errno.ENOENT)
            errno = MakeMissing(directory.Path, directory.Path.Split('/').Length - 1);
        if (ignorePermissionErrors && IsPermission(errno))
            return null;
        return errno.Value == 0 ? directory
            : errno == Errno.EEXIST ? directory with { Missing = 0 }
            : throw new LadeException("unable to apply cgroup configuration: mkdir " + directory.Path, errno);
    }

    /// <summary>A cgroup that existed before must be empty and not frozen, or the container could not start (spec 1.1: an unsuitable cgroup is an error).</summary>
    public static void CheckUsable(ICgroup cgroup)
    {
        var existing = new List<string>();
        foreach (CgroupDirectory directory in cgroup.Directories)
        {
            if (directory.Missing == 0)
                existing.Add(directory.Path);
        }

        if (CgroupProcesses.List(existing) is { Count: > 0 } pids)
            throw new LadeException("container's cgroup is not empty: " + pids.Count + " process(es) found");
        if (cgroup.IsFrozen)
            throw new LadeException("container's cgroup unexpectedly frozen");
    }

    /// <summary>
    /// Removes the directories that lade created. Dying processes occupy their cgroup for some time after their parent has reaped them, so EBUSY is waited out, first
    /// for all hierarchies together.
    /// </summary>
    /// <param name="evict">Kills the remaining processes when dying takes long; null where they may not be the container's.</param>
    public static void Remove(IReadOnlyList<CgroupDirectory> directories, Action? evict = null)
    {
        var left = new List<CgroupDirectory>(directories.Count);
        foreach (CgroupDirectory directory in directories)
        {
            if (directory.Missing > 0 && !TryRemove(directory))
                left.Add(directory);
        }

        var patience = new Backoff(DyingMilliseconds);
        var backoff = new Backoff(RemovalMilliseconds);
        while (left.Count > 0)
        {
            foreach (CgroupDirectory directory in left)
                RemoveBelow(directory.Path);
            left.RemoveAll(TryRemove);
            if (left.Count == 0 || patience.Sleep())
                continue;
            evict?.Invoke();
            evict = null;
            if (!backoff.Sleep())
                throw new LadeException("remove cgroup " + left[0].Path + Occupants(left[0].Path), Errno.EBUSY);
        }
    }

    /// <summary>Whether this is how the kernel refuses a caller without privileges.</summary>
    public static bool IsPermission(Errno errno) => errno == Errno.EPERM || errno == Errno.EACCES || errno == Errno.EROFS;

    /// <summary>Makes the last <paramref name="levels"/> components of a path. A parent that exists is not an error.</summary>
    private static Errno MakeMissing(string path, int levels)
    {
        Errno errno = levels > 1 ? MakeMissing(CgroupPath.Parent(path), levels - 1) : default;
        if (errno.Value != 0 && errno != Errno.EEXIST)
            return errno;
        return Libc.mkdirat(Libc.AT_FDCWD, path, 0x1ED) < 0 ? Libc.LastError : default;
    }

    private static string Occupants(string path) => CgroupProcesses.List(path) is { Count: > 0 } pids ? " (there are still " + CgroupProcesses.Describe(pids) + ")" : "";

    /// <summary>Removes a directory and the parents that lade created, unless these are in use by now; false while the directory itself is busy.</summary>
    private static bool TryRemove(CgroupDirectory directory)
    {
        string path = directory.Path;
        for (int i = 0; i < Math.Max(1, directory.Missing); i++)
        {
            Errno errno = Directories.TryRemove(path);
            // cgroupfs returns EBUSY for sub-cgroups and processes alike, a plain directory ENOTEMPTY.
            if (errno == Errno.EBUSY || errno == Errno.ENOTEMPTY)
                return i > 0;
            if (errno.Value != 0)
                throw new LadeException("remove cgroup " + path, errno);
            path = CgroupPath.Parent(path);
        }

        return true;
    }

    /// <summary>Removes the cgroups that the container created. What is busy stays for the next round.</summary>
    private static void RemoveBelow(string path)
    {
        using Fd? root = DirectoryTree.TryOpen(path);
        if (root is not null)
            DirectoryTree.RemoveBelow(root, path);
    }
}
