using Lade.Commands;
using Lade.Linux;

namespace Lade.Cli;

internal static class KillCommand
{
    public static Command Define() => new()
    {
        Name = "kill",
        Summary = "send a signal to a container",
        Usage = "<container-id> [signal]",
        Description = """
            Sends a signal, SIGTERM when none is named, to the first process of a container.
            A signal is a number or a name with or without SIG, in capitals or not: 9, KILL,
            SIGKILL, RTMIN+3. SIGKILL reaches every process of a container that has no pid
            namespace of its own.
            """,
        Example = """
            lade kill web1
            lade kill web1 HUP
            """,
        MinimumArguments = 1,
        MaximumArguments = 2,
        StopsAtFirstPositional = true,
        Options =
        [
            new("all", OptionKind.Switch, "send the signal to every process of the container; no error when it is stopped") { Short = 'a', Hidden = true },
            SelectedContainers.Regex,
        ],
        Body = Run,
    };

    /// <summary>The signal named on the command line. As with kill(1) a dash may stand before it.</summary>
    public static int SignalOf(ParsedArguments arguments)
    {
        if (arguments.Positionals.Count < 2)
            return Libc.SIGTERM;
        string text = arguments.Positionals[1];
        return Signals.Parse(text.StartsWith('-') ? text[1..] : text);
    }

    private static int Run(Invocation invocation)
    {
        int signal = SignalOf(invocation.Arguments);
        bool all = invocation.Arguments.Switch("all");
        SelectedContainers.ForEach(invocation, id => Kill.Execute(invocation.StateRoot, id, signal, all, invocation.Log));
        return 0;
    }
}
