using Lade.Commands;

namespace Lade.Cli;

internal static class StartCommand
{
    public static Command Define() => new()
    {
        Name = "start",
        Summary = "start the program of a created container",
        Usage = "<container-id>",
        Description = """
            Runs the program of a container made by "lade create", and returns once it is
            running. A container can be started only once.

            Under a service manager ($NOTIFY_SOCKET, also set at create) it returns once the
            program has signalled that it is ready.
            """,
        ArgumentCount = 1,
        Body = new(Run),
    };

    private static int Run(Invocation invocation)
    {
        Start.Execute(invocation.StateRoot, invocation.ContainerId, Invocation.Service, invocation.Log);
        return 0;
    }
}
