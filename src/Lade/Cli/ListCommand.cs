using System.Collections.Generic;
using Lade.Linux;
using Lade.State;

namespace Lade.Cli;

internal static class ListCommand
{
    public static Command Define() => new()
    {
        Name = "list",
        Summary = "list containers",
        Description = """
            Lists the containers below --root: a table, a JSON array of states, or with
            --quiet the ids alone, one per line.
            """,
        Example = """
            lade list
            lade --root /run/containerd/runc/default list --format json
            """,
        Options =
        [
            SharedOptions.Format("table or json", "table"),
            new("quiet", OptionKind.Switch, "print ids only") { Short = 'q' },
        ],
        Body = Run,
    };

    private static int Run(Invocation invocation)
    {
        List<ContainerId> ids = ContainerDirectory.List(invocation.StateRoot)
            ?? (invocation.Globals.StateRoot.IsExplicit ? throw new LadeException("open " + invocation.StateRoot, Errno.ENOENT) : []);
        if (invocation.Arguments.Switch("quiet"))
        {
            foreach (StateDocument container in Load(invocation, ids))
                Stdio.Write(container.State.Id + "\n");
            return 0;
        }

        switch (invocation.Arguments.Text("format"))
        {
            case "table":
                Stdio.Write(ContainerTable.Of(Load(invocation, ids)));
                return 0;
            case "json":
                Stdio.Write(StateDocument.ToListJson(Load(invocation, ids)).Span);
                Stdio.Write("\n"u8);
                return 0;
            default:
                throw new LadeException("invalid format option");
        }
    }

    /// <summary>What can be read. A container that goes away or comes into being meanwhile is none, a damaged one is a warning, not the end of the list.</summary>
    private static List<StateDocument> Load(Invocation invocation, List<ContainerId> ids)
    {
        var containers = new List<StateDocument>(ids.Count);
        foreach (ContainerId id in ids)
        {
            try
            {
                using ContainerDirectory? directory = ContainerDirectory.TryOpen(invocation.StateRoot, id);
                if (directory?.TryLoad() is { } state)
                    containers.Add(StateDocument.From(state, Status.Read(state, directory), UserNames.Of(state.OwnerUid)));
            }
            catch (LadeException e)
            {
                invocation.Log.Warning("load container " + id + ": " + e.Description);
            }
        }

        return containers;
    }
}
