using Lade.Linux;

namespace Lade.State;

/// <summary>A process that may be signaled later: the kernel reuses a pid, but not together with its start time.</summary>
/// <param name="StartTime">Clock ticks after boot, field 22 of /proc/PID/stat.</param>
internal readonly record struct ProcessIdentity(int Pid, ulong StartTime)
{
    /// <summary>True while it runs. A zombie does not count as alive.</summary>
    public bool IsAlive => IsSame(ProcStat.TryRead(Pid));

    /// <summary>The identity of a running process; null when it has ended.</summary>
    public static ProcessIdentity? Read(int pid) =>
        ProcStat.TryRead(pid) is { IsDead: false } stat ? new ProcessIdentity(pid, stat.StartTime) : null;

    /// <summary>Whether <paramref name="stat"/>, just read for this pid, is of this process and not of a later one.</summary>
    public bool IsSame(ProcStat? stat) => stat is { IsDead: false } found && found.StartTime == StartTime;
}
