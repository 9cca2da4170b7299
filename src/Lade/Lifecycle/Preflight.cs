using System.IO;
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
        string path = Path.GetFullPath(spec.Root!.Path, bundle);
        if (Files.TryStat(path) is not { } stat)
            throw new LadeException(JsonPointer.Of("root", "path"), "no such directory: " + path + "; the root file system must exist");
        if ((stat.Mode & Libc.S_IFMT) != Libc.S_IFDIR)
            throw new LadeException(JsonPointer.Of("root", "path"), "not a directory: " + path);
        return path;
    }

    /// <summary>Descriptors 3 .. 3+n-1 must be open.</summary>
    public static void CheckPreservedFds(int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (Libc.fcntl(3 + i, Libc.F_GETFD, 0) < 0)
                throw new LadeException("unable to stat preserved-fd " + (i + 1) + " (of " + count + ")", Libc.LastError);
        }
    }

    /// <summary>What nobody but root of the machine may do fails before anything is made.</summary>
    public static void CheckRights(Spec spec, bool isPrivileged)
    {
        if (!isPrivileged && spec.Linux is { NetDevices.Count: > 0 })
            throw new LadeException(JsonPointer.Of("linux", "netDevices"), "only root of the host can give network devices to a container");
    }

    public static bool HasOwnPidNamespace(Spec spec)
    {
        foreach (NamespaceSpec ns in spec.Linux?.Namespaces ?? [])
        {
            if (ns is { Type: NamespaceType.Pid, Path: null })
                return true;
        }

        return false;
    }

    public static HookKinds HooksOf(HooksSpec hooks) =>
        (hooks.Prestart.Count > 0 ? HookKinds.Prestart : 0)
        | (hooks.CreateRuntime.Count > 0 ? HookKinds.CreateRuntime : 0)
        | (hooks.CreateContainer.Count > 0 ? HookKinds.CreateContainer : 0)
        | (hooks.StartContainer.Count > 0 ? HookKinds.StartContainer : 0)
        | (hooks.Poststart.Count > 0 ? HookKinds.Poststart : 0)
        | (hooks.Poststop.Count > 0 ? HookKinds.Poststop : 0);

    /// <summary>`init` ended without a word, which only a signal from outside does.</summary>
    public static LadeException InitDied(ExitStatus status, Spec spec) =>
        status is { WasSignaled: true, Signal: Libc.SIGKILL } && spec.Linux?.Resources?.Memory?.Limit is > 0
            ? new LadeException(JsonPointer.Of("linux", "resources", "memory").At("limit"), "container init was OOM-killed (memory limit too low?)")
            : new LadeException("container init ended early: " + status);
}
