using System;
using System.Collections.Generic;
using System.Globalization;
using Lade.Configuration;
using Lade.State;

namespace Lade.InitSystem;

/// <summary>
/// What the service manager passes to the container's program: a notification socket (sd_notify(3)) and listening sockets (sd_listen_fds(3)). Reads variables and rewrites
/// the configuration; <see cref="Readiness"/> uses the socket.
/// </summary>
internal sealed record ServiceEnvironment
{
    public static ServiceEnvironment None { get; } = new();

    /// <summary>The directory of the notification socket in the container.</summary>
    private const string Directory = "/run/notify";

    /// <summary>The notification socket of the service manager: a path, or an abstract name after <c>@</c>; null for none.</summary>
    public string? NotifySocket { get; init; }

    /// <summary>The number of listening sockets, which are the descriptors from 3 on.</summary>
    public int ListenFds { get; init; }

    /// <summary>Their names, separated by colons.</summary>
    public string? ListenFdNames { get; init; }

    /// <param name="variable">Returns an environment variable, null for an unset one.</param>
    /// <param name="pid">Our own. Sockets for another process in LISTEN_PID were inherited by accident, and are not passed on, as with runc.</param>
    public static ServiceEnvironment Read(Func<string, string?> variable, int pid)
    {
        string? notify = variable("NOTIFY_SOCKET");
        bool isForUs = Number(variable("LISTEN_PID")) == pid;
        int sockets = isForUs ? Number(variable("LISTEN_FDS")) : 0;
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
    /// Adds the variables and the mount that the program needs to find its sockets. The variables come last and so override those of the configuration. Without a program
    /// nothing is added.
    /// </summary>
    /// <param name="containerDirectory">The state directory of the container, which will have its socket.</param>
    public Spec Extend(Spec spec, string containerDirectory)
    {
        if (spec.Process is null || (NotifySocket is null && ListenFds == 0))
            return spec;
        List<string> env = [.. spec.Process.Env];
        if (ListenFds > 0)
        {
            env.Add("LISTEN_FDS=" + ListenFds.ToString(CultureInfo.InvariantCulture));
            // As with runc: a program that is not the first of its pid namespace ignores the sockets.
            env.Add("LISTEN_PID=1");
            if (ListenFdNames is not null)
                env.Add("LISTEN_FDNAMES=" + ListenFdNames);
        }

        IReadOnlyList<MountSpec> mounts = spec.Mounts;
        if (NotifySocket is not null)
        {
            env.Add("NOTIFY_SOCKET=" + Directory + "/" + ContainerDirectory.NotifySocketName);
            // The directory, because the socket does not exist before `start`.
            mounts =
            [
                .. spec.Mounts,
                new MountSpec { Destination = Directory, Source = containerDirectory + "/" + ContainerDirectory.NotifyDirectory, Options = ["bind", "ro", "nosuid",
                    "nodev", "noexec"] },
            ];
        }

        return spec with { Mounts = mounts, Process = spec.Process with { Env = env } };
    }

    /// <summary>0 for anything but a positive number.</summary>
    private static int Number(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= 1 << 22 ? number : 0;
}
