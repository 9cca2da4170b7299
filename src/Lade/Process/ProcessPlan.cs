using System.Collections.Generic;
using Lade.Capabilities;
using Lade.Configuration;
using Lade.Labels;
using Lade.Plan;
using Lade.Scheduling;

namespace Lade.Process;

/// <summary>
/// Plans <c>process</c>: where and as whom the program runs, with which limits and rights. What is checked before `create` returns and what is
/// done only after `start` are separate lists, since the program's limits and filter must not hinder `init` or a hook.
/// </summary>
internal sealed class ProcessPlan
{
    private static readonly JsonPointer s_origin = JsonPointer.Of("process");

    private readonly ProcessSpec _process;
    private readonly LinuxSpec _linux;
    private readonly HostFacts _host;
    private readonly CapabilitySets _capabilities;
    private readonly bool _userNamespace;
    private readonly bool _keepGroups;

    public ProcessPlan(ProcessSpec process, LinuxSpec linux, HostFacts host, bool userNamespace, bool keepGroups = false)
    {
        _keepGroups = keepGroups;
        _process = process;
        _linux = linux;
        _host = host;
        _userNamespace = userNamespace;
        // A process that enters a user namespace holds every capability of it, whatever it had outside.
        _capabilities = new CapabilitySets(process.Capabilities, userNamespace ? ulong.MaxValue : host.Capabilities, host.LastCapability);
    }

    public IReadOnlyList<string> Warnings =>
        ProcessLabels.Warning(_process, _host) is { } warning ? [.. _capabilities.Warnings, warning] : _capabilities.Warnings;

    /// <summary>While `init` still has the host's rights, before it enters a user namespace.</summary>
    public IEnumerable<Operation> OnHostSide()
    {
        yield return SchedulingPlan.AllowEveryCpu();
        if (_process.OomScoreAdj is { } score)
            yield return new WriteProc("self/oom_score_adj", score.ToString()) { Dumpable = !_host.IsPrivileged, Origin = s_origin.At("oomScoreAdj") };
        // Raising a hard limit needs CAP_SYS_RESOURCE of the initial user namespace, and that it is missing shall be known at create; the limits themselves
        // are set last.
        for (int i = 0; i < _process.Rlimits.Count; i++)
            yield return Rlimit(i) with { RaiseOnly = true };
    }

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
        yield return new FindExecutable(_process.Args, ProcessEnvironment.Of(_process.Env, _host.Home), user.Uid, user.Gid) { Origin = s_origin.At("args").At(0) };
    }

    /// <summary>
    /// From start to execve. The labels of the program are announced first of all: after the last hook, which they are not meant for; before the limits, since
    /// a file is opened; before the user changes, though anybody may write them, and before the filter, which closes the way to procfs. The filter is loaded while there is CAP_SYS_ADMIN to do so, or, with no_new_privs, as the very last step so that it need not
    /// allow what comes before. Limits come second: from then on nothing is opened that a low RLIMIT_NOFILE could refuse.
    /// </summary>
    public IEnumerable<Operation> Become()
    {
        UserSpec user = _process.User;
        foreach (Operation label in ProcessLabels.Plan(_process, _host))
            yield return label;
        if (_linux.Personality is { } personality)
            yield return new SetPersonality(personality.Domain, personality.Domain == "LINUX32" ? 8UL : 0UL) { Origin = JsonPointer.Of("linux", "personality", "domain") };
        for (int i = 0; i < _process.Rlimits.Count; i++)
            yield return Rlimit(i);
        // runc's callers rely on 0022 where config.json is silent, whatever their own mask was.
        yield return new SetUmask(user.Umask ?? 18) { Origin = s_origin.At("user").At("umask") };
        foreach (Operation scheduling in SchedulingPlan.Become(_process, s_origin))
            yield return scheduling;
        if (_host.Seccomp is not null && !_process.NoNewPrivileges)
            yield return _host.Seccomp;
        yield return _capabilities.DropBounding();
        yield return new SetUser(user.Uid, user.Gid) { Origin = s_origin.At("user") };
        yield return _capabilities.Apply();
        if (_process.NoNewPrivileges)
            yield return new NoNewPrivileges { Origin = s_origin.At("noNewPrivileges") };
        if (_host.Seccomp is not null && _process.NoNewPrivileges)
            yield return _host.Seccomp;
        yield return new Execute(_process.Args[0]) { Origin = s_origin.At("args").At(0) };
    }

    private SetRlimit Rlimit(int i)
    {
        RlimitSpec limit = _process.Rlimits[i];
        return new SetRlimit(limit.Type, Rlimits.NumberOf(limit.Type), limit.Soft, limit.Hard) { Origin = s_origin.At("rlimits").At(i) };
    }
}
