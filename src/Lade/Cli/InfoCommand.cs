using System.Collections.Generic;
using Lade.Info;
using Lade.Linux;

namespace Lade.Cli;

internal static class InfoCommand
{
    public static Command Define() => new()
    {
        Name = "info",
        Summary = "print what a bug report should say about this machine",
        Description = """
            Prints versions and what about this machine decides how containers are made:
            kernel, cgroups, namespaces, security modules, the rights of the caller. There are
            no names of hosts or users, no addresses and no environment in it, so that it can
            be pasted into a bug report. What lade itself supports "lade features" prints.
            """,
        Example = """
            lade info
            lade info --format json
            """,
        Options = [SharedOptions.Format("text or json", "text")],
        Body = Run,
    };

    private static int Run(Invocation invocation)
    {
        string? format = invocation.Arguments.Text("format");
        if (format is not ("text" or "json"))
            throw new LadeException("invalid format option");
        IReadOnlyList<InfoSection> report = HostReport.Gather(VersionText.Version, BuildInfo.Commit, VersionText.Spec, invocation.Globals.StateRoot);
        if (format == "json")
            Stdio.Write(InfoSection.Json(report).Span);
        else
            Stdio.Write(InfoSection.Text(report));
        return 0;
    }
}
