using System.IO;
using Lade.Configuration;

namespace Lade.Seccomp;

/// <summary>The agent that handles SCMP_ACT_NOTIFY: the address of its socket, and how the listener of the filter gets there.</summary>
internal static class SeccompAgent
{
    /// <summary>Environment variable with the socket of an agent for all containers, as in crun.</summary>
    public const string Variable = "RUN_OCI_SECCOMP_RECEIVER";

    private const string Annotation = RunOciAnnotations.SeccompReceiver;

    /// <summary>
    /// Absolute path of the agent's socket; null if no rule notifies, in which case listenerPath is ignored (config-linux.md "Seccomp"). Without a
    /// listenerPath, an annotation or the environment may name one.
    /// </summary>
    /// <exception cref="LadeException">A rule notifies, but no agent is named.</exception>
    public static string? Address(Spec spec, string bundle, string? environment)
    {
        if (spec.Linux?.Seccomp is not { } seccomp || !SeccompCompiler.Notifies(seccomp))
            return null;
        string? path = seccomp.ListenerPath;
        if (string.IsNullOrEmpty(path))
            path = spec.Annotations.TryGetValue(Annotation, out string? annotated) ? annotated : environment;
        if (string.IsNullOrEmpty(path))
        {
            throw new LadeException(
                JsonPointer.Of("linux", "seccomp", "listenerPath"),
                "is missing; SCMP_ACT_NOTIFY needs the socket of an agent, here, in the annotation " + Annotation + " or in $" + Variable);
        }

        return Path.GetFullPath(path, bundle);
    }

    /// <summary>
    /// Whether the filter certainly allows `init` to call sendmsg(2). False in case of conditions or contradicting rules, since there is an alternative.
    /// </summary>
    public static bool AllowsSendmsg(SeccompSpec seccomp)
    {
        bool named = false;
        foreach (SeccompRule rule in seccomp.Syscalls)
        {
            if (!Names(rule, "sendmsg"))
                continue;
            if (!IsPermissive(rule.Action) || rule.Args.Count > 0)
                return false;
            named = true;
        }

        return named || IsPermissive(seccomp.DefaultAction);
    }

    private static bool IsPermissive(SeccompAction action) => action is SeccompAction.Allow or SeccompAction.Log;

    private static bool Names(SeccompRule rule, string call)
    {
        for (int i = 0; i < rule.Names.Count; i++)
        {
            if (rule.Names[i] == call)
                return true;
        }

        return false;
    }
}
