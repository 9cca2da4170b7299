using System.IO;
using Lade.Cgroups;
using Lade.Configuration;
using Lade.Linux;
using Lade.State;

namespace Lade.Lifecycle;

/// <summary>What is looked up and checked on the host before a container is made.</summary>
internal static class Preflight
{
    /// <summary>The absolute path of root.path, an existing directory.</summary>
    public static string ResolveRootfs(Spec spec, string bundle)
    {
        string path = Path.GetFullPath(spec.Root is { } root ? root.Path : throw new LadeException(JsonPointer.Of("root"), "is missing"), bundle);
        if (Files.TryStat(path) is not { } stat)
            throw new LadeException(JsonPointer.Of("root", "path"), "no such directory: " + path + "; the root file system must exist");
        if ((stat.Mode & Libc.S_IFMT) != Libc.S_IFDIR)
            throw new LadeException(JsonPointer.Of("root", "path"), "not a directory: " + path);
        return path;
    }

    /// <summary>Of the descriptors for the program those from 3 on are the service manager's sockets, then come those of <c>--preserve-fds</c>.</summary>
    public static void CheckPreservedFds(int sockets, int count)
    {
        for (int i = 0; i < sockets; i++)
        {
            if (!IsInherited(3 + i))
                throw new LadeException("LISTEN_FDS is " + sockets + ", but descriptor " + (3 + i), Errno.EBADF);
        }

        for (int i = 0; i < count; i++)
        {
            if (!IsInherited(3 + sockets + i))
                throw new LadeException("unable to stat preserved-fd " + i + " (of " + count + ")", Errno.EBADF);
        }
    }

    /// <summary>What lade has opened itself, a log for example, may have got a number that the caller believes to have given, but it is close-on-exec.</summary>
    private static bool IsInherited(int number) => Libc.fcntl(number, Libc.F_GETFD, 0) is >= 0 and var flags && (flags & Libc.FD_CLOEXEC) == 0;

    /// <summary>What only host root may do fails before anything is made.</summary>
    public static void CheckRights(Spec spec, bool isPrivileged)
    {
        if (!isPrivileged && spec.Linux is { NetDevices.Count: > 0 })
            throw new LadeException(JsonPointer.Of("linux", "netDevices"), "only host root can give network devices to a container");
    }

    /// <summary>A part of the container's cgroup can be given away where it has one.</summary>
    public static void CheckPart(Spec spec, IHasDirectories? cgroup)
    {
        if (RunOciAnnotations.DelegatedCgroup(spec) is not null && cgroup is not { Directories.Count: > 0 })
            throw new LadeException(RunOciAnnotations.PointerTo(RunOciAnnotations.DelegateCgroup), "the container has no cgroup of its own, or its user no permission to make one");
    }

    /// <summary>A terminal needs a process that holds its other end.</summary>
    /// <param name="foreground">This command stays and holds it.</param>
    /// <param name="origin">What asks for the terminal.</param>
    public static void CheckConsole(string? consoleSocket, bool terminal, bool foreground, JsonPointer origin)
    {
        if (terminal && !foreground && consoleSocket is null)
            throw new LadeException(origin, "cannot allocate tty if lade will detach without setting console socket");
        if (consoleSocket is not null && (foreground || !terminal))
            throw new LadeException("cannot use console socket if lade will not detach or allocate tty");
    }

    public static HookKinds HooksOf(HooksSpec hooks) =>
        (hooks.Prestart.Count > 0 ? HookKinds.Prestart : 0)
        | (hooks.CreateRuntime.Count > 0 ? HookKinds.CreateRuntime : 0)
        | (hooks.CreateContainer.Count > 0 ? HookKinds.CreateContainer : 0)
        | (hooks.StartContainer.Count > 0 ? HookKinds.StartContainer : 0)
        | (hooks.Poststart.Count > 0 ? HookKinds.Poststart : 0)
        | (hooks.Poststop.Count > 0 ? HookKinds.Poststop : 0);

    /// <summary>`init` ended without a word, which only a signal from outside does.</summary>
    public static LadeException InitDied(ExitStatus status, Spec spec, IHasCondition? cgroup)
    {
        if (status is not { WasSignaled: true, Signal: Libc.SIGKILL })
            return new LadeException("container init ended early: " + status);
        // The kernel's count can be missing (a rootless container without that cgroup); then a limit and SIGKILL are reason enough.
        return HasMemoryLimit(spec) || cgroup is { OomKills: > 0 } ? InitOutOfMemory(spec) : new LadeException("container init ended early: " + status);
    }

    /// <summary>The memory that the container may have is not enough for `init`.</summary>
    public static LadeException InitOutOfMemory(Spec spec)
    {
        const string OutOfMemory = "container init was OOM-killed (memory limit too low?)";
        return HasMemoryLimit(spec) ? new LadeException(JsonPointer.Of("linux", "resources", "memory").At("limit"), OutOfMemory) : new LadeException(OutOfMemory);
    }

    private static bool HasMemoryLimit(Spec spec) => spec.Linux?.Resources?.Memory?.Limit is > 0;
}
