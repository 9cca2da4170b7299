using System;
using System.Collections.Generic;
using Lade.Plan;

namespace Lade.Seccomp;

/// <summary>
/// Whether a filter can be loaded before `init` waits for start or becomes visible to the container, which then can make it do no more than the program could. Without
/// no_new_privs loading takes CAP_SYS_ADMIN, which `init` then need not keep either. But everything it does afterwards happens under the filter.
/// </summary>
internal static class EarlyFilter
{
    private const uint SECCOMP_FILTER_FLAG_NEW_LISTENER = 8;
    private const ulong PR_SET_DUMPABLE = 4;
    private const ulong PR_CAP_AMBIENT = 47;
    private const ulong CLONE_PARENT = 0x8000;
    private const ulong TIOCSCTTY = 0x540e;

    /// <summary>Reporting a failure, and what follows every change of credentials.</summary>
    private static readonly string[] s_always = ["read", "write", "close"];

    /// <summary>What native/init/hooks.c calls.</summary>
    private static readonly string[] s_hook =
    [
        "mmap", "munmap", "pipe2", "vfork", "umask", "setpgid", "dup2", "execve", "exit_group", "pidfd_open", "fcntl", "rt_sigaction", "poll", "clock_gettime", "wait4", "kill", "getpid", "pidfd_send_signal", "close_range",
    ];

    /// <param name="plan">A plan that loads the filter early.</param>
    public static bool IsAllowed(LoadSeccomp filter, IReadOnlyList<Operation> plan)
    {
        ReadOnlySpan<byte> program = filter.Program.Span;
        // A listener goes to whoever starts the program.
        if ((filter.Flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0 || !FilterTrial.AllowsAll(program, s_always) || !FilterTrial.Allows(program, "prctl", PR_SET_DUMPABLE))
            return false;
        bool isLoaded = false;
        foreach (Operation operation in plan)
        {
            // The open files of its namespaces are handed out while `init` waits for start.
            if (isLoaded ? !Allows(program, operation) : operation is CloseDescriptors { OfferNamespaces: true } && !FilterTrial.Allows(program, "sendmsg"))
                return false;
            isLoaded |= operation is LoadSeccomp;
        }

        return true;
    }

    /// <summary>An operation that is not listed here cannot come after an early filter.</summary>
    private static bool Allows(ReadOnlySpan<byte> program, Operation operation) => operation switch
    {
        Sync or SetHookState or WaitForStart { Listener: null } or Execute => true,
        SetCapabilities => FilterTrial.Allows(program, "capset") && FilterTrial.Allows(program, "prctl", PR_CAP_AMBIENT),
        WaitForStart => FilterTrial.Allows(program, "accept4"),
        Clone => FilterTrial.AllowsAll(program, ["pipe2", "exit_group"]) && FilterTrial.Allows(program, "clone", CLONE_PARENT),
        NewSession => FilterTrial.Allows(program, "setsid"),
        ControllingTerminal => FilterTrial.Allows(program, "ioctl", 0, TIOCSCTTY),
        SetRlimit => FilterTrial.Allows(program, "prlimit64"),
        SetScheduler => FilterTrial.Allows(program, "sched_setattr"),
        SetIoPriority => FilterTrial.Allows(program, "ioprio_set"),
        RunHook => FilterTrial.AllowsAll(program, s_hook),
        _ => false,
    };
}
