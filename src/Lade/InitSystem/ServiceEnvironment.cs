using System;
using System.Collections.Generic;
using System.Globalization;
using Lade.Configuration;
using Lade.State;

namespace Lade.InitSystem;

/// <summary>
/// What a service manager gave lade for the container's program: a socket to report to (sd_notify(3)) and sockets that it listens on already
/// (sd_listen_fds(3)). Pure: reading variables and rewriting the configuration; what is done with the socket is <see cref="Readiness"/>'s.
/// </summary>
internal sealed record ServiceEnvironment
{
    public static ServiceEnvironment None { get; } = new();

    /// <summary>Where the container finds the directory of its socket.</summary>
    private const string Directory = "/run/notify";

    /// <summary>Socket of the service manager: a path, or a name in the abstract namespace after <c>@</c>; null when nobody wants to know.</summary>
    public string? NotifySocket { get; init; }

    /// <summary>How many descriptors from 3 on are sockets for the program.</summary>
    public int ListenFds { get; init; }

    /// <summary>Their names, separated by colons.</summary>
    public string? ListenFdNames { get; init; }

    /// <summary>What the variables say.</summary>
    /// <param name="variable">Gives the value of an environment variable, null for one that is not set.</param>
    /// <param name="pid">Our own: sockets for another process than the one that LISTEN_PID names were only inherited by mistake, so runc passes none on then.</param>
    public static ServiceEnvironment Of(Func<string, string?> variable, int pid)
    {
        string? notify = variable("NOTIFY_SOCKET");
        bool ours = Number(variable("LISTEN_PID")) == pid;
        int sockets = ours ? Number(variable("LISTEN_FDS")) : 0;
        if (string.IsNullOrEmpty(notify) && sockets == 0)
            return None;
        return new ServiceEnvironment
        {
            NotifySocket = string.IsNullOrEmpty(notify) ? null : notify,
            ListenFds = sockets,
            ListenFdNames = sockets > 0 ? variable("LISTEN_FDNAMES") : null,
        };
    }

    /// <summary>
    /// The configuration with what the program needs to find its socket and its descriptors. The variables stand last and so win over those of the document;
    /// without a program nothing is added.
    /// </summary>
    /// <param name="containerDirectory">Where the state of the container is: its socket will be below.</param>
    public Spec Extend(Spec spec, string containerDirectory)
    {
        if (spec.Process is null || (NotifySocket is null && ListenFds == 0))
            return spec;
        List<string> env = [.. spec.Process.Env];
        if (ListenFds > 0)
        {
            env.Add("LISTEN_FDS=" + ListenFds.ToString(CultureInfo.InvariantCulture));
            // As runc has it: the program is the first of its pid namespace. Where it is not, it sees no sockets.
            env.Add("LISTEN_PID=1");
            if (ListenFdNames is not null)
                env.Add("LISTEN_FDNAMES=" + ListenFdNames);
        }

        IReadOnlyList<MountSpec> mounts = spec.Mounts;
        if (NotifySocket is not null)
        {
            env.Add("NOTIFY_SOCKET=" + Directory + "/" + ContainerDirectory.NotifySocketName);
            // The directory, not the socket: that does not exist before `start`.
            mounts =
            [
                .. spec.Mounts,
                new MountSpec { Destination = Directory, Source = containerDirectory + "/" + ContainerDirectory.NotifyDirectory, Options = ["bind", "ro", "nosuid", "nodev", "noexec"] },
            ];
        }

        return spec with { Mounts = mounts, Process = spec.Process with { Env = env } };
    }

    /// <summary>0 for what is no positive number.</summary>
    private static int Number(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= 1 << 22 ? number : 0;
}
