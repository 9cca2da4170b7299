using Lade.Linux;
using Lade.State;

namespace Lade.Cli;

internal static class StateCommand
{
    public static Command Define() => new()
    {
        Name = "state",
        Summary = "print the state of a container",
        Usage = "<container-id>",
        Description = """
            Prints a JSON object: id, pid (0 when stopped), status (creating, created,
            running, paused or stopped), bundle, root filesystem, time of creation and
            annotations. It changes nothing and never blocks on other commands.
            """,
        ArgumentCount = 1,
        Body = new(Run),
    };

    private static int Run(Invocation invocation)
    {
        using ContainerDirectory directory = ContainerDirectory.Open(invocation.StateRoot, invocation.ContainerId);
        ContainerState state = directory.Load();
        Stdio.Write(StateDocument.From(state, Status.Read(state, directory)).ToIndentedJson().Span);
        return 0;
    }
}
