using Lade.Commands;

namespace Lade.Cli;

internal static class DeleteCommand
{
    public static Command Define() => new()
    {
        Name = "delete",
        Summary = "delete a container",
        Usage = "<container-id>",
        Description = """
            Removes a stopped container: its cgroups, its state and whatever else lade made
            for it. What existed before, such as the bundle, stays. A container that was
            created but not started is ended first.
            """,
        Example = """
            lade delete web1
            """,
        MinimumArguments = 1,
        MaximumArguments = 1,
        Options =
        [
            new("force", OptionKind.Switch, "kill the container first when it runs; no error when it does not exist") { Short = 'f' },
            SelectedContainers.Regex,
        ],
        Body = Run,
    };

    private static int Run(Invocation invocation)
    {
        bool force = invocation.Arguments.Switch("force");
        SelectedContainers.ForEach(invocation, id => Delete.Execute(invocation.StateRoot, id, force, invocation.Log));
        return 0;
    }
}
