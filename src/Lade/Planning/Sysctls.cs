using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;

namespace Lade.Planning;

/// <summary><c>linux.sysctl</c>: kernel parameters of the container's namespaces, written through the host's verified procfs.</summary>
internal static class Sysctls
{
    public static IEnumerable<Operation> Plan(LinuxSpec linux)
    {
        foreach ((string key, string value) in linux.Sysctl)
        {
            JsonPointer origin = JsonPointer.Of("linux", "sysctl").At(key);
            // A process in a user namespace may not write this file, but may make the system call.
            if (key is "kernel.domainname" or "kernel/domainname")
                yield return new SetDomainname(value) { Origin = origin };
            else
                yield return new WriteProc("sys/" + SysctlName.ToPath(key), value) { Origin = origin };
        }
    }
}
