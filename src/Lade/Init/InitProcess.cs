using System;
using System.Collections.Generic;
using Lade.Configuration;
using Lade.Linux;
using Lade.Plan;

namespace Lade.Init;

/// <summary>What `init` inherits in addition to the standard streams, its plan and its socket.</summary>
internal sealed record InitStartInfo
{
    /// <summary>Open descriptors for the plan's slots.</summary>
    public required IReadOnlyDictionary<Slot, Fd> Slots { get; init; }

    /// <summary>Number of descriptors from 3 on that are preserved for the program.</summary>
    public int Preserved { get; init; }

    /// <summary>Directory of the v2 cgroup that `init` starts in.</summary>
    public Fd? Cgroup { get; init; }
}

/// <summary>What prevents `init` from running.</summary>
/// <param name="Reason">Predicate of a sentence about the process; null if nothing does.</param>
internal readonly record struct Stall(string? Reason)
{
    public static Stall None => default;

    /// <summary>The caller is aware of it and waits until it ends.</summary>
    public static Stall Accepted => new(null) { IsAccepted = true };

    public bool IsAccepted { get; private init; }
}

/// <summary>
/// The process that executes a plan, and our side of the protocol:
/// <code>
///   lade                                     init
///     |-- clone3 + execveat(memfd) --------->|
///     |&lt;-- SYNC cgroup ----------------------|   only with a systemd unit, which is created around it
///     |-- go ------------------------------->|
///     |&lt;-- SYNC map ids / time offsets ------|   only with a user or time namespace
///     |-- go ------------------------------->|
///     |&lt;-- SYNC joined ----------------------|   only to enter a running container: its first process must not have moved
///     |-- go ------------------------------->|
///     |&lt;-- PID of the container process -----|   only when staged: the first process exits
///     |&lt;-- SYNC namespaces ------------------|   only with network devices or Intel RDT
///     |-- go ------------------------------->|
///     |&lt;-- SYNC hooks -----------------------|   only with prestart or createRuntime hooks
///     |-- go ------------------------------->|
///     |&lt;-- FD console master ----------------|   only with a terminal
///     |-- go ------------------------------->|
///     |&lt;-- SYNC check -----------------------|   only for an existing pid namespace: before its processes can see init
///     |-- go ------------------------------->|
///     |&lt;-- PID of the container process -----|   likewise
///     |&lt;-- SYNC ready -----------------------|   create is done
///     |-- go ------------------------------->|
///     |  (create ends here; start connects)  |
///     |-- go ------------------------------->|   start
///     |&lt;-- FD seccomp listener --------------|   only with SCMP_ACT_NOTIFY
///     |-- go ------------------------------->|
///     |&lt;-- ERROR, or end of file ------------|   end of file: execve succeeded
/// </code>
/// An ERROR may come at any time and is the last message. End of file tells each side that the other has exited.
/// </summary>
internal sealed class InitProcess : IDisposable
{
    /// <summary>Interval at which a silent process is checked.</summary>
    private const int PollMilliseconds = 1000;

    /// <summary>Consecutive checks that must find it stalled: a debugger or job control may stop it for a moment.</summary>
    private const int MaxStalledPolls = 3;

    /// <summary>Checks before giving up on a silent process while <see cref="HasTimeout"/> is set.</summary>
    private const int MaxSilentPolls = 60;

    private static readonly byte[] s_go = [PlanFormat.CommandGo];

    private readonly StartNotes? _notes;
    private readonly Fd _socket;
    private readonly byte[] _packet = new byte[PlanFormat.MessageSize + PlanFormat.MaxText];

    /// <summary>Next operation that may send a message: messages must come in plan order, any other is rejected.</summary>
    private int _next;

    private bool _isReaped;

    /// <param name="notes">Given if it already waits for `start`; the plan is not known then.</param>
    private InitProcess(int pid, Fd socket, IReadOnlyList<Operation> operations, StartNotes? notes)
    {
        Pid = pid;
        _socket = socket;
        Operations = operations;
        _notes = notes;
        _next = notes is null ? 0 : operations.Count;
    }

    /// <summary>The container process once <see cref="MessageKind.Pid"/> was received, before that its predecessor. Our child.</summary>
    public int Pid { get; private set; }

    /// <summary>The plan, which messages index; empty if it already waits for `start`.</summary>
    public IReadOnlyList<Operation> Operations { get; }

    /// <summary>Encodes the plan and starts `init` on it.</summary>
    /// <param name="checkStall">See <see cref="CheckStall"/>.</param>
    public static InitProcess Start(ContainerPlan plan, InitStartInfo startInfo, Func<Stall>? checkStall = null)
    {
        (Fd ours, Fd theirs) = Sockets.Pair();
        // A copy: through /proc/PID/exe container processes must not reach the host's lade (CVE-2019-5736). Its name shows there while waiting for `start`.
        Fd init = Memfd.Sealed("lade-init", Spawn.InitImage, executable: true);
        Fd proc = OpenProc();
        var inherited = new Dictionary<Slot, int>(startInfo.Slots.Count);
        foreach ((Slot slot, Fd fd) in startInfo.Slots)
            inherited.Add(slot, fd.Number);
        Fd encoded = Memfd.Sealed("lade-plan", PlanEncoder.Encode(plan.Operations, new InheritedFds
        {
            Sync = theirs.Number,
            Proc = proc.Number,
            Slots = inherited,
            Preserved = startInfo.Preserved,
        }));
        try
        {
            int pid = Spawn.Init(init, encoded, startInfo.Cgroup, startInfo.Preserved, (ulong)plan.StartFlags, [theirs.Number, proc.Number, .. inherited.Values], out Errno errno);
            if (errno == default)
                return new InitProcess(pid, ours, plan.Operations, null) { CheckStall = checkStall };
            ours.Dispose();
            if (startInfo.Cgroup is { } cgroup && MayBeAboutCgroup(errno))
                return StartAndJoin(plan, startInfo, cgroup, checkStall);
            throw new LadeException(
                plan.StartFlags == CloneFlags.None ? "start init" : "start init in new namespaces (" + plan.StartFlags + ")", errno, JsonPointer.Of("linux", "namespaces"));
        }
        finally
        {
            // An exception before this ends the command, which closes its descriptors.
            Fd.CloseAll([theirs, init, proc, encoded]);
        }
    }

    /// <summary>
    /// clone3(2) with CLONE_INTO_CGROUP: EINVAL if the flag is not supported (gVisor and the like), the others if the cgroup accepts no processes. Moving
    /// `init` later works in the first case; in the others it yields an error about the cgroup, while this one might be about a namespace.
    /// </summary>
    private static bool MayBeAboutCgroup(Errno errno) =>
        errno == Errno.EINVAL || errno == Errno.EACCES || errno == Errno.EBUSY || errno == Errno.EOPNOTSUPP || errno == Errno.ENODEV;

    /// <summary>
    /// The slow way: `init` starts in our cgroup and moves itself before anything else, through a file whose lock blocks every fork on the host.
    /// </summary>
    private static InitProcess StartAndJoin(ContainerPlan plan, InitStartInfo startInfo, Fd cgroup, Func<Stall>? checkStall)
    {
        var slot = new Slot("cgroup.procs");
        using Fd procs = Files.Open("cgroup.procs", Libc.O_WRONLY, below: cgroup);
        ContainerPlan joining = plan with { Operations = [new JoinCgroup(slot) { Origin = JsonPointer.Of("linux", "cgroupsPath") }, .. plan.Operations] };
        return Start(joining, startInfo with { Cgroup = null, Slots = new Dictionary<Slot, Fd>(startInfo.Slots) { [slot] = procs } }, checkStall);
    }

    /// <summary>Connects to an `init` that waits for `start`.</summary>
    /// <param name="notes">What `create` recorded about the remaining operations.</param>
    public static InitProcess Resume(int pid, Fd connection, StartNotes notes) => new(pid, connection, [], notes);

    /// <summary>
    /// The remaining steps take little time, so give up on a process that is silent for a minute: a container process may stop and continue it over and over,
    /// trace it, or make it access a file system that never responds. Not set while hooks run.
    /// </summary>
    public bool HasTimeout { get; set; }

    /// <summary>What prevents the process from running although nothing stopped it (a frozen cgroup). Called while it is silent.</summary>
    public Func<Stall>? CheckStall { get; init; }

    /// <summary>The next message; null if the other end is closed: it has executed the program, or died.</summary>
    /// <exception cref="LadeException">`init` reported a failure, or lade was interrupted.</exception>
    public InitMessage? Receive()
    {
        while (true)
        {
            WaitForMessage();
            int length = Sockets.Receive(_socket, _packet, out Fd? passed);
            if (length == 0)
                return null;
            InitMessage message = InitMessage.Parse(_packet.AsSpan(0, length), passed);
            if (message.Kind == MessageKind.Error)
                throw _notes is null ? InitFailure.Describe(message, Operations, Pid) : InitFailure.Describe(message, _notes);
            if (!IsExpected(message))
            {
                message.Passed?.Dispose();
                throw new LadeException("init sent a message that is not in its plan (" + message.Kind + " " + message.Value + "); is a process of the container tracing it?");
            }

            if (message.Kind != MessageKind.Pid)
                return message;
            int first = Pid;
            Pid = (int)message.Value;
            // It exits by itself at this moment, unless a process of the container has frozen it.
            _ = Processes.TryWait(first);
        }
    }

    /// <summary>
    /// Container processes that can trace `init` can forge its messages. So a message is accepted only if the plan sends it at this point, and a pid only if
    /// the kernel confirms that it is our child.
    /// </summary>
    private bool IsExpected(InitMessage message)
    {
        if (message.Kind == MessageKind.Mount)
            return ReportsMounts;
        for (; _next < Operations.Count; _next++)
        {
            if (Operations[_next] is not (Sync or Clone or OpenConsole))
                continue;
            return Operations[_next++] switch
            {
                Sync sync => message.Kind == MessageKind.Sync && message.Value == (ulong)sync.Point,
                OpenConsole => message.Kind == MessageKind.Fd,
                _ => message.Kind == MessageKind.Pid && message.Value <= int.MaxValue && IsNewChild((int)message.Value),
            };
        }

        // After the last of them only the program can start.
        return message is { Kind: MessageKind.Fd, Value: (ulong)SentFd.Seccomp };
    }

    private bool ReportsMounts
    {
        get
        {
            foreach (Operation operation in Operations)
            {
                if (operation is ReportMounts)
                    return true;
            }

            return false;
        }
    }

    private bool IsNewChild(int pid) => pid != Pid && ProcStat.TryRead(pid) is { } stat && stat.ParentPid == Environment.ProcessId;

    /// <summary>
    /// Waits as long as it runs: a hook or a slow disk may take time. But a container process that may signal it can stop it, and its cgroup may be frozen, in
    /// which case no message would ever come.
    /// </summary>
    private void WaitForMessage()
    {
        string? previous = null;
        int silent = 0;
        for (int stalled = 0; !Interruption.WaitFor(_socket, PollMilliseconds);)
        {
            ProcStat? process = ProcStat.TryRead(Pid);
            string? now = process is { State: 'T' or 't' } stat
                ? "is stopped (state " + stat.State + " in /proc/" + Pid + "/stat) by a signal or a tracer from a process that shares its pid namespace or user"
                : null;
            Stall stall = CheckStall?.Invoke() ?? Stall.None;
            if (stall.IsAccepted)
            {
                silent = 0;
                continue;
            }

            now ??= stall.Reason;
            stalled = now is not null && now == previous ? stalled + 1 : now is null ? 0 : 1;
            previous = now;
            if (stalled == MaxStalledPolls)
                throw new LadeException("gave up waiting for init: process " + Pid + " " + now);
            if (HasTimeout && ++silent == MaxSilentPolls)
            {
                throw new LadeException(
                    "gave up waiting for init: process " + Pid + " has not answered for " + MaxSilentPolls + " seconds (state " + (process?.State ?? 'X') + " in /proc/" + Pid
                    + "/stat): a process of the container prevents it from running, or it waits for a file system of the container that does not respond");
            }
        }
    }

    /// <summary>Follows `init` from its start until it is ready.</summary>
    /// <param name="answer">Does what a sync point asks of the host side, before `init` continues.</param>
    /// <param name="ready">Gets the skipped operations and may reject the result; `init` is still waiting. null for a plan without mounts.</param>
    /// <param name="died">The error if `init` exits without reporting one.</param>
    /// <returns>Master of the program's terminal; null without one.</returns>
    public Fd? RunUntilReady(Action<SyncPoint> answer, Action<IReadOnlyList<int>>? ready, Func<LadeException> died)
    {
        Fd? console = null;
        bool isChecked = false;
        while (true)
        {
            InitMessage message = Receive() ?? throw died();
            if (message.Kind == MessageKind.Fd)
            {
                console = message.Passed;
            }
            else if ((SyncPoint)message.Value is SyncPoint.Check or SyncPoint.Ready)
            {
                if (!isChecked)
                    ready?.Invoke(message.Skipped);
                isChecked = true;
                if ((SyncPoint)message.Value == SyncPoint.Ready)
                    return console;
                HasTimeout = true;
            }
            else
            {
                answer((SyncPoint)message.Value);
            }

            Go();
        }
    }

    /// <summary>Starts the program; returns once `init` has executed it.</summary>
    /// <param name="takeListener">
    /// Gets the listener of a seccomp filter that notifies; null without one. The filter is loaded now rather than while the container waits for `start`, so
    /// that hooks do not run under it.
    /// </param>
    /// <exception cref="LadeException">The program could not be executed, or the listener not passed on. `init` may still be running.</exception>
    public void RunUntilExecuted(Action<Fd>? takeListener)
    {
        Go();
        while (Receive() is { } message)
        {
            if (message is not { Kind: MessageKind.Fd, Value: (ulong)SentFd.Seccomp } || takeListener is null)
                throw new LadeException("init sent an unexpected message after start");
            using Fd listener = Take(message);
            takeListener(listener);
            takeListener = null;
            Go();
        }

        if (takeListener is not null)
            throw new LadeException(JsonPointer.Of("linux", "seccomp"), "init died before passing on the listener; a profile with SCMP_ACT_NOTIFY must allow read and write");
    }

    /// <summary>The error for a process that closed its socket but does not exit.</summary>
    public static LadeException CannotBeReaped() =>
        new("unable to start container process: init closed its socket but cannot be reaped; is a process of the container tracing it?");

    /// <summary>The error for a sync point that is not in the plan.</summary>
    public static LadeException Unexpected(SyncPoint point) => new("init requested " + point + ", which is not in this plan");

    /// <summary>The descriptor that an Fd message refers to.</summary>
    private Fd Take(InitMessage message)
    {
        if (message.Passed is not null)
            return message.Passed;
        // It has just reported the number and waits for our answer, so the number is still valid.
        using Fd process = Processes.TryOpenPidFd(Pid) ?? throw new LadeException("open process " + Pid, Libc.LastError);
        return Processes.CopyFd(process, message.Number);
    }

    /// <summary>Lets `init` continue.</summary>
    public void Go()
    {
        if (Sockets.Send(_socket, s_go) is { Value: not 0 } errno && errno != Errno.EPIPE)
            throw new LadeException("resume init", errno);
    }

    /// <summary>Ends it, at any point, and reaps it.</summary>
    public void KillAndReap()
    {
        Kill();
        _ = TryReap();
    }

    /// <summary>Sends SIGKILL: a stopped process would not notice that its socket is closed. Does nothing once it has been reaped.</summary>
    public void Kill()
    {
        // Our child: its pid is not reused before we reap it.
        if (!_isReaped)
            _ = Processes.Kill(Pid, Libc.SIGKILL);
    }

    /// <inheritdoc cref="Processes.TryWait"/>
    public ExitStatus? TryReap()
    {
        if (_isReaped)
            return null;
        ExitStatus? status = Processes.TryWait(Pid);
        _isReaped = status is not null;
        return status;
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>The host's procfs, verified: `init` writes LSM labels and kernel parameters through it (CVE-2019-16884, CVE-2025-52881).</summary>
    private static Fd OpenProc()
    {
        Fd fd = Files.Open("/proc", Libc.O_PATH | Libc.O_DIRECTORY);
        return Directories.FileSystemType(fd, "/proc") == Libc.PROC_SUPER_MAGIC ? fd : throw new LadeException("/proc is not a procfs");
    }
}
