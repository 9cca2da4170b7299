using System;
using System.Text;
using Lade.Linux;

namespace Lade.State;

/// <summary>What decides where containers are kept when the caller does not say.</summary>
internal sealed record StateRootFacts
{
    public uint EffectiveUid { get; init; }

    /// <summary><c>$USER</c>: real root in a user namespace calls itself so, an ordinary user who is root there does not.</summary>
    public string? User { get; init; }
    public string? XdgRuntimeDirectory { get; init; }

    /// <summary>True when user ids are not those of the initial user namespace.</summary>
    public bool InUserNamespace { get; init; }

    public static StateRootFacts Gather()
    {
        string? xdg = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        return new StateRootFacts
        {
            EffectiveUid = Libc.geteuid(),
            User = Environment.GetEnvironmentVariable("USER"),
            XdgRuntimeDirectory = xdg,

            // Without the variable the answer is not asked for, and most commands run without it.
            InUserNamespace = !string.IsNullOrEmpty(xdg) && !MapsEveryId(Files.ReadAll("/proc/self/uid_map")),
        };
    }

    /// <summary>True for the map of the initial user namespace: all ids onto themselves (user_namespaces(7)).</summary>
    public static bool MapsEveryId(ReadOnlySpan<byte> uidMap)
    {
        string[] fields = Encoding.ASCII.GetString(uidMap).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return fields is ["0", "0", "4294967295"];
    }
}

/// <summary>
/// The directory below which every container has its own: <c>--root</c>, else <c>/run/lade</c>, else <c>$XDG_RUNTIME_DIR/lade</c> for an
/// ordinary user and for one who is root in a user namespace only.
/// </summary>
/// <param name="Path">Absolute, without a final slash.</param>
/// <param name="IsExplicit">True when the caller chose it.</param>
/// <param name="IsSticky">True below XDG_RUNTIME_DIR, where only the sticky bit keeps old files from being cleaned away (XDG base directory specification).</param>
internal sealed record StateRoot(string Path, bool IsExplicit, bool IsSticky)
{
    /// <param name="path">The absolute path of <c>--root</c>.</param>
    /// <exception cref="LadeException">It is <c>/</c>: a container's directory would stand among those of the system.</exception>
    public static StateRoot Of(string path) =>
        path == "/" ? throw new LadeException("Option --root argument should not be set to /") : new StateRoot(path, true, false);

    /// <summary>The root when <c>--root</c> is not given.</summary>
    public static StateRoot Default(StateRootFacts facts)
    {
        bool ordinary = facts.EffectiveUid != 0 || (facts.InUserNamespace && facts.User != "root");
        return ordinary && !string.IsNullOrEmpty(facts.XdgRuntimeDirectory)
            ? new StateRoot(facts.XdgRuntimeDirectory.TrimEnd('/') + "/lade", false, true)
            : new StateRoot("/run/lade", false, false);
    }

    /// <summary>Makes the directory, mode 0700, where it does not exist.</summary>
    public void Prepare()
    {
        Files.MakeDirectories(Path, 0b111_000_000);
        if (!IsSticky)
            return;
        using Fd fd = Files.Open(Path, Libc.O_RDONLY | Libc.O_DIRECTORY);
        if (Libc.fchmod(fd.Number, 0b1_111_000_000) < 0)
            throw new LadeException("chmod 01700 " + Path, Libc.LastError);
    }
}
