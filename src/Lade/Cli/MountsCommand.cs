using Lade.Commands;
using Lade.Linux;
using Lade.State;

namespace Lade.Cli;

internal static class MountsCommand
{
    public static Command Define() => new()
    {
        Name = "mounts",
        Summary = "add mounts to a running container, or remove some",
        Usage = "add|remove <container-id> <file>",
        Description = """
            "add" mounts what the file lists, in its order and by the rules of config.json's
            "mounts", in a container that is created or running. "remove" unmounts the
            destinations that the file lists, the last one first, with all that is mounted
            below them. The file is a JSON array of mounts; - is standard input. A list that
            fails half way stays half done. The container's configuration is not changed.
            """,
        Example = """
            echo '[{"destination":"/data","source":"/srv/data","options":["rbind","ro"]}]' >data.json
            lade mounts add web1 data.json
            lade mounts remove web1 data.json
            """,
        MinimumArguments = 3,
        MaximumArguments = 3,
        Body = Run,
    };

    private static int Run(Invocation invocation)
    {
        string file = invocation.Arguments.Positionals[2] is "-" ? "/dev/stdin" : Paths.Absolute(invocation.Arguments.Positionals[2]);
        ContainerId id = ContainerId.Parse(invocation.Arguments.Positionals[1]);
        switch (invocation.Arguments.Positionals[0])
        {
            case "add":
                ChangeMounts.Add(invocation.StateRoot, id, file);
                return 0;
            case "remove":
                ChangeMounts.Remove(invocation.StateRoot, id, file);
                return 0;
            default:
                throw new LadeException("unknown subcommand '" + invocation.Arguments.Positionals[0] + "' of \"mounts\"; add and remove are allowed");
        }
    }
}
