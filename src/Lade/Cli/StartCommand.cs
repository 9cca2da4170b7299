using Lade.Lifecycle;

namespace Lade.Cli;

internal static class StartCommand
{
    public static Command Define() => new()
    {
        Name = "start",
        Summary = "start the program of a created container",
        Usage = "<container-id>",
        Description = """
            Tells a container that "lade create" made to run its program, and returns when
            it runs. A container can be started once.
            """,
        MinimumArguments = 1,
        MaximumArguments = 1,
        Body = Run,
    };

    private static int Run(Invocation invocation)
    {
        Starting.Start(invocation.StateRoot, invocation.ContainerId, invocation.Log);
        return 0;
    }
}
