using System;
using System.Collections.Generic;
using Lade.Plan;

namespace Lade.Seccomp;

/// <summary>
/// Decides whether a filter can be loaded before `init` waits for start or becomes visible to the container, which then can make it do no more than the program could.
/// Without no_new_privs loading it also takes CAP_SYS_ADMIN, which `init` can then drop earlier. But all later steps run under the filter.
/// </summary>
internal static class EarlyFilter
{
    private const uint SECCOMP_FILTER_FLAG_NEW_LISTENER = 8;
    private const ulong PR_SET_DUMPABLE = 4;
    private const ulong PR_CAP_AMBIENT = 47;
    private const ulong CLONE_PARENT = 0x8000;
    private const ulong TIOCSCTTY = 0x540e;

    /// <summary>Needed to report a failure, and after every change of credentials.</summary>
    private static readonly string[] s_always = ["read", "write", "close"];

    /// <summary>System calls of native/init/hooks.c.</summary>
    private static readonly string[] s_hook =
    [
        "mmap", "munmap", "pipe2", "vfork", "umask", "setpgid", "dup2", "execve", "exit_group", "pidfd_open", "fcntl", "rt_sigaction", "poll", "clock_gettime",
        "wait4", "kill", "getpid", "pidfd_send_signal", "close_range",
    ];

    /// <summary>The plan with an early filter if it can run under it, else the one that loads the filter last.</summary>
    /// <param name="filter">null if the plan loads none.</param>
    /// <param name="compile">Compiles the plan; its argument tells whether the filter may be loaded early.</param>
    public static ContainerPlan Choose(LoadSeccomp? filter, Func<bool, ContainerPlan> compile)
    {
        // A listener goes to whoever starts the program.
        if (filter is null || (filter.Flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0)
            return compile(false);
        ContainerPlan early = compile(true);
        return IsAllowed(filter, early.Operations) ? early : compile(false);
    }

    private static bool IsAllowed(LoadSeccomp filter, IReadOnlyList<Operation> plan)
    {
        ReadOnlySpan<byte> program = filter.Program.Span;
        if (!BpfInterpreter.AllowsAll(program, s_always) || !BpfInterpreter.Allows(program, "prctl", PR_SET_DUMPABLE))
            return false;
        bool isLoaded = false;
        foreach (Operation operation in plan)
        {
            // Namespace files are handed out while `init` waits for start.
            if (isLoaded ? !Allows(program, operation) : operation is CloseDescriptors { OfferNamespaces: true } && !BpfInterpreter.Allows(program, "sendmsg"))
                return false;
            isLoaded |= operation is LoadSeccomp;
        }

        return true;
    }

    /// <summary>Operations not listed here cannot follow an early filter.</summary>
    private static bool Allows(ReadOnlySpan<byte> program, Operation operation) => operation switch
    {
        Sync or SetHookState or WaitForStart { Listener: null } or Execute => true,
        SetCapabilities => BpfInterpreter.Allows(program, "capset") && BpfInterpreter.Allows(program, "prctl", PR_CAP_AMBIENT),
        WaitForStart => BpfInterpreter.Allows(program, "accept4"),
        Clone => BpfInterpreter.AllowsAll(program, ["pipe2", "exit_group"]) && BpfInterpreter.Allows(program, "clone", CLONE_PARENT),
        NewSession => BpfInterpreter.Allows(program, "setsid"),
        ControllingTerminal => BpfInterpreter.Allows(program, "ioctl", 0, TIOCSCTTY),
        SetRlimit => BpfInterpreter.Allows(program, "prlimit64"),
        SetScheduler => BpfInterpreter.Allows(program, "sched_setattr"),
        SetIoPriority => BpfInterpreter.Allows(program, "ioprio_set"),
        RunHook => BpfInterpreter.AllowsAll(program, s_hook),
        _ => false,
    };
}
