using System.IO;
using Lade.Cgroups;
using Lade.Configuration;
using Lade.Linux;
using Lade.State;

namespace Lade.Lifecycle;

/// <summary>Lookups and checks on the host before a container is created.</summary>
internal static class Preflight
{
    /// <summary>root.path as an absolute path; it must be an existing directory.</summary>
    public static string ResolveRootfs(Spec spec, string bundle)
    {
        string path = Path.GetFullPath(spec.Root is { } root ? root.Path : throw new LadeException(JsonPointer.Of("root"), "is missing"), bundle);
        if (Files.TryStat(path) is not { } stat)
            throw new LadeException(JsonPointer.Of("root", "path"), "no such directory: " + path + "; the root file system must exist");
        if (!stat.IsDirectory)
            throw new LadeException(JsonPointer.Of("root", "path"), "not a directory: " + path);
        return path;
    }

    /// <summary>Checks the descriptors for the program: from 3 on the service manager's sockets, followed by those of <c>--preserve-fds</c>.</summary>
    public static void CheckPreservedFds(int sockets, int count)
    {
        for (int i = 0; i < sockets; i++)
        {
            if (!Fd.IsInherited(3 + i))
                throw new LadeException("LISTEN_FDS is " + sockets + ", but descriptor " + (3 + i), Errno.EBADF);
        }

        for (int i = 0; i < count; i++)
        {
            if (!Fd.IsInherited(3 + sockets + i))
                throw new LadeException("unable to stat preserved-fd " + i + " (of " + count + ")", Errno.EBADF);
        }
    }

    /// <summary>Checks what only host root may do.</summary>
    public static void CheckRights(Spec spec, bool isPrivileged)
    {
        if (!isPrivileged && spec.Linux is { NetDevices.Count: > 0 })
            throw new LadeException(JsonPointer.Of("linux", "netDevices"), "only host root can give network devices to a container");
    }

    /// <summary>A sub-cgroup can only be delegated when the container has a cgroup.</summary>
    public static void CheckDelegation(Spec spec, IHasDirectories? cgroup)
    {
        if (RunOciAnnotations.DelegatedCgroup(spec) is not null && cgroup is not { Directories.Count: > 0 })
            throw new LadeException(
                RunOciAnnotations.PointerTo(RunOciAnnotations.DelegateCgroup), "the container has no cgroup of its own, or its user no permission to create one");
    }

    /// <summary>The master of a terminal must be held by some process.</summary>
    /// <param name="foreground">This command keeps running and holds it.</param>
    /// <param name="origin">The property that asks for the terminal.</param>
    public static void CheckConsole(string? consoleSocket, bool terminal, bool foreground, JsonPointer origin)
    {
        if (terminal && !foreground && consoleSocket is null)
            throw new LadeException(origin, "cannot allocate tty if lade will detach without setting console socket");
        if (consoleSocket is not null && (foreground || !terminal))
            throw new LadeException("cannot use console socket if lade will not detach or allocate tty");
    }

    public static HookKinds GetHookKinds(HooksSpec hooks) =>
        (hooks.Prestart.Count > 0 ? HookKinds.Prestart : 0)
        | (hooks.CreateRuntime.Count > 0 ? HookKinds.CreateRuntime : 0)
        | (hooks.CreateContainer.Count > 0 ? HookKinds.CreateContainer : 0)
        | (hooks.StartContainer.Count > 0 ? HookKinds.StartContainer : 0)
        | (hooks.Poststart.Count > 0 ? HookKinds.Poststart : 0)
        | (hooks.Poststop.Count > 0 ? HookKinds.Poststop : 0);

    /// <summary>`init` ended without an error message, so it was killed from outside.</summary>
    public static LadeException InitDied(ExitStatus status, Spec spec, IHasCondition? cgroup)
    {
        if (status is not { WasSignaled: true, Signal: Libc.SIGKILL })
            return new LadeException("container init ended early: " + status);
        // The OOM-kill count can be missing (a rootless container without a memory cgroup); then a memory limit and SIGKILL are evidence enough.
        return HasMemoryLimit(spec) || cgroup is { OomKills: > 0 } ? InitOutOfMemory(spec) : new LadeException("container init ended early: " + status);
    }

    /// <summary>The container's memory limit is too low for `init`.</summary>
    public static LadeException InitOutOfMemory(Spec spec)
    {
        const string OutOfMemory = "container init was OOM-killed (memory limit too low?)";
        return HasMemoryLimit(spec) ? new LadeException(JsonPointer.Of("linux", "resources", "memory").At("limit"), OutOfMemory) : new LadeException(OutOfMemory);
    }

    private static bool HasMemoryLimit(Spec spec) => spec.Linux?.Resources?.Memory?.Limit is > 0;
}
