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
            Prints the list of commands, or what one command does and which options it has.
            "lade COMMAND --help" prints the same.
            """,
        MaximumArguments = 1,
        Body = Run,
    };

    private static int Run(Invocation invocation)
    {
        Stdio.Write(invocation.Arguments.Positionals is [var name]
            ? HelpText.Of(CommandTable.Find(name) ?? throw CommandTable.Unknown(name))
            : HelpText.OfProgram());
        return 0;
    }
}
