using System;
using System.Collections.Generic;
using Lade.Configuration;
using Lade.Linux;
using Lade.Plan;

namespace Lade.Init;

/// <summary>What a started `init` inherits besides stdio, its plan and its socket.</summary>
internal sealed record InitSurroundings
{
    /// <summary>Open descriptors of the plan's slots.</summary>
    public required IReadOnlyDictionary<Slot, Fd> Slots { get; init; }

    /// <summary>Descriptors 3 .. 3+n-1 of this process, which go to the program.</summary>
    public int Preserved { get; init; }

    /// <summary>Directory of the v2 cgroup that `init` is born into.</summary>
    public Fd? Cgroup { get; init; }
}

/// <summary>
/// The process that executes a plan, and our end of the talk with it:
/// <code>
///   lade                                 init
///     |-- clone3 + execveat(memfd) ------->|
///     |&lt;-- SYNC cgroup ---------------------|   only with a systemd unit, which is made around it
///     |--- go ------------------------------>|
///     |&lt;-- SYNC map ids / time offsets -----|   only with a user or time namespace
///     |--- go ------------------------------>|
///     |&lt;-- PID of the real process ---------|   only when staged: the first process ends
///     |&lt;-- SYNC namespaces -----------------|   only with network devices or Intel RDT
///     |--- go ------------------------------>|
///     |&lt;-- SYNC hooks ----------------------|   only with prestart or createRuntime hooks
///     |--- go ------------------------------>|
///     |&lt;-- FD console master ---------------|   only with a terminal
///     |--- go ------------------------------>|
///     |&lt;-- SYNC check ----------------------|   only into a pid namespace that others are in: before they can see it
///     |--- go ------------------------------>|
///     |&lt;-- PID of the real process ---------|   likewise
///     |&lt;-- SYNC ready ----------------------|   all of `create` is done
///     |--- go ------------------------------>|
///     |    (create ends here; start connects)|
///     |--- go ------------------------------>|   start
///     |&lt;-- FD seccomp listener -------------|   only with an action NOTIFY
///     |--- go ------------------------------>|
///     |&lt;-- ERROR, or end of file ------------|   end of file: the program has been executed
/// </code>
/// An ERROR may come at any point and is the last message. The other side's death is end of file, for both.
/// </summary>
internal sealed class InitProcess : IDisposable
{
    /// <summary>Whoever is silent for so long is looked at, and again after as long.</summary>
    private const int LookMilliseconds = 1000;

    /// <summary>Looks in a row that have to find it stopped: a debugger, or a shell's job control, may stop it for a moment.</summary>
    private const int LooksUntilGivenUp = 3;

    /// <summary>Looks until a process that is only silent is given up, where nothing it does can rightly take so long.</summary>
    private const int MostLooks = 60;

    private static readonly byte[] s_go = [PlanFormat.CommandGo];

    private readonly StartNotes? _notes;
    private readonly Fd _socket;
    private readonly byte[] _packet = new byte[PlanFormat.MessageSize + PlanFormat.MaxText];

    /// <summary>Where in the plan `init` may be: its messages come in the order of their operations, and no other is believed.</summary>
    private int _next;

    /// <param name="notes">When it already waits for `start`; the plan is not known then.</param>
    private InitProcess(int pid, Fd socket, IReadOnlyList<Operation> operations, StartNotes? notes)
    {
        Pid = pid;
        _socket = socket;
        Operations = operations;
        _notes = notes;
        _next = notes is null ? 0 : operations.Count;
    }

    /// <summary>The process that will be the container's, once <see cref="MessageKind.Pid"/> has come; before that the one that prepares it. Our child.</summary>
    public int Pid { get; private set; }

    /// <summary>What it executes, by the indices in its messages; empty when it already waits for `start`.</summary>
    public IReadOnlyList<Operation> Operations { get; }

    /// <summary>Encodes the plan and starts `init` on it.</summary>
    /// <param name="hindrance">See <see cref="Hindrance"/>.</param>
    public static InitProcess Start(ContainerPlan plan, InitSurroundings surroundings, Func<string?>? hindrance = null)
    {
        (Fd ours, Fd theirs) = Sockets.Pair();
        Fd init = InitImage.Open();
        Fd proc = OpenProc();
        var inherited = new Dictionary<Slot, int>(surroundings.Slots.Count);
        foreach ((Slot slot, Fd fd) in surroundings.Slots)
            inherited.Add(slot, fd.Number);
        Fd encoded = Memfd.Sealed("lade-plan", PlanEncoder.Encode(plan.Operations, new InheritedFds
        {
            Sync = theirs.Number,
            Proc = proc.Number,
            Slots = inherited,
            Preserved = surroundings.Preserved,
        }));
        try
        {
            int pid = Spawn.Init(init, encoded, surroundings.Cgroup, surroundings.Preserved, (ulong)plan.StartFlags, [theirs.Number, proc.Number, .. inherited.Values], out Errno errno);
            if (errno == default)
                return new InitProcess(pid, ours, plan.Operations, null) { Hindrance = hindrance };
            ours.Dispose();
            if (surroundings.Cgroup is { } cgroup && MayBeAboutCgroup(errno))
                return StartAndJoin(plan, surroundings, cgroup, hindrance);
            throw new LadeException(
                plan.StartFlags == CloneFlags.None ? "start init" : "start init in new namespaces (" + plan.StartFlags + ")", errno, JsonPointer.Of("linux", "namespaces"));
        }
        finally
        {
            // What throws before this ends the command, and with it its descriptors.
            Fd.CloseAll([theirs, init, proc, encoded]);
        }
    }

    /// <summary>
    /// clone3(2) with CLONE_INTO_CGROUP: EINVAL where the flag is unknown (sandboxes that stand in for the kernel), the others where the cgroup takes no
    /// process. The slow way works in the first case; in the others its error is about the cgroup, while this one might be about a namespace.
    /// </summary>
    private static bool MayBeAboutCgroup(Errno errno) =>
        errno == Errno.EINVAL || errno == Errno.EACCES || errno == Errno.EBUSY || errno == Errno.EOPNOTSUPP || errno == Errno.ENODEV;

    /// <summary>The slow way: `init` is born in our cgroup and moves itself, first of all, by the file that holds up every fork of the machine meanwhile.</summary>
    private static InitProcess StartAndJoin(ContainerPlan plan, InitSurroundings surroundings, Fd cgroup, Func<string?>? hindrance)
    {
        var slot = new Slot("cgroup.procs");
        using Fd procs = Files.Open("cgroup.procs", Libc.O_WRONLY, below: cgroup);
        ContainerPlan joining = plan with { Operations = [new JoinCgroup(slot) { Origin = JsonPointer.Of("linux", "cgroupsPath") }, .. plan.Operations] };
        return Start(joining, surroundings with { Cgroup = null, Slots = new Dictionary<Slot, Fd>(surroundings.Slots) { [slot] = procs } }, hindrance);
    }

    /// <summary>The talk with an `init` that waits for `start`, over the connection just made to it.</summary>
    /// <param name="notes">What `create` recorded of the operations that follow.</param>
    public static InitProcess Resume(int pid, Fd connection, StartNotes notes) => new(pid, connection, [], notes);

    /// <summary>
    /// Nothing that is left to do takes long, so a process that says nothing for a minute is given up: a process of the container may stop it and let it go on
    /// a thousand times a second, trace it, or have it look into a file system that never answers. Not while hooks run.
    /// </summary>
    public bool IsLimited { get; set; }

    /// <summary>Why it cannot run on though nobody stopped it (a frozen cgroup); null when there is nothing. Asked when it is silent.</summary>
    public Func<string?>? Hindrance { get; init; }

    /// <summary>The next message; null when the other end is closed: it has executed the program, or died.</summary>
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
                throw new LadeException("init sent a message that its plan does not hold (" + message.Kind + " " + message.Value + "); does a process of the container trace it?");
            }

            if (message.Kind != MessageKind.Pid)
                return message;
            int first = Pid;
            Pid = (int)message.Value;
            Processes.Wait(first);
        }
    }

    /// <summary>
    /// Once a process of the container can trace `init` it can speak in its place. So a message counts only if the plan is where it is sent, and a pid only if the
    /// kernel says that it is a child of ours.
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

        // Behind the last of them there is only the program's start.
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
    /// As long as it works: it may take its time, for a hook or a slow disk. But a process of the container that may signal it can stop it, and whoever freezes
    /// cgroups can hold it, and then nothing will ever come.
    /// </summary>
    private void WaitForMessage()
    {
        string? before = null;
        int silent = 0;
        for (int looks = 0; !Interruption.WaitFor(_socket, LookMilliseconds);)
        {
            ProcStat? process = ProcStat.TryRead(Pid);
            string? now = process is { State: 'T' or 't' } stat
                ? "is stopped (state " + stat.State + " in /proc/" + Pid + "/stat): a signal, or a tracer, of a process that shares its pid namespace or its user did that"
                : Hindrance?.Invoke();
            looks = now is not null && now == before ? looks + 1 : now is null ? 0 : 1;
            before = now;
            if (looks == LooksUntilGivenUp)
                throw new LadeException("gave up waiting for init: process " + Pid + " " + now);
            if (IsLimited && ++silent == MostLooks)
            {
                throw new LadeException(
                    "gave up waiting for init: process " + Pid + " has not answered for " + MostLooks + " seconds (state " + (process?.State ?? 'X') + " in /proc/" + Pid
                    + "/stat): a process of the container keeps it from running, or it waits for a file system of the container's that does not answer");
            }
        }
    }

    /// <summary>Follows `init` from its start until it is ready.</summary>
    /// <param name="answer">Does what a point of the plan asks of the host's side; `init` then goes on.</param>
    /// <param name="ready">Gets the operations that were skipped, and may refuse what was made; `init` still waits.</param>
    /// <param name="died">The reason, when `init` ends without having told one.</param>
    /// <returns>The master of the program's terminal; null without one.</returns>
    public Fd? FollowUntilReady(Action<SyncPoint> answer, Action<IReadOnlyList<int>> ready, Func<LadeException> died)
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
                    ready(message.Skipped);
                isChecked = true;
                if ((SyncPoint)message.Value == SyncPoint.Ready)
                    return console;
                IsLimited = true;
            }
            else
            {
                answer((SyncPoint)message.Value);
            }

            Go();
        }
    }

    /// <summary>Starts the program: returns when `init` has executed it.</summary>
    /// <param name="takeListener">
    /// Gets the listener of a seccomp filter that notifies; null when there is none. The filter is loaded now, and not while a container waits for `start`, so that
    /// no hook is under it.
    /// </param>
    /// <exception cref="LadeException">The program could not be executed, or the listener not handed on. `init` may still be alive.</exception>
    public void FollowUntilExecuted(Action<Fd>? takeListener)
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
            throw new LadeException(JsonPointer.Of("linux", "seccomp"), "init died before it handed over the listener; a profile with SCMP_ACT_NOTIFY must allow read and write");
    }

    /// <summary>The error for one whose end of the socket is closed while it does not end.</summary>
    public static LadeException CannotBeReaped() => new("unable to start container process: init gave up its socket and cannot be reaped; does a process of the container trace it?");

    /// <summary>The error for a point that the plan cannot have asked for.</summary>
    public static LadeException Unexpected(SyncPoint point) => new("init asked for " + point + ", which this plan does not hold");

    /// <summary>The descriptor that a message of kind Fd is about.</summary>
    private Fd Take(InitMessage message)
    {
        if (message.Passed is not null)
            return message.Passed;
        // We have just heard of it and it waits for our answer: the number is still its own.
        using Fd process = Processes.TryOpenPidFd(Pid) ?? throw new LadeException("open process " + Pid, Libc.LastError);
        return Processes.CopyFd(process, message.Number);
    }

    /// <summary>Lets `init` go on.</summary>
    public void Go()
    {
        if (Sockets.Send(_socket, s_go) is { Value: not 0 } errno && errno != Errno.EPIPE)
            throw new LadeException("tell init to go on", errno);
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>The host's procfs, verified: `init` writes labels and kernel parameters through it (CVE-2019-16884, CVE-2025-52881).</summary>
    private static Fd OpenProc()
    {
        Fd fd = Files.Open("/proc", Libc.O_PATH | Libc.O_DIRECTORY);
        return Directories.FileSystemType(fd, "/proc") == Libc.PROC_SUPER_MAGIC ? fd : throw new LadeException("/proc is no procfs; lade needs the real one");
    }
}
