using Lade.Commands;
using Lade.Lifecycle;

namespace Lade.Cli;

internal static class RunCommand
{
    public static Command Define() => new()
    {
        Name = "run",
        Summary = "create and start a container, and wait for its end",
        Usage = "<container-id>",
        Description = """
            Makes a container from a bundle, starts its program and stays with it: input,
            output and signals are passed on, and the exit code is the program's, or
            128 + N when signal N ended it. The container is deleted afterwards.

            With --detach it returns once the program runs; then somebody has to call
            "lade delete" later.
            """,
        Example = """
            mkdir -p /tmp/box/rootfs && cd /tmp/box
            # put a root filesystem into rootfs, then:
            lade spec
            lade run box1
            """,
        MinimumArguments = 1,
        MaximumArguments = 1,
        FailurePrefix = "lade run failed",
        Options =
        [
            SharedOptions.Bundle,
            SharedOptions.Config,
            SharedOptions.ConsoleSocket,
            SharedOptions.PidfdSocket,
            SharedOptions.Detach,
            new("keep", OptionKind.Switch, "leave the stopped container and its cgroup until \"lade delete\""),
            SharedOptions.PidFile,
            SharedOptions.NoSubreaper,
            SharedOptions.NoPivot,
            SharedOptions.NoNewKeyring,
            SharedOptions.PreserveFds,
        ],
        Body = Execute,
    };

    public static RunRequest RequestOf(Invocation invocation) => new(CreateCommand.RequestOf(invocation))
    {
        Detach = invocation.Arguments.Switch("detach"),
        Keep = invocation.Arguments.Switch("keep"),
        NoSubreaper = invocation.Arguments.Switch("no-subreaper"),
    };

    private static int Execute(Invocation invocation)
    {
        RunRequest request = RequestOf(invocation);
        invocation.Globals.StateRoot.Prepare();
        return Run.Execute(request);
    }
}
