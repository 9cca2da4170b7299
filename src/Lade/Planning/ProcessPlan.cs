using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;

namespace Lade.Planning;

/// <summary>Inputs of a process plan other than config.json.</summary>
internal sealed record ProcessInputs
{
    public required Host Host { get; init; }

    public required LabelSupport Labels { get; init; }

    /// <summary>Compiled <c>linux.seccomp</c>; null without one.</summary>
    public required LoadSeccomp? Filter { get; init; }

    /// <summary>
    /// The filter allows everything `init` does between loading it and execve(2), so it can be loaded before dropping the privilege to do so.
    /// </summary>
    public required bool FilterMayBeEarly { get; init; }

    /// <summary>The process enters a user namespace, new or joined.</summary>
    public required bool HasUserNamespace { get; init; }

    /// <summary>The process keeps the supplementary groups of lade's caller.</summary>
    public required bool KeepsGroups { get; init; }
}

/// <summary>
/// Plans <c>process</c>: where and as which user the program runs, with which limits and privileges. The checks before `create` returns, dropping privileges,
/// and the steps after `start` are separate lists: while `init` waits, or is visible to container processes, it has no privileges that the program will not
/// have.
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
        // A process has all capabilities in a user namespace that it enters, whatever it had outside.
        ulong available = inputs.HasUserNamespace ? ulong.MaxValue : inputs.Host.Capabilities;
        _capabilities = new CapabilitySets(process.Capabilities, available, inputs.Host.LastCapability);
        _schedulesLast = SchedulingPlan.MustBeLast(process);
        _late = ((FilterIsLate ? CAP_SYS_ADMIN : 0) | (_schedulesLast ? CAP_SYS_NICE : 0)) & available & ~_capabilities.Effective;
    }

    /// <summary>
    /// The filter is loaded before anyone can see `init`, if the remaining steps are possible under it: whoever sees it can then make it do no more than the program could.
    /// Without no_new_privs loading also takes CAP_SYS_ADMIN, which then need not be kept.
    /// </summary>
    private bool FilterIsEarly => _inputs.Filter is not null && _inputs.FilterMayBeEarly;

    /// <summary>The filter forbids some of the remaining steps, so `init` keeps CAP_SYS_ADMIN, and only that, until it can be loaded.</summary>
    private bool FilterIsLate => _inputs.Filter is not null && !_process.NoNewPrivileges && !_inputs.FilterMayBeEarly;

    private bool Notifies => _inputs.Filter is { } filter && (filter.Flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0;

    public IReadOnlyList<string> Warnings =>
        ProcessLabels.Warning(_process, _inputs.Labels) is { } warning ? [.. _capabilities.Warnings, warning] : _capabilities.Warnings;

    /// <summary>Steps that need the host's privileges, before entering a user namespace.</summary>
    public IEnumerable<Operation> PrivilegedSteps()
    {
        yield return SchedulingPlan.ResetAffinity();
        if (_process.OomScoreAdj is { } score)
            yield return new WriteProc("self/oom_score_adj", score.ToString()) { Dumpable = !_inputs.Host.IsPrivileged, Origin = s_origin.At("oomScoreAdj") };
        // Raising a hard limit needs CAP_SYS_RESOURCE in the initial user namespace, and its lack should fail `create`; the limits themselves are set last.
        for (int i = 0; i < _process.Rlimits.Count; i++)
            yield return Rlimit(i) with { RaiseOnly = true };
    }

    /// <summary>
    /// Sets the program's LSM labels while procfs is accessible; the kernel keeps them until the next execve(2) of this process or of a clone of it. After the
    /// host's hooks, which they do not apply to.
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

    /// <summary>Finds problems with the program early, so that `create` fails rather than `start`.</summary>
    public IEnumerable<Operation> CheckProgram()
    {
        UserSpec user = _process.User;
        // The groups matter for finding the program; init itself is root.
        if (!_inputs.KeepsGroups)
            yield return new SetGroups(user.AdditionalGids) { Origin = s_origin.At("user").At("additionalGids") };
        yield return new ChangeDirectory(_process.Cwd, user.Uid, user.Gid) { Origin = s_origin.At("cwd") };
        foreach (Operation policy in MemoryPolicy.Plan(_linux))
            yield return policy;
        IReadOnlyList<string> environment = ProcessEnvironment.Create(_process.Env, out int home);
        yield return new FindExecutable(_process.Args, environment, user.Uid, user.Gid) { Origin = s_origin.At("args").At(0) };
        if (home >= 0)
            yield return new FindHome(user.Uid, user.Gid, home) { Origin = s_origin.At("user") };
    }

    /// <summary>The standard streams, once the container's /dev exists; a terminal already belongs to the container.</summary>
    public IEnumerable<Operation> Streams()
    {
        if (!_process.Terminal)
            yield return new StandardStreams(_process.User.Uid) { Origin = s_origin };
    }

    /// <summary>
    /// From the host's privileges to the program's. Steps that need privileges come first: scheduling, the bounding set, and the filter if it can be loaded
    /// here, where it need not allow more than the capability changes that follow.
    /// </summary>
    public IEnumerable<Operation> DropPrivileges()
    {
        UserSpec user = _process.User;
        if (_linux.Personality is { } personality)
            yield return new SetPersonality(SpecNames.NameOf(personality.Domain), (ulong)personality.Domain) { Origin = JsonPointer.Of("linux", "personality", "domain") };
        // runc's callers rely on 0022 if config.json has no umask, regardless of their own.
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

    /// <summary>Sets the controlling terminal of the session that the program will lead.</summary>
    public IEnumerable<Operation> Session()
    {
        if (_process.Terminal)
            yield return new ControllingTerminal { Origin = s_origin.At("terminal") };
    }

    /// <summary>Restrictions on image hooks that `init` itself is not under at that point; null if there are none.</summary>
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
    /// From `start` to execve(2). Limits come after the hooks, and nothing is opened afterwards that a low RLIMIT_NOFILE could prevent. The filter comes last,
    /// so that it need not allow the preceding steps; but a filter that notifies can be loaded only once, so the hooks run under it.
    /// </summary>
    /// <param name="hooks">Hooks with the program's privileges.</param>
    public IEnumerable<Operation> Execute(IReadOnlyList<Operation> hooks)
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
            foreach (Operation operation in SchedulingPlan.Plan(_process, s_origin))
                yield return operation;
        }

        // With no_new_privs loading the filter needs no capability, and the filter need not allow dropping one.
        if (_late != 0 && !FilterIsLate)
            yield return _capabilities.Apply();
        if (_inputs.Filter is not null && !FilterIsEarly && !filterBeforeHooks)
            yield return _inputs.Filter;
        if (_late != 0 && FilterIsLate)
            yield return _capabilities.Apply();
        yield return new Execute(_process.Args[0]) { Origin = s_origin.At("args").At(0) };
    }

    /// <summary>Scheduling, after the limits that bound what an unprivileged user may request.</summary>
    private IEnumerable<Operation> Schedule()
    {
        for (int i = 0; i < _process.Rlimits.Count; i++)
        {
            if (_process.Rlimits[i].Type is Configuration.Rlimit.Nice or Configuration.Rlimit.Rtprio)
                yield return Rlimit(i);
        }

        foreach (Operation operation in SchedulingPlan.Plan(_process, s_origin))
            yield return operation;
    }

    private SetRlimit Rlimit(int i)
    {
        RlimitSpec limit = _process.Rlimits[i];
        return new SetRlimit(SpecNames.NameOf(limit.Type), (uint)limit.Type, limit.Soft, limit.Hard) { Origin = s_origin.At("rlimits").At(i) };
    }
}
