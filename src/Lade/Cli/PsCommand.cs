using System.Collections.Generic;
using Lade.Commands;
using Lade.Linux;

namespace Lade.Cli;

internal static class PsCommand
{
    public static Command Define() => new()
    {
        Name = "ps",
        Summary = "list the processes of a container",
        Usage = "<container-id> [ps options]",
        Description = """
            Prints the output of the host's ps for the processes of a container, or with
            --format json their pids on the host. Options after the id are passed to ps,
            -ef by default; the output must have a PID column.
            """,
        Example = """
            lade ps web1 -A -o pid,rss,args
            """,
        MinimumArguments = 1,
        MaximumArguments = int.MaxValue,
        StopsAtFirstPositional = true,
        Options = [SharedOptions.Format("table or json", "table")],
        Body = new(Run),
    };

    private static int Run(Invocation invocation)
    {
        string? format = invocation.Arguments.Text("format");
        if (format is not ("table" or "json"))
            throw new LadeException("invalid format option");
        IReadOnlyList<int> pids = Ps.Pids(invocation.StateRoot, invocation.ContainerId);
        List<string> options = invocation.Arguments.Positionals.GetRange(1, invocation.Arguments.Positionals.Count - 1);
        // null for no processes, as runc prints it.
        Stdio.Write(format == "table" ? Ps.Table(pids, options.Count == 0 ? ["-ef"] : options)
            : pids.Count == 0 ? "null\n" : "[" + string.Join(',', pids) + "]\n");
        return 0;
    }
}
