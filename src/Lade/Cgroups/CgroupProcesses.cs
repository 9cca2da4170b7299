using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Lade.Linux;

namespace Lade.Cgroups;

/// <summary>
/// Lists and signals all processes of a cgroup and its sub-cgroups. Between the list and kill(2) a pid can be reused, so a signal goes through a pidfd that was opened
/// before the cgroup's list was read once more.
/// </summary>
internal static class CgroupProcesses
{
    /// <summary>Time without any progress after which killing is given up.</summary>
    private const int StuckMilliseconds = 10_000;

    /// <summary>Rounds with new processes after which forking is forbidden.</summary>
    private const int PatientRounds = 5;

    /// <summary>Pidfds that are open at a time; the usual limit of descriptors is 1024.</summary>
    private const int Batch = 512;

    private const int MaxDescribed = 10;

    /// <summary>The processes below <paramref name="path"/>, sorted; none when it does not exist.</summary>
    public static List<int> List(string path) => List([path]);

    public static List<int> List(IEnumerable<string> paths)
    {
        var pids = new List<int>();
        foreach (string path in paths)
        {
            CgroupTree.Visit(path, cgroup =>
            {
                AddPids(cgroup, path, pids);
                return true;
            });
        }

        return SortDistinct(pids);
    }

    /// <summary>Opens the cgroup, <paramref name="path"/> or one below, of a process; null when it is in none of them.</summary>
    public static Fd? Find(string path, int pid)
    {
        Fd? found = null;
        CgroupTree.Visit(path, cgroup =>
        {
            var pids = new List<int>();
            AddPids(cgroup, path, pids);
            if (pids.Contains(pid))
                found = Files.Open(".", Libc.O_PATH | Libc.O_DIRECTORY, below: cgroup);
            return found is null;
        });
        return found;
    }

    /// <summary>
    /// Kills until no process is left in any of the directories. The processes may fork, freeze each other, move around and, where the cgroup mount is writable, revert
    /// what is done here, so the rounds go on for as long as something changes. Every hierarchy counts, because a process can be moved in each one separately.
    /// </summary>
    /// <param name="freeze">Freezes the processes if possible, so that none forks past the list.</param>
    /// <param name="thaw">
    /// Thaws all levels of the tree, and what the processes that survived a round may be frozen by: a frozen process of v1 takes no signal, not even SIGKILL.
    /// </param>
    /// <param name="pidsMax">The file <c>pids.max</c>; null without one.</param>
    /// <exception cref="LadeException">Some did not end, and nothing else changed for a while.</exception>
    public static void KillAll(IReadOnlyList<CgroupDirectory> directories, Action freeze, Action<IReadOnlyList<int>> thaw, string? pidsMax)
    {
        var progress = new Backoff(StuckMilliseconds);
        List<int> before = [];
        int roundsWithNew = 0;
        string? savedLimit = null;
        try
        {
            while (true)
            {
                List<int> left = [];
                try
                {
                    // Dying processes cannot be frozen.
                    if (roundsWithNew > 0 || before.Count == 0)
                        freeze();
                    left = SignalAll(directories, Libc.SIGKILL);
                }
                finally
                {
                    thaw(left.FindAll(pid => before.BinarySearch(pid) >= 0));
                }

                if (left.Count == 0)
                    return;
                bool hasNew = left.Exists(pid => before.BinarySearch(pid) < 0);
                roundsWithNew = hasNew ? roundsWithNew + 1 : 0;
                if (roundsWithNew > PatientRounds && pidsMax is not null)
                {
                    savedLimit ??= CgroupFile.TryRead(pidsMax);
                    _ = Files.TryWriteValue(pidsMax, "0");
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
            // The cgroup may outlive the container.
            if (savedLimit is not null)
                _ = Files.TryWriteValue(pidsMax!, savedLimit);
        }
    }

    /// <summary>Signals every process in the directories and below once.</summary>
    /// <returns>All that were there, sorted.</returns>
    public static List<int> SignalAll(IReadOnlyList<CgroupDirectory> directories, int signal)
    {
        var signaled = new HashSet<int>();
        var all = new List<int>();
        foreach (CgroupDirectory directory in directories)
        {
            CgroupTree.Visit(directory.Path, cgroup =>
            {
                var listed = new List<int>();
                AddPids(cgroup, directory.Path, listed);
                all.AddRange(listed);
                listed.RemoveAll(signaled.Contains);
                SignalIn(cgroup, directory.Path, SortDistinct(listed), signal, signaled);
                return true;
            });
        }

        return SortDistinct(all);
    }

    /// <summary>Processes for an error: <c>2 processes: 17 (state D), 18 (state R)</c>.</summary>
    public static string Describe(IReadOnlyList<int> pids)
    {
        StringBuilder text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{pids.Count} {(pids.Count == 1 ? "process" : "processes")}: ");
        for (int i = 0; i < pids.Count && i < MaxDescribed; i++)
        {
            text.Append(i > 0 ? ", " : "").Append(CultureInfo.InvariantCulture, $"{pids[i]}");
            if (ProcStat.TryRead(pids[i]) is { } stat)
                text.Append(" (state ").Append(stat.State).Append(')');
        }

        return text.Append(pids.Count > MaxDescribed ? " ..." : "").ToString();
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
                    open.Add(TryOpen(pids[i]));
                var still = new List<int>();
                AddPids(cgroup, path, still);
                still.Sort();
                for (int i = 0; i < count; i++)
                {
                    // One that has moved on is met again where it went, or in the next round.
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

    /// <summary>A pidfd; null when the process has ended.</summary>
    private static Fd? TryOpen(int pid)
    {
        Fd? process = Processes.TryOpenPidFd(pid);
        return process is not null || Libc.LastError == Errno.ESRCH ? process : throw new LadeException("open process " + pid, Libc.LastError);
    }

    private static bool TrySignal(Fd process, int pid, int signal)
    {
        Errno errno = Processes.Signal(process, signal);
        return errno.Value == 0 ? true : errno == Errno.ESRCH ? false : throw new LadeException("signal process " + pid, errno);
    }

    private static List<int> SortDistinct(List<int> pids)
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

    /// <summary>Adds the processes of one open cgroup, possibly more than once.</summary>
    private static void AddPids(Fd cgroup, string path, List<int> pids)
    {
        using Fd? file = Files.TryOpen("cgroup.procs", Libc.O_RDONLY, out Errno errno, 0, cgroup);
        if ((file is null ? null : CgroupFile.TryReadAll(file, out errno)) is not { } content)
        {
            // EOPNOTSUPP: a threaded cgroup of v2, whose processes are listed above it. The others: removed before or after the open.
            if (errno == Errno.ENOENT || errno == Errno.ENODEV || errno == Errno.EOPNOTSUPP)
                return;
            throw new LadeException("read cgroup.procs of " + path + " or below", errno);
        }

        int pid = 0;
        foreach (byte c in content)
        {
            if (c is >= (byte)'0' and <= (byte)'9')
            {
                pid = pid * 10 + (c - '0');
                continue;
            }

            // 0 is a process outside the reader's pid namespace.
            if (pid != 0)
                pids.Add(pid);
            pid = 0;
        }
    }
}
