using System.Collections.Generic;
using Lade.Configuration;
using Lade.Init;
using Lade.Linux;
using Lade.Plan;
using Lade.Planning;
using Lade.State;

namespace Lade.Lifecycle;

/// <summary>Determines which namespaces of a running container differ from ours, which may not be those that `create` was called from.</summary>
internal static class ForeignNamespaces
{
    /// <summary>How to join the container.</summary>
    /// <param name="pid">The container's first process.</param>
    /// <param name="slots">Receives open namespace files when they are used for joining.</param>
    /// <param name="recorded">Its user namespace at create; null when unknown.</param>
    public static JoinPlan Join(int pid, string? recorded, LinuxSpec? linux, ContainerDirectory directory, Dictionary<Slot, Fd> slots)
    {
        string user = UserNamespaceFile(pid);
        string? current = Files.TryReadLink(user, out Errno errno);
        if (current is not null && recorded is not null)
            Compare(current, recorded);
        if (current is not null || (errno != Errno.EACCES && errno != Errno.EPERM))
            return new JoinPlan(pid, Find(pid, linux)) { UserNamespace = recorded ?? current };
        IReadOnlyList<(CloneFlags Type, Fd File)> received = AskInit(directory) ?? throw new LadeException(
            "read " + user + " (the container's first process is not accessible to its user: its executable is not readable by them, or it has changed its uid; root can join it)",
            Errno.EACCES);
        CloneFlags foreign = CloneFlags.None;
        foreach ((CloneFlags type, Fd file) in received)
        {
            slots.Add(JoinPlan.SlotOf(type), file);
            if (Files.TryReadLink("/proc/self/fd/" + file.Number) != Files.TryReadLink("/proc/self/ns/" + JoinPlan.FileOf(type)))
                foreign |= type;
        }

        return new JoinPlan(pid, foreign) { UserNamespace = recorded, ByFile = true };
    }

    /// <summary>Handles <see cref="SyncPoint.Joined"/>.</summary>
    /// <exception cref="LadeException">The container's first process is in another user namespace than at create, or has ended.</exception>
    public static void CheckUnmoved(JoinPlan join)
    {
        string path = UserNamespaceFile(join.Pid);
        if (Files.TryReadLink(path, out Errno errno) is not { } current)
            throw errno == Errno.ENOENT || errno == Errno.ESRCH ? new LadeException(JoinError.Stopped) : new LadeException("read " + path, errno);
        if (join.UserNamespace is not null)
            Compare(current, join.UserNamespace);
    }

    /// <summary>The owner of a user namespace, here an unprivileged user of the container, has all capabilities over processes that enter it, ours included.</summary>
    private static void Compare(string current, string recorded)
    {
        if (current != recorded)
            throw new LadeException("the container's first process has moved to a user namespace of its own (" + current + ", at create " + recorded
                + "); it would have full control over anything that joins it there");
    }

    private static string UserNamespaceFile(int pid) => "/proc/" + pid + "/ns/user";

    /// <summary>The namespaces of an `init` that waits for start, which sends them on request; null when none is waiting.</summary>
    private static IReadOnlyList<(CloneFlags Type, Fd File)>? AskInit(ContainerDirectory directory)
    {
        using Fd? connection = Sockets.TryConnect(directory.Descriptor, ContainerDirectory.StartSocket, out _);
        return connection is null ? null : InitNamespaces.Request(connection);
    }

    private static CloneFlags Find(int pid, LinuxSpec? linux)
    {
        // Namespaces made by create need no check: even if lade is called from inside, joining one's own namespace is allowed, except for a user namespace.
        CloneFlags made = Created(linux) & ~CloneFlags.CLONE_NEWUSER;
        CloneFlags foreign = made;
        foreach (CloneFlags type in JoinPlan.Types)
        {
            if ((made & type) == 0 && IsForeign(pid, JoinPlan.FileOf(type)))
                foreign |= type;
        }

        return foreign;
    }

    private static CloneFlags Created(LinuxSpec? linux)
    {
        CloneFlags made = CloneFlags.None;
        foreach (NamespaceSpec ns in linux?.Namespaces ?? [])
        {
            if (ns.Path is null)
                made |= NamespaceTable.FlagOf(ns.Type);
        }

        return made;
    }

    private static bool IsForeign(int pid, string file)
    {
        string path = "/proc/" + pid + "/ns/" + file;
        // A kernel without this type has a single one for all processes.
        if (Files.TryReadLink("/proc/self/ns/" + file) is not { } ours)
            return false;
        if (Files.TryReadLink(path, out Errno errno) is { } theirs)
            return theirs != ours;
        throw errno == Errno.ENOENT || errno == Errno.ESRCH ? new LadeException(JoinError.Stopped) : new LadeException("read " + path, errno);
    }
}

/// <summary>Errors of joining a container that engines match.</summary>
internal static class JoinError
{
    public const string Stopped = "cannot exec in a stopped container";
}
