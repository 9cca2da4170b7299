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
            Deletes a stopped container: its cgroup, its state and whatever else lade
            created for it. What existed before, such as the bundle, is left alone. A
            container that was created but not started is killed first.
            """,
        Example = """
            lade delete web1
            """,
        ArgumentCount = 1,
        Options =
        [
            new("force", OptionKind.Switch, "kill the container first if it is running; not an error if it does not exist") { Short = 'f' },
            SelectedContainers.Regex,
        ],
        Body = new(Run),
    };

    private static int Run(Invocation invocation)
    {
        bool force = invocation.Arguments.Switch("force");
        SelectedContainers.ForEach(invocation, id => Delete.Execute(invocation.StateRoot, id, force, invocation.Log));
        return 0;
    }
}
