using Lade.Linux;

namespace Lade.Cgroups.V1;

/// <summary>
/// <c>freezer.state</c> of v1 (freezer-subsystem.rst). A process that is just being forked can keep the state at FREEZING for ever; thawing for a
/// moment and freezing again helps.
/// </summary>
internal static class V1Freezer
{
    public const int KillMilliseconds = 2_000;
    private const int FreezeMilliseconds = 10_000;
    private const int RoundMilliseconds = 250;

    /// <summary>True while freezing too, and when a cgroup above is frozen.</summary>
    public static bool IsFrozen(string directory) => Files.TryReadText(directory + "/freezer.state") is "FROZEN" or "FREEZING";

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
            Files.WriteValue(directory + "/freezer.state", "FROZEN");
            var backoff = new Backoff(RoundMilliseconds);
            do
            {
                if (Files.TryReadText(directory + "/freezer.state") == "FROZEN")
                    return true;
            }
            while (backoff.Sleep());
        }

        return false;
    }

    public static void Thaw(string directory) => Files.WriteValue(directory + "/freezer.state", "THAWED");
}
