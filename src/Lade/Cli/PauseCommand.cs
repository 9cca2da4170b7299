using Lade.Commands;

namespace Lade.Cli;

internal static class PauseCommand
{
    public static Command Define() => new()
    {
        Name = "pause",
        Summary = "freeze all processes of a container",
        Usage = "<container-id>",
        Description = """
            Stops every process of a container by freezing its cgroup. They keep their memory
            and go on where they were when "lade resume" is called.
            """,
        MinimumArguments = 1,
        MaximumArguments = 1,
        Body = Run,
    };

    private static int Run(Invocation invocation)
    {
        Pause.Execute(invocation.StateRoot, invocation.ContainerId);
        return 0;
    }
}
