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
            "add" makes the mounts listed in the file, in order and by the rules of "mounts"
            in config.json, in a container that is created or running. "remove" unmounts the
            destinations listed in the file, last one first, with everything mounted below
            them. The file is a JSON array of mounts; - is standard input. When a mount fails,
            those before it remain in effect. The container's configuration is not changed.
            """,
        Example = """
            echo '[{"destination":"/data","source":"/srv/data","options":["rbind","ro"]}]' >data.json
            lade mounts add web1 data.json
            lade mounts remove web1 data.json
            """,
        ArgumentCount = 3,
        Body = new(Run),
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
                throw new LadeException("unknown subcommand '" + invocation.Arguments.Positionals[0] + "' of \"mounts\": must be add or remove");
        }
    }
}
