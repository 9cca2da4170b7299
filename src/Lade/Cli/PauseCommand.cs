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
            Suspends every process of a container by freezing its cgroup. They stay in memory
            and continue where they were when "lade resume" is called.
            """,
        ArgumentCount = 1,
        Body = new(Run),
    };

    private static int Run(Invocation invocation)
    {
        Pause.Execute(invocation.StateRoot, invocation.ContainerId);
        return 0;
    }
}

internal static class ResumeCommand
{
    public static Command Define() => new()
    {
        Name = "resume",
        Summary = "resume the processes of a paused container",
        Usage = "<container-id>",
        Description = """
            Thaws the cgroup that "lade pause" froze.
            """,
        ArgumentCount = 1,
        Body = new(Run),
    };

    private static int Run(Invocation invocation)
    {
        Resume.Execute(invocation.StateRoot, invocation.ContainerId);
        return 0;
    }
}
