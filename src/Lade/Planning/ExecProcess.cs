using System.Collections.Generic;
using Lade.Configuration;

namespace Lade.Planning;

/// <summary>
/// The process of `exec`: what its options or its own document say, over what the container's configuration has. Pure; who it is for and whether it may run
/// is decided elsewhere.
/// </summary>
internal static class ExecProcess
{
    /// <summary>The container's process with another command line. It has a terminal only if asked for, whatever the container's has.</summary>
    /// <param name="container">null for a container that was made without a process.</param>
    public static ProcessSpec Of(ProcessOptions options, ProcessSpec? container)
    {
        ProcessSpec inherited = container ?? new ProcessSpec { Cwd = "/" };
        return inherited with
        {
            Args = options.Args,
            Cwd = options.Cwd ?? inherited.Cwd,
            Env = [.. inherited.Env, .. options.Env],
            Terminal = options.Terminal,
            // The caller's terminal has a size of its own; the configured one was meant for another.
            ConsoleSize = null,
            User = inherited.User with
            {
                Uid = options.Uid ?? inherited.User.Uid,
                Gid = options.Gid ?? inherited.User.Gid,
                AdditionalGids = [.. inherited.User.AdditionalGids, .. options.AdditionalGids],
            },
            SelinuxLabel = options.SelinuxLabel ?? inherited.SelinuxLabel,
            ApparmorProfile = options.ApparmorProfile ?? inherited.ApparmorProfile,
            NoNewPrivileges = options.NoNewPrivileges ?? inherited.NoNewPrivileges,
            Capabilities = options.Capabilities.Count == 0 ? inherited.Capabilities : With(inherited.Capabilities, options.Capabilities),
        };
    }

    /// <summary>
    /// A process document. What confines a process and is missing there comes from the container: who leaves it out does not ask for a process that is
    /// confined less, or differently.
    /// </summary>
    /// <inheritdoc cref="Of(ProcessOptions, ProcessSpec?)"/>
    public static ProcessSpec Of(ProcessSpec document, ProcessSpec? container)
    {
        if (container is null)
            return document;
        return document with
        {
            User = document.User with { Umask = document.User.Umask ?? container.User.Umask },
            Rlimits = document.Rlimits.Count > 0 ? document.Rlimits : container.Rlimits,
            Capabilities = document.Capabilities ?? container.Capabilities,
            SelinuxLabel = string.IsNullOrEmpty(document.SelinuxLabel) ? container.SelinuxLabel : document.SelinuxLabel,
            ApparmorProfile = string.IsNullOrEmpty(document.ApparmorProfile) ? container.ApparmorProfile : document.ApparmorProfile,
            OomScoreAdj = document.OomScoreAdj ?? container.OomScoreAdj,
            Scheduler = document.Scheduler ?? container.Scheduler,
            IoPriority = document.IoPriority ?? container.IoPriority,
            ExecCpuAffinity = document.ExecCpuAffinity ?? container.ExecCpuAffinity,
        };
    }

    /// <summary>
    /// Never inheritable: an inheritable capability would reach programs with file capabilities that the container was not to have (CVE-2022-29162,
    /// CVE-2022-27650). Ambient where the container's configuration has it inheritable, so that a user other than root keeps it.
    /// </summary>
    private static CapabilitiesSpec With(CapabilitiesSpec? inherited, IReadOnlyList<string> added)
    {
        CapabilitiesSpec sets = inherited ?? new CapabilitiesSpec();
        var ambient = new List<string>(sets.Ambient);
        foreach (string name in added)
        {
            if (Holds(sets.Inheritable, name))
                ambient.Add(name);
        }

        return sets with
        {
            Bounding = [.. sets.Bounding, .. added],
            Effective = [.. sets.Effective, .. added],
            Permitted = [.. sets.Permitted, .. added],
            Ambient = ambient,
        };
    }

    private static bool Holds(IReadOnlyList<string> names, string name)
    {
        for (int i = 0; i < names.Count; i++)
        {
            if (names[i] == name)
                return true;
        }

        return false;
    }
}
