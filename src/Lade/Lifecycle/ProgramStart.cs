using System;
using Lade.Configuration;
using Lade.Init;
using Lade.Linux;
using Lade.Plan;
using Lade.Seccomp;
using Lade.State;

namespace Lade.Lifecycle;

/// <summary>From "go" to execve(2): common to all commands that let a program run.</summary>
internal static class ProgramStart
{
    /// <summary>
    /// Lets `init` go and returns when it has executed the program. The seccomp filter is loaded in between; it is not there while a container waits
    /// for `start`, so that no hook is under it. Hence an agent gets the listener now and the container's status in the message is "created".
    /// </summary>
    /// <param name="state">The container's state for the agent.</param>
    /// <exception cref="LadeException">The program could not be executed, or its filter not handed to the agent. `init` may be alive still.</exception>
    public static void Follow(InitProcess init, Spec spec, StateDocument state)
    {
        string? agent = AgentOf(spec, state.State.Bundle);
        init.Go();
        while (init.Receive() is { } message)
        {
            if (message.Kind != MessageKind.Fd || message.Value != (ulong)SentFd.Seccomp || agent is null)
                throw new LadeException("init sent an unexpected message after start");
            using Fd listener = init.Take(message);
            Send(agent, listener, new ContainerProcessState(state, init.Pid, spec.Linux!.Seccomp!.ListenerMetadata));
            agent = null;
            init.Go();
        }

        if (agent is not null)
            throw new LadeException(JsonPointer.Of("linux", "seccomp"), "init died before it gave the listener away; a profile with SCMP_ACT_NOTIFY must allow read and write");
    }

    /// <summary>Finds out while it is `create` that fails whether there is an agent; whether it answers is seen only when it has to.</summary>
    public static void CheckAgent(Spec spec, string bundle)
    {
        if (AgentOf(spec, bundle) is not { } path)
            return;
        if (Files.TryStat(path) is not { } stat)
            throw new LadeException("look for the seccomp agent's socket " + path, Libc.LastError, JsonPointer.Of("linux", "seccomp", "listenerPath"));
        if ((stat.Mode & Libc.S_IFMT) != Libc.S_IFSOCK)
            throw new LadeException(JsonPointer.Of("linux", "seccomp", "listenerPath"), "is no socket: " + path);
    }

    private static string? AgentOf(Spec spec, string bundle) => SeccompAgent.Address(spec, bundle, Environment.GetEnvironmentVariable(SeccompAgent.Variable));

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
