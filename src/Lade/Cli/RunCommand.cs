using Lade.Commands;
using Lade.Lifecycle;

namespace Lade.Cli;

internal static class RunCommand
{
    public static Command Define() => new()
    {
        Name = "run",
        Summary = "create and start a container, and wait for it to end",
        Usage = "<container-id>",
        Description = """
            Creates a container from a bundle, starts its program and waits for it, passing on
            input, output and signals. The exit code is the program's, or 128 + N if it was
            killed by signal N. The container is deleted afterwards.

            With --detach it returns once the program is running; the container then has to
            be deleted with "lade delete".
            """,
        Example = """
            mkdir -p /tmp/box/rootfs && cd /tmp/box
            # put a root filesystem into rootfs, then:
            lade spec
            lade run box1
            """,
        ArgumentCount = 1,
        FailurePrefix = "lade run failed",
        Options =
        [
            SharedOptions.Bundle,
            SharedOptions.Config,
            SharedOptions.ConsoleSocket,
            SharedOptions.PidfdSocket,
            SharedOptions.Detach,
            new("keep", OptionKind.Switch, "keep the stopped container and its cgroup until \"lade delete\""),
            SharedOptions.PidFile,
            SharedOptions.NoSubreaper,
            SharedOptions.NoPivot,
            SharedOptions.NoNewKeyring,
            SharedOptions.PreserveFds,
        ],
        Body = new(Execute),
    };

    public static RunRequest ParseRequest(Invocation invocation) => new(CreateCommand.ParseRequest(invocation))
    {
        Detach = invocation.Arguments.Switch("detach"),
        Keep = invocation.Arguments.Switch("keep"),
        NoSubreaper = invocation.Arguments.Switch("no-subreaper"),
    };

    private static int Execute(Invocation invocation)
    {
        RunRequest request = ParseRequest(invocation);
        invocation.Globals.StateRoot.Prepare();
        return Run.Execute(request);
    }
}
