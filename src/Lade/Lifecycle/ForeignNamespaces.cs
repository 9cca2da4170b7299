using Lade.Configuration;
using Lade.Linux;
using Lade.Namespaces;
using Lade.Plan;

namespace Lade.Lifecycle;

/// <summary>Which namespaces of a running container are not ours: seen at its process, since whoever calls `exec` may be elsewhere than who called `create`.</summary>
internal static class ForeignNamespaces
{
    /// <param name="pid">The container's first process.</param>
    public static CloneFlags Of(int pid, LinuxSpec? linux)
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
                made |= NamespacePlan.FlagOf(ns.Type);
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
        throw errno == Errno.ENOENT || errno == Errno.ESRCH ? new LadeException(Executing.Stopped) : new LadeException("read " + path, errno);
    }
}
