using System;
using System.Text;
using Lade.Linux;

namespace Lade.State;

/// <summary>What determines the default state root.</summary>
internal sealed record StateRootFacts
{
    public uint EffectiveUid { get; init; }

    /// <summary><c>$USER</c>: <c>root</c> for host root in a user namespace, but not for an unprivileged user who is root only there.</summary>
    public string? User { get; init; }
    public string? XdgRuntimeDirectory { get; init; }

    /// <summary>Whether this is not the initial user namespace.</summary>
    public bool InUserNamespace { get; init; }

    public static StateRootFacts Gather()
    {
        string? xdg = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        return new StateRootFacts
        {
            EffectiveUid = Libc.geteuid(),
            User = Environment.GetEnvironmentVariable("USER"),
            XdgRuntimeDirectory = xdg,

            // Not needed without the variable, which most commands do not have.
            InUserNamespace = !string.IsNullOrEmpty(xdg) && !MapsEveryId(Files.ReadAll("/proc/self/uid_map")),
        };
    }

    /// <summary>Whether this is the map of the initial user namespace: all ids onto themselves (user_namespaces(7)).</summary>
    public static bool MapsEveryId(ReadOnlySpan<byte> uidMap)
    {
        string[] fields = Encoding.ASCII.GetString(uidMap).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return fields is ["0", "0", "4294967295"];
    }
}

/// <summary>
/// The directory that contains those of all containers: <c>--root</c>, or <c>/run/lade</c>, or <c>$XDG_RUNTIME_DIR/lade</c> for an unprivileged user, including root in a
/// user namespace.
/// </summary>
/// <param name="Path">Absolute, without a final slash.</param>
/// <param name="IsExplicit">Given by <c>--root</c>.</param>
/// <param name="IsSticky">Below XDG_RUNTIME_DIR, where the sticky bit protects old files from clean-up (XDG base directory specification).</param>
internal sealed record StateRoot(string Path, bool IsExplicit, bool IsSticky)
{
    /// <param name="path">The absolute path of <c>--root</c>.</param>
    /// <exception cref="LadeException">It is <c>/</c>.</exception>
    public static StateRoot FromOption(string path) =>
        path == "/" ? throw new LadeException("Option --root argument should not be set to /") : new StateRoot(path, true, false);

    /// <summary>The root without <c>--root</c>.</summary>
    public static StateRoot Default(StateRootFacts facts)
    {
        bool isUnprivileged = facts.EffectiveUid != 0 || (facts.InUserNamespace && facts.User != "root");
        return isUnprivileged && !string.IsNullOrEmpty(facts.XdgRuntimeDirectory)
            ? new StateRoot(facts.XdgRuntimeDirectory.TrimEnd('/') + "/lade", false, true)
            : new StateRoot("/run/lade", false, false);
    }

    /// <summary>Creates the directory with mode 0700 if it does not exist.</summary>
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
