using System.Collections.Generic;
using Lade.Configuration;
using Lade.Init;
using Lade.Linux;
using Lade.Plan;
using Lade.Planning;
using Lade.State;

namespace Lade.Lifecycle;

/// <summary>Which namespaces of a running container are not ours: seen at its process, since whoever calls `exec` may be elsewhere than who called `create`.</summary>
internal static class ForeignNamespaces
{
    /// <summary>The way in.</summary>
    /// <param name="pid">The container's first process.</param>
    /// <param name="slots">Gets the open files of namespaces where it goes by these.</param>
    /// <param name="recorded">The user namespace that it had at create; null when that is not known.</param>
    public static JoinPlan Join(int pid, string? recorded, LinuxSpec? linux, ContainerDirectory directory, Dictionary<Slot, Fd> slots)
    {
        string user = UserNamespaceFile(pid);
        string? now = Files.TryReadLink(user);
        Errno errno = Libc.LastError;
        if (now is not null && recorded is not null)
            Compare(now, recorded);
        if (now is not null || (errno != Errno.EACCES && errno != Errno.EPERM))
            return new JoinPlan(pid, Of(pid, linux)) { UserNamespace = recorded ?? now };
        IReadOnlyList<(CloneFlags Type, Fd File)> handed = OfInit(directory)
            ?? throw new LadeException("read " + user + " (the container's first process is closed to its user: its program is of a file that he may not read, or has changed its own user; root can join it)", Errno.EACCES);
        CloneFlags foreign = CloneFlags.None;
        foreach ((CloneFlags type, Fd file) in handed)
        {
            slots.Add(JoinPlan.SlotOf(type), file);
            if (Files.TryReadLink("/proc/self/fd/" + file.Number) != Files.TryReadLink("/proc/self/ns/" + JoinPlan.FileOf(type)))
                foreign |= type;
        }

        return new JoinPlan(pid, foreign) { UserNamespace = recorded, ByFile = true };
    }

    /// <summary>Answers <see cref="SyncPoint.Joined"/>.</summary>
    /// <exception cref="LadeException">The container's first process is in another user namespace than at create, or has ended.</exception>
    public static void CheckUnmoved(JoinPlan join)
    {
        string path = UserNamespaceFile(join.Pid);
        string? now = Files.TryReadLink(path);
        Errno errno = Libc.LastError;
        if (now is null)
            throw errno == Errno.ENOENT || errno == Errno.ESRCH ? new LadeException(JoinError.Stopped) : new LadeException("read " + path, errno);
        if (join.UserNamespace is not null)
            Compare(now, join.UserNamespace);
    }

    /// <summary>The owner of one that it has made itself, an unprivileged user of the container, has power over everything in it: mounts could be changed.</summary>
    private static void Compare(string now, string recorded)
    {
        if (now != recorded)
            throw new LadeException("the container's first process has moved to a user namespace of its own (" + now + ", at create " + recorded + "); whatever enters that would be at its mercy");
    }

    private static string UserNamespaceFile(int pid) => "/proc/" + pid + "/ns/user";

    /// <summary>What an `init` that waits for start gives away of its own; null when none waits.</summary>
    private static IReadOnlyList<(CloneFlags Type, Fd File)>? OfInit(ContainerDirectory directory)
    {
        using Fd? connection = Sockets.TryConnect(directory.Descriptor, ContainerDirectory.StartSocket, out _);
        return connection is null ? null : InitNamespaces.Request(connection);
    }

    private static CloneFlags Of(int pid, LinuxSpec? linux)
    {
        // What create made is nobody else's, unless lade is called from within; joining once more what one is in is allowed but for the user namespace.
        CloneFlags made = MadeBy(linux) & ~CloneFlags.CLONE_NEWUSER;
        CloneFlags foreign = made;
        foreach (CloneFlags type in JoinPlan.Types)
        {
            if ((made & type) == 0 && IsForeign(pid, JoinPlan.FileOf(type)))
                foreign |= type;
        }

        return foreign;
    }

    private static CloneFlags MadeBy(LinuxSpec? linux)
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
        // A kernel that lacks this type has one namespace for all.
        if (Files.TryReadLink("/proc/self/ns/" + file) is not { } ours)
            return false;
        if (Files.TryReadLink(path) is { } theirs)
            return theirs != ours;
        Errno errno = Libc.LastError;
        throw errno == Errno.ENOENT || errno == Errno.ESRCH ? new LadeException(JoinError.Stopped) : new LadeException("read " + path, errno);
    }
}

/// <summary>Errors of joining a container that engines know by their text.</summary>
internal static class JoinError
{
    /// <summary>As runc says it.</summary>
    public const string Stopped = "cannot exec in a stopped container";
}
