using Lade.Linux;

namespace Lade.State;

/// <summary>A process that lade may signal later: the kernel reuses pids, but not together with the start time.</summary>
/// <param name="StartTime">Clock ticks from boot, field 22 of /proc/PID/stat.</param>
internal readonly record struct ProcessIdentity(int Pid, ulong StartTime)
{
    /// <summary>True while it runs. A zombie is not alive: nothing of it is left but its exit code.</summary>
    public bool IsAlive => IsSame(ProcStat.TryRead(Pid));

    /// <summary>The identity of a running process; null when it is gone or dead.</summary>
    public static ProcessIdentity? Of(int pid) =>
        ProcStat.TryRead(pid) is { IsDead: false } stat ? new ProcessIdentity(pid, stat.StartTime) : null;

    /// <summary>True when <paramref name="stat"/>, read under this pid just now, is this process and not a later one of the same number.</summary>
    public bool IsSame(ProcStat? stat) => stat is { IsDead: false } found && found.StartTime == StartTime;
}
