using System.Collections.Generic;
using Lade.Capabilities;
using Lade.Configuration;
using Lade.Labels;
using Lade.Plan;
using Lade.Scheduling;

namespace Lade.Process;

/// <summary>
/// Plans <c>process</c>: where and as whom the program runs, with which limits and rights. What is checked before `create` returns, how `init` gets down to the
/// program's rights, and what is left for the moment after `start` are separate lists: while `init` waits, or is seen by processes of the container, it has
/// nothing that the program will not have.
/// </summary>
internal sealed class ProcessPlan
{
    private const ulong CAP_SYS_ADMIN = 1UL << 21;
    private const ulong CAP_SYS_NICE = 1UL << 23;
    private const uint SECCOMP_FILTER_FLAG_NEW_LISTENER = 8;

    private static readonly JsonPointer s_origin = JsonPointer.Of("process");

    private readonly ProcessSpec _process;
    private readonly LinuxSpec _linux;
    private readonly HostFacts _host;
    private readonly CapabilitySets _capabilities;
    private readonly bool _keepGroups;
    private readonly bool _schedulesLast;
    private readonly ulong _late;

    public ProcessPlan(ProcessSpec process, LinuxSpec linux, HostFacts host, bool userNamespace, bool keepGroups = false)
    {
        _keepGroups = keepGroups;
        _process = process;
        _linux = linux;
        _host = host;
        // A process that enters a user namespace holds every capability of it, whatever it had outside.
        ulong available = userNamespace ? ulong.MaxValue : host.Capabilities;
        _capabilities = new CapabilitySets(process.Capabilities, available, host.LastCapability);
        _schedulesLast = SchedulingPlan.MustBeLast(process);
        _late = ((FilterIsLate ? CAP_SYS_ADMIN : 0) | (_schedulesLast ? CAP_SYS_NICE : 0)) & available & ~_capabilities.Effective;
    }

    /// <summary>Without no_new_privs only CAP_SYS_ADMIN may load a filter: before that is given up, if what follows can be done under the filter.</summary>
    private bool FilterIsEarly => _host.Seccomp is not null && !_process.NoNewPrivileges && _host.FilterMayBeEarly;

    /// <summary>The filter forbids what follows, so `init` keeps CAP_SYS_ADMIN, and nothing else, until it can be loaded.</summary>
    private bool FilterIsLate => _host.Seccomp is not null && !_process.NoNewPrivileges && !_host.FilterMayBeEarly;

    private bool Notifies => _host.Seccomp is { } filter && (filter.Flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0;

    public IReadOnlyList<string> Warnings =>
        ProcessLabels.Warning(_process, _host) is { } warning ? [.. _capabilities.Warnings, warning] : _capabilities.Warnings;

    /// <summary>While `init` still has the host's rights, before it enters a user namespace.</summary>
    public IEnumerable<Operation> OnHostSide()
    {
        yield return SchedulingPlan.ResetAffinity();
        if (_process.OomScoreAdj is { } score)
            yield return new WriteProc("self/oom_score_adj", score.ToString()) { Dumpable = !_host.IsPrivileged, Origin = s_origin.At("oomScoreAdj") };
        // Raising a hard limit needs CAP_SYS_RESOURCE of the initial user namespace, and that it is missing shall be known at create; the limits themselves
        // are set last.
        for (int i = 0; i < _process.Rlimits.Count; i++)
            yield return Rlimit(i) with { RaiseOnly = true };
    }

    /// <summary>
    /// The labels of the program are announced while procfs can still be reached; the kernel keeps them for the next execve(2) of this process or of one that
    /// is cloned from it. Hooks of the host must have run: the label is not meant for them.
    /// </summary>
    public IEnumerable<Operation> Labels() => ProcessLabels.Plan(_process, _host);

    /// <summary>A terminal, once the container's devpts is mounted.</summary>
    public IEnumerable<Operation> Terminal(bool mountNamespace)
    {
        if (_process.Terminal)
        {
            yield return new OpenConsole(_process.ConsoleSize?.Height ?? 0, _process.ConsoleSize?.Width ?? 0, _process.User.Uid)
            {
                BindConsole = mountNamespace,
                Origin = s_origin.At("terminal"),
            };
        }
    }

    /// <summary>What can be wrong with the program is found while it is `create` that fails.</summary>
    public IEnumerable<Operation> Check()
    {
        UserSpec user = _process.User;
        // The groups count when the program is looked for; to init, which is root, they make no difference.
        if (!_keepGroups)
            yield return new SetGroups(user.AdditionalGids) { Origin = s_origin.At("user").At("additionalGids") };
        yield return new ChangeDirectory(_process.Cwd, user.Uid, user.Gid) { Origin = s_origin.At("cwd") };
        foreach (Operation policy in MemoryPolicy.Plan(_linux))
            yield return policy;
        IReadOnlyList<string> environment = ProcessEnvironment.Of(_process.Env, out int home);
        yield return new FindExecutable(_process.Args, environment, user.Uid, user.Gid) { Origin = s_origin.At("args").At(0) };
        if (home >= 0)
            yield return new FindHome(user.Uid, user.Gid, home) { Origin = s_origin.At("user") };
    }

    /// <summary>The standard streams, once the container's /dev is there; a terminal is the container's own.</summary>
    public IEnumerable<Operation> Streams()
    {
        if (!_process.Terminal)
            yield return new StandardStreams(_process.User.Uid) { Origin = s_origin };
    }

    /// <summary>
    /// From the rights of the host to those of the program. What takes rights comes first: scheduling, the bounding set, and the filter if it can be loaded
    /// now, which needs to allow nothing more than the capabilities that follow.
    /// </summary>
    public IEnumerable<Operation> Drop()
    {
        UserSpec user = _process.User;
        if (_linux.Personality is { } personality)
            yield return new SetPersonality(personality.Domain, personality.Domain == "LINUX32" ? 8UL : 0UL) { Origin = JsonPointer.Of("linux", "personality", "domain") };
        // runc's callers rely on 0022 where config.json is silent, whatever their own mask was.
        yield return new SetUmask(user.Umask ?? 18) { Origin = s_origin.At("user").At("umask") };
        if (!_schedulesLast)
        {
            foreach (Operation operation in Schedule())
                yield return operation;
        }

        yield return _capabilities.DropBounding();
        yield return new SetUser(user.Uid, user.Gid) { Origin = s_origin.At("user") };
        if (FilterIsEarly)
            yield return _host.Seccomp! with { IsEarly = true };
        yield return _capabilities.Apply(_late);
        if (_process.NoNewPrivileges)
            yield return new NoNewPrivileges { Origin = s_origin.At("noNewPrivileges") };
    }

    /// <summary>The terminal of the process that will be the program, which leads its session.</summary>
    public IEnumerable<Operation> Session()
    {
        if (_process.Terminal)
            yield return new ControllingTerminal { Origin = s_origin.At("terminal") };
    }

    /// <summary>What hooks of the image are under beside what `init` is under by then; null when it is the same.</summary>
    public HookConfinement? Confinement
    {
        get
        {
            LoadSeccomp? filter = FilterIsEarly || Notifies ? null : _host.Seccomp;
            SetCapabilities? capabilities = _late == 0 ? null : _capabilities.Apply();
            return filter is null && capabilities is null ? null : new HookConfinement(filter, capabilities);
        }
    }

    /// <summary>
    /// From start to execve. Limits come after the hooks, and from then on nothing is opened that a low RLIMIT_NOFILE could refuse. The filter comes last so that
    /// it need not allow what comes before; only one that notifies must be loaded once and for all, so that the hooks are run under that.
    /// </summary>
    /// <param name="hooks">The hooks that run as the program would.</param>
    public IEnumerable<Operation> Become(IReadOnlyList<Operation> hooks)
    {
        bool filterBeforeHooks = Notifies && hooks.Count > 0;
        for (int i = 0; i < hooks.Count && !filterBeforeHooks; i++)
            yield return hooks[i];
        for (int i = 0; i < _process.Rlimits.Count; i++)
            yield return Rlimit(i);
        if (filterBeforeHooks)
        {
            yield return _host.Seccomp! with { IsEarly = true };
            for (int i = 0; i < hooks.Count; i++)
                yield return hooks[i];
        }

        if (_schedulesLast)
        {
            foreach (Operation operation in SchedulingPlan.SetPolicy(_process, s_origin))
                yield return operation;
        }

        // With no_new_privs the filter takes no capability, and need not allow that one is given up.
        if (_late != 0 && !FilterIsLate)
            yield return _capabilities.Apply();
        if (_host.Seccomp is not null && !FilterIsEarly && !filterBeforeHooks)
            yield return _host.Seccomp;
        if (_late != 0 && FilterIsLate)
            yield return _capabilities.Apply();
        yield return new Execute(_process.Args[0]) { Origin = s_origin.At("args").At(0) };
    }

    /// <summary>The limits that say what scheduling an unprivileged user may ask for.</summary>
    private IEnumerable<Operation> Schedule()
    {
        for (int i = 0; i < _process.Rlimits.Count; i++)
        {
            if (_process.Rlimits[i].Type is "RLIMIT_NICE" or "RLIMIT_RTPRIO")
                yield return Rlimit(i);
        }

        foreach (Operation operation in SchedulingPlan.SetPolicy(_process, s_origin))
            yield return operation;
    }

    private SetRlimit Rlimit(int i)
    {
        RlimitSpec limit = _process.Rlimits[i];
        return new SetRlimit(limit.Type, Rlimits.NumberOf(limit.Type), limit.Soft, limit.Hard) { Origin = s_origin.At("rlimits").At(i) };
    }
}
