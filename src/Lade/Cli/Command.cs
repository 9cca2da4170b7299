namespace Lade.Cli;

/// <summary>Runs a command and returns its exit code; failures are <see cref="LadeException"/>.</summary>
internal delegate int CommandBody(Invocation invocation);

/// <summary>A command: syntax, help and implementation.</summary>
internal sealed record Command
{
    public required string Name { get; init; }

    /// <summary>One phrase, for the list of commands and the first line of the help.</summary>
    public required string Summary { get; init; }

    /// <summary>The arguments after the options: <c>&lt;container-id&gt; [signal]</c>.</summary>
    public string Usage { get; init; } = "";

    /// <summary>What the command does, in full sentences, wrapped by hand.</summary>
    public required string Description { get; init; }

    /// <summary>Shell commands; empty where none are needed.</summary>
    public string Example { get; init; } = "";

    public Option[] Options { get; init; } = [];

    public int MinimumArguments { get; init; }
    public int MaximumArguments { get; init; }

    /// <summary>Sets both.</summary>
    public int ArgumentCount
    {
        init => MinimumArguments = MaximumArguments = value;
    }

    /// <summary>Arguments after the first positional are not parsed as options.</summary>
    public bool StopsAtFirstPositional { get; init; }

    /// <summary>Prefix of error messages: <c>lade create failed</c>; null for none.</summary>
    public string? FailurePrefix { get; init; }

    /// <summary>Exit code of failures that do not set one.</summary>
    public int FailureExitCode { get; init; } = 1;

    /// <summary>
    /// null for a command that is known but not implemented yet. Created with <c>new</c>: a plain method group conversion would cache it in a static of a type per command.
    /// </summary>
    public CommandBody? Body { get; init; }

    public bool IsAvailable => Body is not null;

    /// <summary>The error for a wrong number of arguments, worded as by runc; null when the number is right.</summary>
    public string? CheckArgumentCount(int count)
    {
        if (count >= MinimumArguments && count <= MaximumArguments)
            return null;
        bool tooFew = count < MinimumArguments;
        string bound = MinimumArguments == MaximumArguments ? "exactly" : tooFew ? "a minimum of" : "a maximum of";
        return "lade: \"" + Name + "\" requires " + bound + " " + (tooFew ? MinimumArguments : MaximumArguments) + " argument(s)";
    }
}
