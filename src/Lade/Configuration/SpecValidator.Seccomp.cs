using System.Collections.Generic;

namespace Lade.Configuration;

internal static partial class SpecValidator
{
    private static void ValidateSeccomp(SeccompSpec seccomp, JsonPointer at, List<ConfigProblem> problems)
    {
        // Notifying by default would catch the system calls by which the runtime sends the listener to its agent.
        if (seccomp.DefaultAction == SeccompAction.Notify)
            problems.Add(at.At("defaultAction"), "SCMP_ACT_NOTIFY is no default; any other action is allowed");
        ValidateErrno(seccomp.DefaultErrnoRet, seccomp.DefaultAction, at.At("defaultErrnoRet"), problems);
        if (seccomp.ListenerMetadata is not null && seccomp.ListenerPath is null)
            problems.Add(at.At("listenerMetadata"), "has nobody to go to; listenerPath is required beside it");
        JsonPointer syscalls = at.At("syscalls");
        for (int i = 0; i < seccomp.Syscalls.Count; i++)
            ValidateRule(seccomp.Syscalls[i], syscalls.At(i), problems);
    }

    private static void ValidateRule(SeccompRule rule, JsonPointer at, List<ConfigProblem> problems)
    {
        if (rule.Names.Count == 0)
            problems.Add(at.At("names"), "is missing or empty; at least one system call is required");
        for (int i = 0; i < rule.Names.Count; i++)
        {
            if (rule.Names[i].Length == 0)
                problems.Add(at.At("names").At(i), "is empty; the name of a system call is required");
        }

        ValidateErrno(rule.ErrnoRet, rule.Action, at.At("errnoRet"), problems);
        for (int i = 0; i < rule.Args.Count; i++)
        {
            if (rule.Args[i].Index > 5)
                problems.Add(at.At("args").At(i).At("index"), rule.Args[i].Index + " is out of range; an integer from 0 to 5 is allowed");
        }

        // The runtime writes to the sync socket after loading the filter and before anybody can answer a notification.
        if (rule.Action == SeccompAction.Notify && Contains(rule.Names, "write"))
            problems.Add(at.At("action"), "SCMP_ACT_NOTIFY cannot be used for the write syscall; any other action is allowed");
    }

    /// <summary>The kernel keeps 16 bits of data with an action, and of an errno at most 4095 (seccomp(2)).</summary>
    private static void ValidateErrno(uint? errno, SeccompAction action, JsonPointer at, List<ConfigProblem> problems)
    {
        if (errno is null || action < 0)
            return;
        if (action is not (SeccompAction.Errno or SeccompAction.Trace))
            problems.Add(at, "has no meaning for " + WordList.At(SpecNames.SeccompActions, (int)action) + "; it is allowed with SCMP_ACT_ERRNO and SCMP_ACT_TRACE");
        else if (errno > (action == SeccompAction.Errno ? 4095u : 65535u))
            problems.Add(at, errno + " is out of range; an integer from 0 to " + (action == SeccompAction.Errno ? 4095 : 65535) + " is allowed");
    }
}
