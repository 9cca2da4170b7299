using System;
using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;

namespace Lade.Namespaces;

/// <summary><c>linux.sysctl</c>: kernel parameters of the container's own namespaces, written through the host's verified procfs.</summary>
internal static class Sysctls
{
    public static IEnumerable<Operation> Plan(LinuxSpec linux)
    {
        foreach ((string key, string value) in linux.Sysctl)
        {
            JsonPointer origin = JsonPointer.Of("linux", "sysctl").At(key);
            // A user namespace may not write this file, but may make the system call.
            if (key is "kernel.domainname" or "kernel/domainname")
                yield return new SetDomainname(value) { Origin = origin };
            else
                yield return new WriteProc("sys/" + PathOf(key), value) { Origin = origin };
        }
    }

    /// <summary>
    /// sysctl(8)'s two spellings: with dots (in which a slash stands for a dot of a name, <c>net.ipv4.conf.eth0/1.forwarding</c>) or with slashes, whichever comes first.
    /// </summary>
    public static string PathOf(string key)
    {
        int dot = key.IndexOf('.', StringComparison.Ordinal);
        int slash = key.IndexOf('/', StringComparison.Ordinal);
        if (slash >= 0 && (dot < 0 || slash < dot))
            return key;
        return string.Create(key.Length, key, static (span, text) =>
        {
            for (int i = 0; i < span.Length; i++)
                span[i] = text[i] == '.' ? '/' : text[i] == '/' ? '.' : text[i];
        });
    }
}
