using System.Collections.Generic;
using Lade.Info;
using Lade.Linux;

namespace Lade.Cli;

internal static class InfoCommand
{
    public static Command Define() => new()
    {
        Name = "info",
        Summary = "print facts about this host for a bug report",
        Description = """
            Prints versions and the facts about this host that affect how containers are
            created: kernel, cgroups, namespaces, security modules, the caller's privileges.
            It contains no host or user names, no addresses and no environment, and so can be
            pasted into a bug report. For what lade itself supports see "lade features".
            """,
        Example = """
            lade info
            lade info --format json
            """,
        Options = [SharedOptions.Format("text or json", "text")],
        Body = new(Run),
    };

    private static int Run(Invocation invocation)
    {
        string? format = invocation.Arguments.Text("format");
        if (format is not ("text" or "json"))
            throw new LadeException("invalid format option");
        IReadOnlyList<InfoSection> report = HostReport.Gather(BuildInfo.Version, BuildInfo.Commit, VersionText.Spec, invocation.Globals.StateRoot);
        if (format == "json")
            Stdio.Write(InfoSection.Json(report).Span);
        else
            Stdio.Write(InfoSection.Text(report));
        return 0;
    }
}
