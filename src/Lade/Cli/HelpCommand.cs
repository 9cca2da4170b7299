using Lade.Linux;

namespace Lade.Cli;

internal static class HelpCommand
{
    public static Command Define() => new()
    {
        Name = "help",
        Summary = "explain lade or one of its commands",
        Usage = "[command]",
        Description = """
            Prints the list of commands, or the description and options of one command, as
            "lade COMMAND --help" does.
            """,
        MaximumArguments = 1,
        Body = new(Run),
    };

    private static int Run(Invocation invocation)
    {
        Stdio.Write(invocation.Arguments.Positionals is [var name]
            ? HelpText.For(CommandTable.Find(name) ?? throw CommandTable.Unknown(name))
            : HelpText.ForProgram());
        return 0;
    }
}
