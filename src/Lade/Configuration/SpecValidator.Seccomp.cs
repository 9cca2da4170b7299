using System.Collections.Generic;

namespace Lade.Configuration;

/// <content>config-linux.md "Seccomp".</content>
internal static partial class SpecValidator
{
    private static void ValidateSeccomp(SeccompSpec seccomp, JsonPointer at, List<ConfigProblem> problems)
    {
        ValidateDefaultAction(seccomp.DefaultAction, at, problems);
        ValidateErrno(seccomp.DefaultErrnoRet, seccomp.DefaultAction, at, "defaultErrnoRet", problems);
        ValidateListener(seccomp, at, problems);
        JsonPointer syscalls = at.At("syscalls");
        for (int i = 0; i < seccomp.Syscalls.Count; i++)
        {
            SeccompRule rule = seccomp.Syscalls[i];
            JsonPointer place = syscalls.At(i);
            ValidateCallNames(rule.Names, place, problems);
            ValidateErrno(rule.ErrnoRet, rule.Action, place, "errnoRet", problems);
            ValidateNotifiedCalls(rule, place, problems);
        }
    }

    /// <summary>Notifying by default would catch the system calls by which the runtime sends the listener to its agent.</summary>
    private static void ValidateDefaultAction(SeccompAction action, JsonPointer at, List<ConfigProblem> problems)
    {
        if (action == SeccompAction.Notify)
            problems.Add(at.At("defaultAction"), "SCMP_ACT_NOTIFY is no default; any other action is allowed");
    }

    /// <summary>listenerMetadata: only with a listenerPath.</summary>
    private static void ValidateListener(SeccompSpec seccomp, JsonPointer at, List<ConfigProblem> problems)
    {
        if (seccomp.ListenerMetadata is not null && seccomp.ListenerPath is null)
            problems.Add(at.At("listenerMetadata"), "has nobody to go to; listenerPath is required beside it");
    }

    /// <summary>syscalls, names: at least one entry.</summary>
    private static void ValidateCallNames(IReadOnlyList<string> names, JsonPointer at, List<ConfigProblem> problems)
    {
        if (names.Count == 0)
            problems.Add(at.At("names"), "is missing or empty; at least one system call is required");
        for (int i = 0; i < names.Count; i++)
        {
            if (names[i].Length == 0)
                problems.Add(at.At("names").At(i), "is empty; the name of a system call is required");
        }
    }

    /// <summary>The runtime writes to the sync socket after loading the filter and before anybody can answer a notification.</summary>
    private static void ValidateNotifiedCalls(SeccompRule rule, JsonPointer at, List<ConfigProblem> problems)
    {
        if (rule.Action == SeccompAction.Notify && Contains(rule.Names, "write"))
            problems.Add(at.At("action"), "SCMP_ACT_NOTIFY cannot be used for the write syscall; any other action is allowed");
    }

    /// <summary>errnoRet: only with two of the actions. The kernel keeps 16 bits of data with an action, and of an errno at most 4095 (seccomp(2)).</summary>
    private static void ValidateErrno(uint? errno, SeccompAction action, JsonPointer at, string name, List<ConfigProblem> problems)
    {
        if (errno is null || action < 0)
            return;
        if (action is not (SeccompAction.Errno or SeccompAction.Trace))
            problems.Add(at.At(name), "has no meaning for " + SpecNames.NameOf(action) + "; it is allowed with SCMP_ACT_ERRNO and SCMP_ACT_TRACE");
        else if (errno > (action == SeccompAction.Errno ? 4095u : 65535u))
            problems.Add(at.At(name), errno + " is out of range; an integer from 0 to " + (action == SeccompAction.Errno ? 4095 : 65535) + " is allowed");
    }
}
