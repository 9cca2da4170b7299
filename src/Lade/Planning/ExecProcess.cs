using System.Collections.Generic;
using Lade.Configuration;

namespace Lade.Planning;

/// <summary>
/// The process of `exec`: its options or its process document, merged with the container's configuration. Pure; whether it may run is decided elsewhere.
/// </summary>
internal static class ExecProcess
{
    /// <summary>The container's process with another command line. It has a terminal only if requested, regardless of the container's.</summary>
    /// <param name="container">null for a container created without a process.</param>
    public static ProcessSpec FromOptions(ProcessOptions options, ProcessSpec? container)
    {
        ProcessSpec inherited = container ?? new ProcessSpec { Cwd = "/" };
        return inherited with
        {
            Args = options.Args,
            Cwd = options.Cwd ?? inherited.Cwd,
            Env = [.. inherited.Env, .. options.Env],
            Terminal = options.Terminal,
            // The caller's terminal has its own size; the configured one was meant for another terminal.
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
    /// A process document. Restrictions it does not mention come from the container: leaving one out is not a request for a less restricted process.
    /// </summary>
    /// <inheritdoc cref="FromOptions"/>
    public static ProcessSpec FromDocument(ProcessSpec document, ProcessSpec? container)
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
    /// Never inheritable: programs with file capabilities would gain capabilities that the container should not have (CVE-2022-29162, CVE-2022-27650). Ambient
    /// if inheritable in the container's configuration, so that a non-root user keeps the capability.
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

/// <summary>The process options of `exec`; omitted ones come from the container's configuration.</summary>
internal sealed record ProcessOptions
{
    public IReadOnlyList<string> Args { get; init; } = [];
    public string? Cwd { get; init; }

    /// <summary>Appended to the container's own, so that a later name wins.</summary>
    public IReadOnlyList<string> Env { get; init; } = [];

    public bool Terminal { get; init; }
    public uint? Uid { get; init; }
    public uint? Gid { get; init; }
    public IReadOnlyList<uint> AdditionalGids { get; init; } = [];
    public string? SelinuxLabel { get; init; }
    public string? ApparmorProfile { get; init; }

    /// <summary>null leaves it unchanged.</summary>
    public bool? NoNewPrivileges { get; init; }

    /// <summary>Capabilities that the process has in addition to the container's.</summary>
    public IReadOnlyList<string> Capabilities { get; init; } = [];
}
