using Lade.Linux;

namespace Lade.Cgroups.V1;

/// <summary>
/// <c>freezer.state</c> of v1 (freezer-subsystem.rst). A process that is just being forked can keep the state at FREEZING for ever; thawing for a
/// moment and freezing again helps.
/// </summary>
internal static class V1Freezer
{
    /// <summary>For a signal to all, which must not miss a process that forks.</summary>
    public const int KillMilliseconds = 2_000;

    /// <summary>The least: a try that is not repeated.</summary>
    public const int RoundMilliseconds = 250;

    private const int FreezeMilliseconds = 10_000;

    private const string State = "freezer.state";

    /// <summary>True while freezing too, and when a cgroup above is frozen.</summary>
    public static bool IsFrozen(string directory) => IsFrozenState(Files.TryReadText(directory + "/" + State));

    /// <inheritdoc cref="IsFrozen(string)"/>
    public static bool IsFrozen(Fd cgroup) => IsFrozenState(Files.TryReadText(State, cgroup));

    private static bool IsFrozenState(string? state) => state is "FROZEN" or "FREEZING";

    /// <exception cref="LadeException">It could not be frozen; it runs again.</exception>
    public static void Freeze(string directory)
    {
        if (TryFreeze(directory, FreezeMilliseconds))
            return;
        Thaw(directory);
        throw new LadeException("freeze " + directory, Errno.ETIMEDOUT);
    }

    /// <summary>False when some process has not stopped in time; the cgroup is left freezing.</summary>
    public static bool TryFreeze(string directory, int limitMilliseconds)
    {
        for (int waited = 0; waited < limitMilliseconds; waited += RoundMilliseconds)
        {
            if (waited > 0)
                Thaw(directory);
            Write(directory, "FROZEN");
            var backoff = new Backoff(RoundMilliseconds);
            do
            {
                if (Files.TryReadText(directory + "/" + State) is "FROZEN" or null)
                    return true;
            }
            while (backoff.Sleep());
        }

        return false;
    }

    public static void Thaw(string directory) => Write(directory, "THAWED");

    /// <summary>Another command may have removed the cgroup meanwhile.</summary>
    private static void Write(string directory, string state)
    {
        Errno errno = Files.TryWriteValue(directory + "/" + State, state);
        if (errno.Value != 0 && errno != Errno.ENOENT && errno != Errno.ENODEV)
            throw new LadeException("write '" + state + "' to " + directory + "/" + State, errno);
    }

    /// <summary>
    /// Thaws a cgroup and, from the top down, every one below that its processes have frozen by themselves. Nothing where there is no freezer.
    /// </summary>
    /// <returns>Whether something was frozen.</returns>
    /// <exception cref="LadeException">A cgroup above is frozen, which nothing can be done about from here.</exception>
    public static bool ThawTree(string directory)
    {
        using Fd? root = DirectoryTree.TryOpen(directory);
        bool found = false;
        if (root is null)
            return found;
        DirectoryTree.Visit(root, directory, cgroup =>
        {
            if (!IsFrozen(cgroup))
                return true;
            found = true;
            Errno errno = Files.TryWriteValue(State, "THAWED", cgroup);
            return errno.Value == 0 || errno == Errno.ENOENT || errno == Errno.ENODEV ? true : throw new LadeException("thaw " + directory + " or a cgroup below", errno);
        });
        return found && FrozenAbove(directory) is { } above
            ? throw new LadeException("container init still running: the cgroup " + above + " above the container's is frozen: nothing in it can end before it is thawed")
            : found;
    }

    /// <summary>The cgroup that keeps <paramref name="directory"/> frozen from above; null when none does.</summary>
    public static string? FrozenAbove(string directory)
    {
        if (Files.TryReadText(directory + "/freezer.parent_freezing") != "1")
            return null;
        string above = CgroupDirectory.Parent(directory);
        while (above.Length > 1 && Files.TryReadText(above + "/freezer.self_freezing") == "0")
            above = CgroupDirectory.Parent(above);
        return above;
    }
}
