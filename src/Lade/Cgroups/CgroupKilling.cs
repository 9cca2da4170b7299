using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Lade.Linux;

namespace Lade.Cgroups;

/// <summary>
/// Signals to all processes of a cgroup. A number is never trusted: between the list and kill(2) it can have become another process's. A signal goes through a pidfd that was
/// opened before the cgroup's list was read once more.
/// </summary>
internal static class CgroupKilling
{
    /// <summary>How long no process may end, and none come, before killing is given up.</summary>
    private const int StuckMilliseconds = 10_000;

    /// <summary>Rounds in which new processes turned up, after which there is no other way than to forbid them.</summary>
    private const int PatientRounds = 5;

    /// <summary>Pidfds that are open at a time; the usual limit of descriptors is 1024.</summary>
    private const int Batch = 512;

    /// <summary>More would make no better error.</summary>
    private const int MostDescribed = 10;

    /// <summary>
    /// Kills until nobody is left in any of the directories. The container's processes may fork, freeze each other and move about meanwhile, and where the cgroup mount is
    /// writable undo all that is done here: so it goes round for as long as something changes. Every directory counts, because a process can be moved in each hierarchy
    /// by itself.
    /// </summary>
    /// <param name="hold">Makes the processes stand still if that can be had, so that none forks away from the list.</param>
    /// <param name="release">Thaws all levels of the tree: what is frozen in a cgroup of v1 takes no signal, not even SIGKILL.</param>
    /// <param name="processLimit">The file <c>pids.max</c>; null without one.</param>
    /// <exception cref="LadeException">Some did not end, although nothing else happened for a while.</exception>
    public static void KillAll(IReadOnlyList<CgroupDirectory> directories, Action hold, Action release, string? processLimit)
    {
        var progress = new Backoff(StuckMilliseconds);
        List<int> before = [];
        int roundsWithNew = 0;
        string? limit = null;
        try
        {
            while (true)
            {
                List<int> left;
                try
                {
                    // Processes that are dying cannot be frozen, and waiting for it would be in vain.
                    if (roundsWithNew > 0 || before.Count == 0)
                        hold();
                    left = SignalAll(directories, Libc.SIGKILL);
                }
                finally
                {
                    release();
                }

                if (left.Count == 0)
                    return;
                bool hasNew = HasNew(before, left);
                roundsWithNew = hasNew ? roundsWithNew + 1 : 0;
                if (roundsWithNew > PatientRounds && processLimit is not null)
                {
                    limit ??= Files.TryReadText(processLimit);
                    _ = Files.TryWriteValue(processLimit, "0");
                }

                if (hasNew || left.Count < before.Count)
                    progress = new Backoff(StuckMilliseconds);
                before = left;
                if (!progress.Sleep())
                    throw new LadeException("kill the container's processes: there are still " + Describe(left));
            }
        }
        finally
        {
            // The cgroup may be one that stays.
            if (limit is not null)
                _ = Files.TryWriteValue(processLimit!, limit);
        }
    }

    /// <summary>Signals every process in the directories and below once.</summary>
    /// <returns>All that were there, in order.</returns>
    public static List<int> SignalAll(IReadOnlyList<CgroupDirectory> directories, int signal)
    {
        var signaled = new HashSet<int>();
        var all = new List<int>();
        foreach (CgroupDirectory directory in directories)
        {
            using Fd? root = DirectoryTree.TryOpen(directory.Path);
            if (root is null)
                continue;
            DirectoryTree.Visit(root, directory.Path, cgroup =>
            {
                var listed = new List<int>();
                CgroupTree.AddPids(cgroup, directory.Path, listed);
                all.AddRange(listed);
                listed.RemoveAll(signaled.Contains);
                SignalIn(cgroup, directory.Path, CgroupTree.Distinct(listed), signal, signaled);
                return true;
            });
        }

        return CgroupTree.Distinct(all);
    }

    private static void SignalIn(Fd cgroup, string path, List<int> pids, int signal, HashSet<int> signaled)
    {
        var open = new List<Fd?>(Math.Min(Batch, pids.Count));
        for (int first = 0; first < pids.Count; first += Batch)
        {
            int count = Math.Min(Batch, pids.Count - first);
            try
            {
                for (int i = first; i < first + count; i++)
                    open.Add(Open(pids[i]));
                var still = new List<int>();
                CgroupTree.AddPids(cgroup, path, still);
                still.Sort();
                for (int i = 0; i < count; i++)
                {
                    // One that has been moved on since is met again where it went, or in the next round.
                    if (open[i] is { } process && still.BinarySearch(pids[first + i]) >= 0 && TrySignal(process, pids[first + i], signal))
                        signaled.Add(pids[first + i]);
                }
            }
            finally
            {
                foreach (Fd? process in open)
                    process?.Dispose();
                open.Clear();
            }
        }
    }

    /// <summary>Null when it has ended.</summary>
    private static Fd? Open(int pid)
    {
        Fd? process = Processes.TryOpenPidFd(pid);
        return process is not null || Libc.LastError == Errno.ESRCH ? process : throw new LadeException("open process " + pid, Libc.LastError);
    }

    private static bool TrySignal(Fd process, int pid, int signal)
    {
        Errno errno = Processes.Signal(process, signal);
        return errno.Value == 0 ? true : errno == Errno.ESRCH ? false : throw new LadeException("signal process " + pid, errno);
    }

    /// <summary>Both are in order.</summary>
    private static bool HasNew(List<int> before, List<int> now)
    {
        foreach (int pid in now)
        {
            if (before.BinarySearch(pid) < 0)
                return true;
        }

        return false;
    }

    /// <summary>Processes for an error: <c>2 processes: 17 (state D), 18 (state R)</c>.</summary>
    public static string Describe(IReadOnlyList<int> pids)
    {
        StringBuilder text = new StringBuilder().Append(pids.Count.ToString(CultureInfo.InvariantCulture)).Append(pids.Count == 1 ? " process: " : " processes: ");
        for (int i = 0; i < pids.Count && i < MostDescribed; i++)
        {
            text.Append(i > 0 ? ", " : "").Append(pids[i].ToString(CultureInfo.InvariantCulture));
            if (ProcStat.TryRead(pids[i]) is { } stat)
                text.Append(" (state ").Append(stat.State).Append(')');
        }

        return text.Append(pids.Count > MostDescribed ? " ..." : "").ToString();
    }
}
