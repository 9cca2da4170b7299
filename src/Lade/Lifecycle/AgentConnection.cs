using System;
using Lade.Configuration;
using Lade.Linux;
using Lade.Seccomp;
using Lade.State;

namespace Lade.Lifecycle;

/// <summary>Passes the listener of a seccomp filter to its agent (config-linux.md "Seccomp").</summary>
internal static class AgentConnection
{
    private static JsonPointer Origin => JsonPointer.Of("linux", "seccomp", "listenerPath");

    /// <summary>Fails early, in `create`, when the agent's socket does not exist. Whether the agent answers only shows when it is needed.</summary>
    public static void Check(Spec spec, string bundle)
    {
        if (GetAddress(spec, bundle) is not { } path)
            return;
        if (Files.TryStat(path, out Errno errno) is not { } stat)
            throw new LadeException("stat the seccomp agent's socket " + path, errno, Origin);
        if (!stat.IsSocket)
            throw new LadeException(Origin, "is not a socket: " + path);
    }

    /// <summary>What sends a listener to the agent; null when the filter has none.</summary>
    /// <param name="container">At start its status is still "created": the filter is loaded before the program is executed.</param>
    /// <param name="pid">The process that has the filter.</param>
    public static Action<Fd>? Open(Spec spec, StateDocument container, int pid) =>
        spec.Linux?.Seccomp is { } seccomp && GetAddress(spec, container.State.Bundle) is { } path
            ? listener => Send(path, listener, new ContainerProcessState(container, pid, seccomp.ListenerMetadata))
            : null;

    private static string? GetAddress(Spec spec, string bundle) => SeccompAgent.Address(spec, bundle, Environment.GetEnvironmentVariable(SeccompAgent.Variable));

    /// <summary>One connection per state, closed right away; the descriptor goes with the first byte.</summary>
    private static void Send(string path, Fd listener, ContainerProcessState state)
    {
        using Fd socket = Sockets.TryConnect(path, Libc.SOCK_STREAM, out Errno errno) ?? throw new LadeException("connect to the seccomp agent at " + path, errno, Origin);
        errno = Sockets.SendAll(socket, state.ToJson(), listener);
        if (errno.Value != 0)
            throw new LadeException("send the seccomp listener to " + path, errno, Origin);
    }
}
