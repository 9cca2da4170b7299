using System.Collections.Generic;
using Lade.Linux;

namespace Lade.Cgroups;

/// <summary>What v1 and v2 do alike with directories of cgroups: make, list processes, remove.</summary>
internal static class CgroupTree
{
    private const int RemovalMilliseconds = 10_000;

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

    /// <summary>Adds the processes of a cgroup and of those below it. Nothing when it does not exist.</summary>
    public static void AddProcesses(string path, List<int> pids)
    {
        using (Fd? fd = Files.TryOpen(path + "/cgroup.procs", Libc.O_RDONLY, out Errno errno))
        {
            if (fd is not null)
                AddPids(fd, path, pids);
            // A threaded cgroup of v2 has no processes of its own to list.
            // ENODEV: it went while the kernel was opening its file.
            else if (errno == Errno.ENOENT || errno == Errno.ENODEV)
                return;
            else if (errno != Errno.EOPNOTSUPP)
                throw new LadeException("open " + path + "/cgroup.procs", errno);
        }

        if (Directories.TryListDirectories(path) is not { } names)
            return;
        foreach (string name in names)
            AddProcesses(path + "/" + name, pids);
    }

    private static void AddPids(Fd fd, string path, List<int> pids)
    {
        byte[] text;
        try
        {
            text = Files.ReadAll(fd, path + "/cgroup.procs");
        }
        catch (LadeException e) when (e.Errno == Errno.ENODEV || e.Errno == Errno.EOPNOTSUPP)
        {
            // Removed since the open, or threaded.
            return;
        }

        int pid = 0;
        foreach (byte c in text)
        {
            if (c is >= (byte)'0' and <= (byte)'9')
            {
                pid = pid * 10 + (c - '0');
                continue;
            }

            // 0 stands for a process outside the reader's pid namespace; v1 may list a pid twice.
            if (pid != 0 && !pids.Contains(pid))
                pids.Add(pid);
            pid = 0;
        }
    }

    /// <summary>A cgroup that was there before must be empty and must run, or the container would not (spec 1.1: an unfit cgroup is an error).</summary>
    public static void CheckFit(ICgroup cgroup)
    {
        var pids = new List<int>();
        foreach (CgroupDirectory directory in cgroup.Directories)
        {
            if (directory.Missing == 0)
                AddProcesses(directory.Path, pids);
        }

        if (pids.Count > 0)
            throw new LadeException("container's cgroup is not empty: " + pids.Count + " process(es) found");
        if (cgroup.IsFrozen)
            throw new LadeException("container's cgroup unexpectedly frozen");
    }

    /// <summary>
    /// Removes the directories lade made. Dying processes hold their cgroup for some time after their parent has seen their end, so
    /// EBUSY is waited out: first for all hierarchies together, as they become free together.
    /// </summary>
    public static void Remove(IReadOnlyList<CgroupDirectory> directories)
    {
        var left = new List<CgroupDirectory>(directories.Count);
        foreach (CgroupDirectory directory in directories)
        {
            if (directory.Missing > 0 && !TryRemove(directory))
                left.Add(directory);
        }

        var backoff = new Backoff(RemovalMilliseconds);
        while (left.Count > 0)
        {
            foreach (CgroupDirectory directory in left)
                RemoveBelow(directory.Path);
            left.RemoveAll(TryRemove);
            if (left.Count > 0 && !backoff.Sleep())
                throw new LadeException("remove cgroup " + left[0].Path, Errno.EBUSY);
        }
    }

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

    /// <summary>Removes, deepest first, the cgroups that the container made below its own. What is busy stays for the next round.</summary>
    private static void RemoveBelow(string path)
    {
        if (Directories.TryListDirectories(path) is not { } names)
            return;
        foreach (string name in names)
        {
            string child = path + "/" + name;
            RemoveBelow(child);
            Errno errno = Directories.TryRemove(child);
            if (errno.Value != 0 && errno != Errno.ENOENT && !IsBusy(errno))
                throw new LadeException("remove cgroup " + child, errno);
        }
    }

    // cgroup file systems answer EBUSY for children and processes alike, a plain directory ENOTEMPTY.
    private static bool IsBusy(Errno errno) => errno == Errno.EBUSY || errno == Errno.ENOTEMPTY;

    /// <summary>True for the answers a caller without privileges gets.</summary>
    public static bool IsPermission(Errno errno) => errno == Errno.EPERM || errno == Errno.EACCES || errno == Errno.EROFS;

    /// <summary>Sends <paramref name="signal"/> to each; one that has ended meanwhile is no error.</summary>
    public static void Signal(IReadOnlyList<int> pids, int signal)
    {
        foreach (int pid in pids)
        {
            if (Libc.kill(pid, signal) < 0 && Libc.LastError != Errno.ESRCH)
                throw new LadeException("signal process " + pid, Libc.LastError);
        }
    }

    /// <summary>The absolute directory of a sub-cgroup; <c>..</c> does not lead out of the container's own.</summary>
    public static string Below(string path, string? inner) => string.IsNullOrEmpty(inner) ? path : path + CgroupPath.Clean(inner);
}
