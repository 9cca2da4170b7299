using System;
using System.Diagnostics;
using Lade.Cgroups;
using Lade.Cgroups.Statistics;
using Lade.Resctrl;
using Lade.Linux;
using Lade.State;

namespace Lade.Commands;

/// <summary>`events`: prints resource usage, once or at every interval, and OOM events. In between the command sleeps in poll(2).</summary>
internal static class Events
{
    public static void PrintOnce(string stateRoot, ContainerId id)
    {
        (ContainerState state, _, IExistingCgroup cgroup) = Open(stateRoot, id);
        PrintStatistics(state, cgroup);
    }

    /// <summary>Prints until the container ends or the reader closes the output.</summary>
    public static void Follow(string stateRoot, ContainerId id, TimeSpan interval)
    {
        (ContainerState state, ProcessIdentity init, IExistingCgroup cgroup) = Open(stateRoot, id);
        using Fd pidFd = OpenProcess(init) ?? throw NotRunning(id);
        using OomWatch? oom = cgroup.WatchOom();
        Span<Libc.PollFd> fds =
        [
            new() { Fd = pidFd.Number, Events = Libc.POLLIN },
            new() { Fd = oom?.Descriptor.Number ?? -1, Events = oom?.PollEvents ?? 0 },
            // POLLERR and POLLHUP are always reported.
            new() { Fd = Stdio.Output.Number },
        ];
        TimeSpan next = interval;
        long started = Stopwatch.GetTimestamp();
        while (true)
        {
            Streams.Wait(fds, Milliseconds(next - Stopwatch.GetElapsedTime(started)));
            for (long left = oom is not null && fds[1].Returned != 0 ? oom.Take() : 0; left > 0; left--)
                Stdio.Write(StatisticsJson.OomLine(id.ToString()).Span);
            // The processes may have been moved and the cgroup removed.
            if (oom is { IsGone: true })
                fds[1].Fd = -1;
            if (fds[0].Returned != 0 || (fds[2].Returned & (Libc.POLLERR | Libc.POLLHUP)) != 0)
                return;
            TimeSpan now = Stopwatch.GetElapsedTime(started);
            if (now < next)
                continue;
            PrintStatistics(state, cgroup);
            // A late line must not cause a burst.
            next += interval;
            if (next < now)
                next = now;
        }
    }

    private static void PrintStatistics(ContainerState state, IExistingCgroup cgroup)
    {
        ResctrlStatistics? rdt = state.IntelRdt is { } group ? ResctrlStatistics.Read(group) : null;
        Stdio.Write(StatisticsJson.Line(state.Id.ToString(), cgroup.ReadStatistics(), rdt is null ? null : rdt.WriteMembers).Span);
    }

    private static (ContainerState State, ProcessIdentity Init, IExistingCgroup Cgroup) Open(string stateRoot, ContainerId id)
    {
        using ContainerDirectory directory = ContainerDirectory.Open(stateRoot, id);
        ContainerState state = directory.Load();
        if (Status.ReadUnpaused(state, directory) == ContainerStatus.Stopped || state.Init is not { } init)
            throw NotRunning(id);
        if (state.Cgroup is not { } recorded)
            throw new LadeException("the container has no cgroup to read the usage of");
        return (state, init, recorded.Open());
    }

    private static Fd? OpenProcess(ProcessIdentity init)
    {
        Fd? pidFd = Processes.TryOpenPidFd(init.Pid);
        if (init.IsAlive)
            return pidFd;
        pidFd?.Dispose();
        return null;
    }

    /// <summary>Rounded up, so that the time has passed when poll returns.</summary>
    private static int Milliseconds(TimeSpan time) => (int)Math.Clamp(Math.Ceiling(time.TotalMilliseconds), 0, int.MaxValue);

    private static LadeException NotRunning(ContainerId id) => new("container with id " + id + " is not running");
}
