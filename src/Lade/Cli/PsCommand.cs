namespace Lade.Cli;

internal static class PsCommand
{
    public static Command Define() => new()
    {
        Name = "ps",
        Summary = "list the processes of a container",
        Usage = "<container-id> [ps options]",
        Description = """
            Prints what the host's ps says about the processes of a container, or with
            --format json their pids as the host sees them. Options behind the id are given
            to ps; they must leave a PID column. Without any it is called with -ef.
            """,
        Example = """
            lade ps web1 -o pid,rss,args
            """,
        MinimumArguments = 1,
        MaximumArguments = int.MaxValue,
        StopsAtFirstPositional = true,
        Options = [SharedOptions.Format("table or json", "table")],
    };
}
