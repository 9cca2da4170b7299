using System;
using System.IO;

namespace Lade.IntegrationTests.Fixtures;

/// <summary>Runs a bundle's lade as an unprivileged user who owns the bundle and the state.</summary>
public static class UnprivilegedUser
{
    public const uint Id = 12345;

    /// <param name="subordinateIds">Lines of /etc/subuid and /etc/subgid for the user `sailor`, whom only the command sees; null for none.</param>
    /// <param name="groups">Supplementary groups.</param>
    /// <param name="within">A command and its options that execute lade, as that user.</param>
    public static Bundle AsUnprivilegedUser(this Bundle bundle, string? subordinateIds = null, string groups = "", string within = "")
    {
        // The repository may lie where only its owner can reach.
        string lade = bundle.Directory + "/lade";
        File.Copy(LadeProgram.Path, lade);
        File.SetUnixFileMode(lade, (UnixFileMode)0x1ed);
        bundle.MakeDirectory("state");
        // Not the files: the programs of the root file system are links that all bundles share.
        Machine.Sh($"find '{bundle.Directory}' -type d -exec chown {Id}:{Id} {{}} +");
        string drop = $"exec setpriv --reuid {Id} --regid {Id} " + (groups.Length == 0 ? "--clear-groups" : "--groups " + groups) + " " + within + " '" + lade + "' \"$@\"";
        bundle.Lade.Wrapper = "unshare --mount sh -c '" + (Files(bundle, subordinateIds) + drop).Replace("'", "'\\''", StringComparison.Ordinal) + "'";
        return bundle;
    }

    /// <summary>The user and their ids are in files visible to the command only.</summary>
    private static string Files(Bundle bundle, string? subordinateIds)
    {
        string users = bundle.MakeDirectory("users");
        File.WriteAllText(users + "/passwd", File.ReadAllText("/etc/passwd") + $"sailor:x:{Id}:{Id}::/:/bin/sh\n");
        File.WriteAllText(users + "/subuid", subordinateIds ?? "");
        File.WriteAllText(users + "/subgid", subordinateIds ?? "");
        string script = "";
        foreach (string name in (string[])["passwd", "subuid", "subgid"])
        {
            Machine.NeedsFile("/etc/" + name);
            script += $"mount --bind '{users}/{name}' /etc/{name} && ";
        }

        return script;
    }
}
