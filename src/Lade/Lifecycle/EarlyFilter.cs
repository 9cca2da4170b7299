using System;
using Lade.Configuration;
using Lade.Namespaces;
using Lade.Plan;
using Lade.Scheduling;
using Lade.Seccomp;

namespace Lade.Lifecycle;

/// <summary>
/// Whether a filter can be loaded before `init` waits or is seen by the container. Without no_new_privs that takes CAP_SYS_ADMIN, which `init` then need not
/// keep; but what it does afterwards happens under the filter. One that notifies hands its listener to whoever starts the program, so it is loaded then.
/// </summary>
internal static class EarlyFilter
{
    private const uint SECCOMP_FILTER_FLAG_NEW_LISTENER = 8;
    private const ulong PR_SET_DUMPABLE = 4;
    private const ulong PR_CAP_AMBIENT = 47;
    private const ulong CLONE_PARENT = 0x8000;
    private const ulong TIOCSCTTY = 0x540e;

    private static readonly string[] s_always = ["capset", "read", "write", "close"];
    private static readonly string[] s_create = ["accept4", "close_range"];

    /// <summary>Of the clone into a pid namespace that others are in, and of the session that follows it.</summary>
    private static readonly string[] s_clone = ["pipe2", "exit_group", "setsid"];

    /// <summary>What the C of native/init/hooks.c calls.</summary>
    private static readonly string[] s_hooks =
    [
        "mmap", "munmap", "pipe2", "vfork", "umask", "setpgid", "dup2", "execve", "exit_group", "pidfd_open", "fcntl", "rt_sigaction", "poll", "clock_gettime", "wait4", "kill", "getpid", "pidfd_send_signal",
    ];

    public static bool IsAllowedAtCreate(LoadSeccomp filter, Spec spec)
    {
        ReadOnlySpan<byte> program = filter.Program.Span;
        var namespaces = new NamespacePlan(spec.Linux ?? new LinuxSpec(), privileged: true);
        return IsAllowed(filter, spec)
            && FilterTrial.AllowsAll(program, s_create)
            && (!namespaces.JoinsPid || AllowsClone(program))
            // While it waits, `init` gives its namespaces to the ordinary user who made it; such a user always has a user namespace.
            && (!namespaces.HasUser || FilterTrial.Allows(program, "sendmsg"))
            && (spec.Hooks.StartContainer.Count == 0 || FilterTrial.AllowsAll(program, s_hooks));
    }

    public static bool IsAllowedAtExec(LoadSeccomp filter, Spec spec) => IsAllowed(filter, spec) && AllowsClone(filter.Program.Span);

    private static bool AllowsClone(ReadOnlySpan<byte> program) => FilterTrial.AllowsAll(program, s_clone) && FilterTrial.Allows(program, "clone", CLONE_PARENT);

    private static bool IsAllowed(LoadSeccomp filter, Spec spec)
    {
        ReadOnlySpan<byte> program = filter.Program.Span;
        return (filter.Flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) == 0
            && FilterTrial.AllowsAll(program, s_always)
            && FilterTrial.Allows(program, "prctl", PR_SET_DUMPABLE)
            && FilterTrial.Allows(program, "prctl", PR_CAP_AMBIENT)
            && (spec.Process is not { } process || IsAllowed(program, process));
    }

    private static bool IsAllowed(ReadOnlySpan<byte> program, ProcessSpec process) =>
        (process.Rlimits.Count == 0 || FilterTrial.Allows(program, "prlimit64"))
        && (!process.Terminal || FilterTrial.Allows(program, "ioctl", 0, TIOCSCTTY))
        && (!SchedulingPlan.MustBeLast(process)
            || (FilterTrial.Allows(program, "sched_setattr") && (process.IoPriority is null || FilterTrial.Allows(program, "ioprio_set"))));
}
