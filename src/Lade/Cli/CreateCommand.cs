using Lade.Commands;
using Lade.Lifecycle;

namespace Lade.Cli;

/// <summary><c>create</c>, and the part of its request that <c>run</c> shares.</summary>
internal static class CreateCommand
{
    public static Command Define() => new()
    {
        Name = "create",
        Summary = "create a container",
        Usage = "<container-id>",
        Description = """
            Creates a container from a bundle: a directory with a root filesystem and a
            config.json that describes what the container may see, use and run. The
            container then waits, its program not yet running, for "lade start".

            The id is a name of your choice, made of letters, digits and _ + - . and unique
            among the containers with the same --root.
            """,
        Example = """
            lade create --bundle /srv/web web1
            lade start web1
            """,
        ArgumentCount = 1,
        FailurePrefix = "lade create failed",
        Options =
        [
            SharedOptions.Bundle,
            SharedOptions.Config,
            SharedOptions.ConsoleSocket,
            SharedOptions.PidfdSocket,
            SharedOptions.PidFile,
            SharedOptions.NoPivot,
            SharedOptions.NoNewKeyring,
            SharedOptions.PreserveFds,
        ],
        Body = new(Run),
    };

    public static CreateRequest ParseRequest(Invocation invocation) => new()
    {
        Id = invocation.ContainerId,
        StateRoot = invocation.StateRoot,
        Bundle = invocation.Bundle,
        ConfigFile = invocation.AbsolutePath("config"),
        ConsoleSocket = invocation.AbsolutePath("console-socket"),
        PidfdSocket = invocation.AbsolutePath("pidfd-socket"),
        PidFile = invocation.AbsolutePath("pid-file"),
        NoPivot = invocation.Arguments.Switch("no-pivot"),
        NoNewKeyring = invocation.Arguments.Switch("no-new-keyring"),
        PreserveFds = ParseDescriptorCount(invocation.Arguments),
        Service = Invocation.Service,
        CgroupManager = invocation.Globals.CgroupManager,
        Rootless = invocation.Globals.Rootless,
        Log = invocation.Log,
    };

    private static int Run(Invocation invocation)
    {
        CreateRequest request = ParseRequest(invocation);
        invocation.Globals.StateRoot.Prepare();
        Create.Execute(request);
        return 0;
    }

    /// <summary>The value of <c>--preserve-fds</c>.</summary>
    public static int ParseDescriptorCount(ParsedArguments arguments) =>
        arguments.Integer("preserve-fds") is >= 0 and <= 1 << 20 and var count
            ? (int)count
            : throw new LadeException("invalid number of descriptors to preserve: " + arguments.Text("preserve-fds"));
}
