using System;
using System.Collections.Generic;
using Lade.Linux;

namespace Lade.Cgroups;

/// <summary>What v1 and v2 do alike with directories of cgroups: make, list processes, remove.</summary>
internal static class CgroupTree
{
    private const int RemovalMilliseconds = 10_000;

    /// <summary>After that it is not the usual dying any more that keeps a cgroup busy.</summary>
    private const int DyingMilliseconds = 200;

    /// <summary>Makes what is missing of <paramref name="directory"/>, from the top.</summary>
    /// <returns>The directory as it is now: another command may have made the leaf in the meantime, then it is not ours.</returns>
    public static CgroupDirectory Make(CgroupDirectory directory)
    {
        if (directory.Missing == 0)
            return directory;
        if (directory.Missing > 1)
            MakeParents(directory.Path, directory.Missing - 1);
        int made = Libc.mkdirat(Libc.AT_FDCWD, directory.Path, 0x1ED);
        // Between looking and making, the last neighbour's delete may have taken an empty parent away.
        if (made < 0 && Libc.LastError == Errno.ENOENT)
        {
            Files.MakeDirectories(CgroupDirectory.Parent(directory.Path), 0x1ED);
            made = Libc.mkdirat(Libc.AT_FDCWD, directory.Path, 0x1ED);
        }

        if (made == 0)
            return directory;
        return Libc.LastError == Errno.EEXIST ? directory with { Missing = 0 } : throw new LadeException("unable to apply cgroup configuration: mkdir " + directory.Path, Libc.LastError);
    }

    private static void MakeParents(string path, int levels)
    {
        string parent = CgroupDirectory.Parent(path);
        if (levels > 1)
            MakeParents(parent, levels - 1);
        Files.MakeDirectory(parent, 0x1ED);
    }

    /// <summary>The processes of a cgroup and of those below it, each once, in order. None when it does not exist.</summary>
    public static List<int> Processes(string path)
    {
        var pids = new List<int>();
        AddProcesses(path, pids);
        return Distinct(pids);
    }

    /// <summary>Adds the processes of a cgroup and of those below it, some perhaps more than once.</summary>
    private static void AddProcesses(string path, List<int> pids)
    {
        using Fd? root = DirectoryTree.TryOpen(path);
        if (root is null)
            return;
        DirectoryTree.Visit(root, path, cgroup =>
        {
            AddPids(cgroup, path, pids);
            return true;
        });
    }

    /// <summary>The cgroup, <paramref name="path"/> or one below, in which a process is; null when it is in none of them.</summary>
    public static Fd? Find(string path, int pid)
    {
        using Fd? root = DirectoryTree.TryOpen(path);
        if (root is null)
            return null;
        Fd? found = null;
        DirectoryTree.Visit(root, path, cgroup =>
        {
            var pids = new List<int>();
            AddPids(cgroup, path, pids);
            if (pids.Contains(pid))
                found = Files.Open(".", Libc.O_PATH | Libc.O_DIRECTORY, below: cgroup);
            return found is null;
        });
        return found;
    }

    /// <summary>Sorts, and leaves one of each.</summary>
    public static List<int> Distinct(List<int> pids)
    {
        pids.Sort();
        int kept = 0;
        for (int i = 0; i < pids.Count; i++)
        {
            if (kept == 0 || pids[i] != pids[kept - 1])
                pids[kept++] = pids[i];
        }

        pids.RemoveRange(kept, pids.Count - kept);
        return pids;
    }

    /// <summary>Adds the processes of one open cgroup.</summary>
    public static void AddPids(Fd cgroup, string path, List<int> pids)
    {
        const string File = "cgroup.procs";
        byte[] text;
        using (Fd? fd = Files.TryOpen(File, Libc.O_RDONLY, out Errno errno, 0, cgroup))
        {
            if (fd is null)
            {
                if (!IsWithoutProcesses(errno))
                    throw new LadeException("open " + File + " of " + path + " or below", errno);
                return;
            }

            try
            {
                text = Files.ReadAll(fd, File + " of " + path + " or below");
            }
            catch (LadeException e) when (IsWithoutProcesses(e.Errno))
            {
                return;
            }
        }

        int pid = 0;
        foreach (byte c in text)
        {
            if (c is >= (byte)'0' and <= (byte)'9')
            {
                pid = pid * 10 + (c - '0');
                continue;
            }

            // 0 stands for a process outside the reader's pid namespace.
            if (pid != 0)
                pids.Add(pid);
            pid = 0;
        }
    }

    // ENOENT and ENODEV: removed before or after the open. EOPNOTSUPP: a threaded cgroup of v2, whose processes are listed above it.
    private static bool IsWithoutProcesses(Errno errno) => errno == Errno.ENOENT || errno == Errno.ENODEV || errno == Errno.EOPNOTSUPP;

    /// <summary>A cgroup that was there before must be empty and must run, or the container would not (spec 1.1: an unfit cgroup is an error).</summary>
    public static void CheckFit(ICgroup cgroup)
    {
        var pids = new List<int>();
        foreach (CgroupDirectory directory in cgroup.Directories)
        {
            if (directory.Missing == 0)
                AddProcesses(directory.Path, pids);
        }

        if (Distinct(pids).Count > 0)
            throw new LadeException("container's cgroup is not empty: " + pids.Count + " process(es) found");
        if (cgroup.IsFrozen)
            throw new LadeException("container's cgroup unexpectedly frozen");
    }

    /// <summary>
    /// Removes the directories lade made. Dying processes hold their cgroup for some time after their parent has seen their end, so
    /// EBUSY is waited out: first for all hierarchies together, as they become free together.
    /// </summary>
    /// <param name="evict">Ends what is in them still, when dying takes long; null where the processes may be anybody's.</param>
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
                throw new LadeException("remove cgroup " + left[0].Path + WhatIsIn(left[0].Path), Errno.EBUSY);
        }
    }

    private static string WhatIsIn(string path) => Processes(path) is { Count: > 0 } pids ? " (there are still " + CgroupKilling.Describe(pids) + ")" : "";

    /// <summary>False while the leaf is busy. Parents that lade made go too unless somebody else uses them by now.</summary>
    private static bool TryRemove(CgroupDirectory directory)
    {
        Errno errno = Directories.TryRemove(directory.Path);
        if (IsBusy(errno))
            return false;
        if (errno.Value != 0 && errno != Errno.ENOENT)
            throw new LadeException("remove cgroup " + directory.Path, errno);

        string parent = directory.Path;
        for (int i = 1; i < directory.Missing; i++)
        {
            parent = CgroupDirectory.Parent(parent);
            Errno parentErrno = Directories.TryRemove(parent);
            if (IsBusy(parentErrno))
                break;
            if (parentErrno.Value != 0 && parentErrno != Errno.ENOENT)
                throw new LadeException("remove cgroup " + parent, parentErrno);
        }

        return true;
    }

    /// <summary>Removes the cgroups that the container made below its own. What is busy stays for the next round.</summary>
    private static void RemoveBelow(string path)
    {
        using Fd? root = DirectoryTree.TryOpen(path);
        if (root is not null)
            DirectoryTree.RemoveBelow(root, path);
    }

    // cgroup file systems answer EBUSY for children and processes alike, a plain directory ENOTEMPTY.
    private static bool IsBusy(Errno errno) => errno == Errno.EBUSY || errno == Errno.ENOTEMPTY;

    /// <summary>True for the answers a caller without privileges gets.</summary>
    public static bool IsPermission(Errno errno) => errno == Errno.EPERM || errno == Errno.EACCES || errno == Errno.EROFS;

    /// <summary>The absolute directory of a sub-cgroup; <c>..</c> does not lead out of the container's own.</summary>
    public static string Below(string path, string? inner) => string.IsNullOrEmpty(inner) ? path : path + CgroupPath.Clean(inner);
}
