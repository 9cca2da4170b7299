using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;
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
    private static readonly string[] s_exec = ["pipe2", "setsid"];

    /// <summary>What the C of native/init/hooks.c calls.</summary>
    private static readonly string[] s_hooks =
    [
        "mmap", "munmap", "pipe2", "vfork", "umask", "setpgid", "dup2", "execve", "exit_group", "pidfd_open", "fcntl", "rt_sigaction", "poll", "clock_gettime", "wait4", "kill", "getpid",
    ];

    public static bool IsAllowedAtCreate(LoadSeccomp filter, Spec spec) =>
        IsAllowed(filter, spec, s_create) && (spec.Hooks.StartContainer.Count == 0 || FilterTrial.AllowsAll(filter.Program.Span, s_hooks));

    public static bool IsAllowedAtExec(LoadSeccomp filter, Spec spec) =>
        IsAllowed(filter, spec, s_exec)
        && FilterTrial.Allows(filter.Program.Span, "clone", CLONE_PARENT)
        && (spec.Process is not { Terminal: true } || FilterTrial.Allows(filter.Program.Span, "ioctl", 0, TIOCSCTTY));

    private static bool IsAllowed(LoadSeccomp filter, Spec spec, IReadOnlyList<string> calls) =>
        (filter.Flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) == 0
        && FilterTrial.AllowsAll(filter.Program.Span, s_always)
        && FilterTrial.AllowsAll(filter.Program.Span, calls)
        && FilterTrial.Allows(filter.Program.Span, "prctl", PR_SET_DUMPABLE)
        && FilterTrial.Allows(filter.Program.Span, "prctl", PR_CAP_AMBIENT)
        && (spec.Process is not { Rlimits.Count: > 0 } || FilterTrial.Allows(filter.Program.Span, "prlimit64"));
}
