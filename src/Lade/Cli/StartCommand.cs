using System;
using Lade.Commands;
using Lade.InitSystem;

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

            Under a service manager ($NOTIFY_SOCKET, also that of the create) it returns
            when the program has said that it is ready.
            """,
        MinimumArguments = 1,
        MaximumArguments = 1,
        Body = Run,
    };

    private static int Run(Invocation invocation)
    {
        Start.Execute(invocation.StateRoot, invocation.ContainerId, ServiceEnvironment.Read(Environment.GetEnvironmentVariable, Environment.ProcessId), invocation.Log);
        return 0;
    }
}
