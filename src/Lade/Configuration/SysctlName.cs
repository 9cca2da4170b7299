using System;

namespace Lade.Configuration;

/// <summary>
/// Names of <c>linux.sysctl</c>. Two spellings exist (sysctl(8)): dots between the parts, where a slash then stands for a dot within a part
/// (<c>net.ipv4.conf.eth0/1.forwarding</c>), or slashes between them. The separator met first decides.
/// </summary>
internal static class SysctlName
{
    /// <summary>Settings of an ipc namespace besides <c>fs/mqueue/*</c> (namespaces(7)).</summary>
    private const string IpcPaths =
        "kernel/msgmax kernel/msgmnb kernel/msgmni kernel/msg_next_id kernel/sem kernel/sem_next_id kernel/shmall kernel/shmmax "
        + "kernel/shmmni kernel/shm_next_id kernel/shm_rmid_forced kernel/auto_msgmni";

    /// <summary>The path below /proc/sys: <c>net/ipv4/conf/eth0.1/forwarding</c>; null when the name is no such path or leads out of it.</summary>
    public static string? ToPath(string name)
    {
        int separator = name.AsSpan().IndexOfAny('.', '/');
        if (separator <= 0)
            return null;
        string path = name[separator] == '/' ? name : SwapDotsAndSlashes(name);
        foreach (Range part in path.AsSpan().Split('/'))
        {
            if (path.AsSpan(part) is "" or "." or "..")
                return null;
        }

        return path;
    }

    /// <summary>The namespace that a setting belongs to; null when it is the whole host's.</summary>
    public static NamespaceType? NamespaceOf(string path)
    {
        if (path.StartsWith("net/", StringComparison.Ordinal))
            return NamespaceType.Network;
        if (path.StartsWith("fs/mqueue/", StringComparison.Ordinal) || WordList.Contains(IpcPaths, path))
            return NamespaceType.Ipc;
        if (path.StartsWith("user/", StringComparison.Ordinal))
            return NamespaceType.User;
        return path is "kernel/domainname" or "kernel/hostname" ? NamespaceType.Uts : null;
    }

    private static string SwapDotsAndSlashes(string name) => string.Create(name.Length, name, static (path, source) =>
    {
        for (int i = 0; i < path.Length; i++)
        {
            path[i] = source[i] switch
            {
                '.' => '/',
                '/' => '.',
                char c => c,
            };
        }
    });
}
