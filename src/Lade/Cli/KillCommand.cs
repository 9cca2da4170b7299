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
            Sends a signal, SIGTERM by default, to the first process of a container. A signal
            is a number, or a name in upper or lower case, with or without SIG: 9, KILL,
            SIGKILL, RTMIN+3. If the container has no pid namespace of its own, SIGKILL is
            sent to all of its processes.
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
            new("all", OptionKind.Switch, "send the signal to every process of the container; not an error if it is stopped") { Short = 'a', Hidden = true },
            SelectedContainers.Regex,
        ],
        Body = new(Run),
    };

    /// <summary>The signal; as with kill(1), it may have a leading dash.</summary>
    public static int ParseSignal(ParsedArguments arguments)
    {
        if (arguments.Positionals.Count < 2)
            return Libc.SIGTERM;
        string text = arguments.Positionals[1];
        return Signals.Parse(text.StartsWith('-') ? text[1..] : text);
    }

    private static int Run(Invocation invocation)
    {
        int signal = ParseSignal(invocation.Arguments);
        bool all = invocation.Arguments.Switch("all");
        SelectedContainers.ForEach(invocation, id => Kill.Execute(invocation.StateRoot, id, signal, all, invocation.Log));
        return 0;
    }
}
