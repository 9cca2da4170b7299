using System.Globalization;
using Lade.Linux;

namespace Lade.Cgroups.V1;

/// <summary>
/// <c>freezer.state</c> of v1 (freezer-subsystem.rst). A process in the middle of a fork can keep the state at FREEZING forever; thawing briefly and freezing again
/// helps.
/// </summary>
internal static class V1Freezer
{
    /// <summary>For a signal to all processes, which must not miss one that forks.</summary>
    public const int KillMilliseconds = 2_000;

    /// <summary>One attempt, which is not repeated.</summary>
    public const int RoundMilliseconds = 250;

    private const int FreezeMilliseconds = 10_000;

    private const string State = "freezer.state";

    /// <summary>Whether the cgroup, or one above it, is frozen or freezing.</summary>
    public static bool IsFrozen(string directory) => CgroupFile.TryRead(directory + "/" + State) is "FROZEN" or "FREEZING";

    /// <exception cref="LadeException">It could not be frozen in time, and is thawed again.</exception>
    public static void Freeze(string directory)
    {
        if (TryFreeze(directory, FreezeMilliseconds))
            return;
        Thaw(directory);
        throw new LadeException("freeze " + directory, Errno.ETIMEDOUT);
    }

    /// <summary>False when some process has not stopped in time; the cgroup is left freezing. True also when it is gone.</summary>
    public static bool TryFreeze(string directory, int limitMilliseconds)
    {
        for (int waited = 0; waited < limitMilliseconds; waited += RoundMilliseconds)
        {
            if (waited > 0)
                Thaw(directory);
            CgroupFile.WriteUnlessGone(directory + "/" + State, "FROZEN");
            var backoff = new Backoff(RoundMilliseconds);
            do
            {
                if (CgroupFile.TryRead(directory + "/" + State) is "FROZEN" or null)
                    return true;
            }
            while (backoff.Sleep());
        }

        return false;
    }

    public static void Thaw(string directory) => CgroupFile.WriteUnlessGone(directory + "/" + State, "THAWED");

    /// <summary>Thaws a cgroup and, from the top down, every one below it: the container can freeze its sub-cgroups itself.</summary>
    /// <returns>Whether any was frozen.</returns>
    /// <exception cref="LadeException">An ancestor is frozen, which cannot be changed from here.</exception>
    public static bool ThawTree(string directory)
    {
        bool found = false;
        CgroupTree.Visit(directory, cgroup =>
        {
            if (CgroupFile.TryRead(State, cgroup) is "FROZEN" or "FREEZING")
            {
                found = true;
                CgroupFile.WriteUnlessGone(State, "THAWED", cgroup);
            }

            return true;
        });
        return found && FrozenAncestor(directory) is { } ancestor
            ? throw new LadeException("container init still running: the cgroup " + ancestor + " above the container's is frozen, so that none of its processes can end")
            : found;
    }

    /// <inheritdoc cref="IFreezable.Recapture"/>
    public static bool Recapture(string directory, int pid)
    {
        using (Fd? own = CgroupProcesses.Find(directory, pid))
        {
            if (own is not null)
                return false;
        }

        // ESRCH: it has ended.
        Errno errno = Files.TryWriteValue(directory + "/cgroup.procs", pid.ToString(CultureInfo.InvariantCulture));
        return errno.Value == 0 || errno == Errno.ESRCH || errno == Errno.ENOENT || errno == Errno.ENODEV
            ? errno.Value == 0
            : throw new LadeException("move process " + pid + " back to " + directory, errno);
    }

    /// <summary>The ancestor that keeps <paramref name="directory"/> frozen; null when none does.</summary>
    private static string? FrozenAncestor(string directory)
    {
        if (CgroupFile.TryRead(directory + "/freezer.parent_freezing") != "1")
            return null;
        string ancestor = CgroupPath.Parent(directory);
        while (ancestor.Length > 1 && CgroupFile.TryRead(ancestor + "/freezer.self_freezing") == "0")
            ancestor = CgroupPath.Parent(ancestor);
        return ancestor;
    }
}
