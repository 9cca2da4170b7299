using System;
using Lade.Configuration;
using Lade.Linux;
using Lade.Seccomp;
using Lade.State;

namespace Lade.Lifecycle;

/// <summary>The way from the listener of a seccomp filter to the agent that answers it (config-linux.md "Seccomp").</summary>
internal static class AgentConnection
{
    /// <summary>Finds out while it is `create` that fails whether there is an agent; whether it answers is seen only when it has to.</summary>
    public static void Check(Spec spec, string bundle)
    {
        if (AddressOf(spec, bundle) is not { } path)
            return;
        if (Files.TryStat(path) is not { } stat)
            throw new LadeException("look for the seccomp agent's socket " + path, Libc.LastError, JsonPointer.Of("linux", "seccomp", "listenerPath"));
        if ((stat.Mode & Libc.S_IFMT) != Libc.S_IFSOCK)
            throw new LadeException(JsonPointer.Of("linux", "seccomp", "listenerPath"), "is not a socket: " + path);
    }

    /// <summary>Gives a listener to the agent; null when the filter has none.</summary>
    /// <param name="container">Its state; the status is "created" at start, since the filter is loaded before the program.</param>
    /// <param name="pid">The process that is under the filter.</param>
    public static Action<Fd>? Open(Spec spec, StateDocument container, int pid) =>
        spec.Linux?.Seccomp is { } seccomp && AddressOf(spec, container.State.Bundle) is { } path
            ? listener => Send(path, listener, new ContainerProcessState(container, pid, seccomp.ListenerMetadata))
            : null;

    private static string? AddressOf(Spec spec, string bundle) => SeccompAgent.Address(spec, bundle, Environment.GetEnvironmentVariable(SeccompAgent.Variable));

    /// <summary>One connection for one state, closed at once; the descriptor comes with the first byte.</summary>
    private static void Send(string path, Fd listener, ContainerProcessState state)
    {
        JsonPointer origin = JsonPointer.Of("linux", "seccomp", "listenerPath");
        using Fd socket = Sockets.TryConnect(path, Libc.SOCK_STREAM, out Errno errno) ?? throw new LadeException("connect to the seccomp agent at " + path, errno, origin);
        errno = Sockets.SendAll(socket, state.ToJson(), listener);
        if (errno.Value != 0)
            throw new LadeException("send the seccomp listener to " + path, errno, origin);
    }
}
