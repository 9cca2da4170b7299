using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;

namespace Lade.Planning;

/// <summary>What the plan of a process depends on beside config.json.</summary>
internal sealed record ProcessInputs
{
    public required Host Host { get; init; }

    public required LabelSupport Labels { get; init; }

    /// <summary>Program of <c>linux.seccomp</c>, compiled; null without one.</summary>
    public required LoadSeccomp? Filter { get; init; }

    /// <summary>The filter allows everything `init` does between loading it and execve(2), so that it can be loaded before the rights to do so are given up.</summary>
    public required bool FilterMayBeEarly { get; init; }

    /// <summary>The process enters a user namespace, new or joined.</summary>
    public required bool HasUserNamespace { get; init; }

    /// <summary>It keeps the supplementary groups of lade's caller.</summary>
    public required bool KeepsGroups { get; init; }
}

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
    private readonly ProcessInputs _inputs;
    private readonly CapabilitySets _capabilities;
    private readonly bool _schedulesLast;
    private readonly ulong _late;

    public ProcessPlan(ProcessSpec process, LinuxSpec linux, ProcessInputs inputs)
    {
        _process = process;
        _linux = linux;
        _inputs = inputs;
        // A process that enters a user namespace holds every capability of it, whatever it had outside.
        ulong available = inputs.HasUserNamespace ? ulong.MaxValue : inputs.Host.Capabilities;
        _capabilities = new CapabilitySets(process.Capabilities, available, inputs.Host.LastCapability);
        _schedulesLast = SchedulingPlan.MustBeLast(process);
        _late = ((FilterIsLate ? CAP_SYS_ADMIN : 0) | (_schedulesLast ? CAP_SYS_NICE : 0)) & available & ~_capabilities.Effective;
    }

    /// <summary>Whoever sees `init` from then on may make it do no more than the program could. Without no_new_privs loading takes CAP_SYS_ADMIN, too, which then need not be kept.</summary>
    private bool FilterIsEarly => _inputs.Filter is not null && _inputs.FilterMayBeEarly;

    /// <summary>The filter forbids what follows, so `init` keeps CAP_SYS_ADMIN, and nothing else, until it can be loaded.</summary>
    private bool FilterIsLate => _inputs.Filter is not null && !_process.NoNewPrivileges && !_inputs.FilterMayBeEarly;

    private bool Notifies => _inputs.Filter is { } filter && (filter.Flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0;

    public IReadOnlyList<string> Warnings =>
        ProcessLabels.Warning(_process, _inputs.Labels) is { } warning ? [.. _capabilities.Warnings, warning] : _capabilities.Warnings;

    /// <summary>While `init` still has the host's rights, before it enters a user namespace.</summary>
    public IEnumerable<Operation> OnHostSide()
    {
        yield return SchedulingPlan.ResetAffinity();
        if (_process.OomScoreAdj is { } score)
            yield return new WriteProc("self/oom_score_adj", score.ToString()) { Dumpable = !_inputs.Host.IsPrivileged, Origin = s_origin.At("oomScoreAdj") };
        // Raising a hard limit needs CAP_SYS_RESOURCE of the initial user namespace, and that it is missing shall be known at create; the limits themselves
        // are set last.
        for (int i = 0; i < _process.Rlimits.Count; i++)
            yield return Rlimit(i) with { RaiseOnly = true };
    }

    /// <summary>
    /// The labels of the program are announced while procfs can still be reached; the kernel keeps them for the next execve(2) of this process or of one that
    /// is cloned from it. Hooks of the host must have run: the label is not meant for them.
    /// </summary>
    public IEnumerable<Operation> Labels() => ProcessLabels.Plan(_process, _inputs.Labels);

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
        if (!_inputs.KeepsGroups)
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
            yield return new SetPersonality(SpecNames.NameOf(personality.Domain), (ulong)personality.Domain) { Origin = JsonPointer.Of("linux", "personality", "domain") };
        // runc's callers rely on 0022 where config.json is silent, whatever their own mask was.
        yield return new SetUmask(user.Umask ?? 18) { Origin = s_origin.At("user").At("umask") };
        if (!_schedulesLast)
        {
            foreach (Operation operation in Schedule())
                yield return operation;
        }

        yield return _capabilities.DropBounding();
        yield return new SetUser(user.Uid, user.Gid) { Origin = s_origin.At("user") };
        if (_process.NoNewPrivileges)
            yield return new NoNewPrivileges { Origin = s_origin.At("noNewPrivileges") };
        if (FilterIsEarly && _inputs.Filter is { } filter)
            yield return filter with { IsEarly = true };
        yield return _capabilities.Apply(_late);
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
            LoadSeccomp? filter = FilterIsEarly || Notifies ? null : _inputs.Filter;
            SetCapabilities? capabilities = _late == 0 ? null : _capabilities.Apply();
            var limits = new SetRlimit[_process.Rlimits.Count];
            for (int i = 0; i < limits.Length; i++)
                limits[i] = Rlimit(i);
            return filter is null && capabilities is null && limits.Length == 0 ? null : new HookConfinement(limits, filter, capabilities);
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
        if (filterBeforeHooks && _inputs.Filter is { } notifying)
        {
            yield return notifying with { IsEarly = true };
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
        if (_inputs.Filter is not null && !FilterIsEarly && !filterBeforeHooks)
            yield return _inputs.Filter;
        if (_late != 0 && FilterIsLate)
            yield return _capabilities.Apply();
        yield return new Execute(_process.Args[0]) { Origin = s_origin.At("args").At(0) };
    }

    /// <summary>The limits that say what scheduling an unprivileged user may ask for.</summary>
    private IEnumerable<Operation> Schedule()
    {
        for (int i = 0; i < _process.Rlimits.Count; i++)
        {
            if (_process.Rlimits[i].Type is Configuration.Rlimit.Nice or Configuration.Rlimit.Rtprio)
                yield return Rlimit(i);
        }

        foreach (Operation operation in SchedulingPlan.SetPolicy(_process, s_origin))
            yield return operation;
    }

    private SetRlimit Rlimit(int i)
    {
        RlimitSpec limit = _process.Rlimits[i];
        return new SetRlimit(SpecNames.NameOf(limit.Type), (uint)limit.Type, limit.Soft, limit.Hard) { Origin = s_origin.At("rlimits").At(i) };
    }
}
