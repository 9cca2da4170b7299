using System;
using Lade.Commands;
using Lade.InitSystem;
using Lade.Lifecycle;

namespace Lade.Cli;

/// <summary><c>create</c>, and the options and request that <c>run</c> shares with it.</summary>
internal static class CreateCommand
{
    public static Command Define() => new()
    {
        Name = "create",
        Summary = "create a container",
        Usage = "<container-id>",
        Description = """
            Makes a container from a bundle: a directory with a root filesystem and a
            config.json that says what the container may see, use and run. The container
            then waits, its program not yet running, until it is told to go on by
            "lade start".

            The id is a name of your choice made of letters, digits and _ + - . that no
            other container below the same --root has.
            """,
        Example = """
            lade create --bundle /srv/web web1
            lade start web1
            """,
        MinimumArguments = 1,
        MaximumArguments = 1,
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
        Body = Run,
    };

    /// <summary>The request of a create, or the part of a <c>run</c> request that is the same.</summary>
    public static CreateRequest RequestOf(Invocation invocation) => new()
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
        PreserveFds = DescriptorCount(invocation.Arguments.Integer("preserve-fds")),
        Service = ServiceEnvironment.Read(Environment.GetEnvironmentVariable, Environment.ProcessId),
        CgroupManager = invocation.Globals.CgroupManager,
        Rootless = invocation.Globals.Rootless,
        Log = invocation.Log,
    };

    private static int Run(Invocation invocation)
    {
        CreateRequest request = RequestOf(invocation);
        invocation.Globals.StateRoot.Prepare();
        Create.Execute(request);
        return 0;
    }

    /// <summary>The value of --preserve-fds.</summary>
    public static int DescriptorCount(long given) =>
        given is >= 0 and <= 1 << 20 ? (int)given : throw new LadeException("invalid number of descriptors to preserve: " + given);
}
