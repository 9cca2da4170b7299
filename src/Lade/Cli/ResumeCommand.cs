using Lade.Commands;

namespace Lade.Cli;

internal static class ResumeCommand
{
    public static Command Define() => new()
    {
        Name = "resume",
        Summary = "let a paused container go on",
        Usage = "<container-id>",
        Description = """
            Thaws the cgroup that "lade pause" froze.
            """,
        MinimumArguments = 1,
        MaximumArguments = 1,
        Body = Run,
    };

    private static int Run(Invocation invocation)
    {
        Resume.Execute(invocation.StateRoot, invocation.ContainerId);
        return 0;
    }
}
