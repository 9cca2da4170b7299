using System.Collections.Generic;

namespace Lade.Cli;

/// <summary>Does what the command says and gives its exit code; failures are <see cref="LadeException"/>.</summary>
internal delegate int CommandBody(Invocation invocation);

/// <summary>One command: its syntax, its help, its work.</summary>
internal sealed record Command
{
    public required string Name { get; init; }

    /// <summary>Half a sentence, for the list of commands and the first line of the help.</summary>
    public required string Summary { get; init; }

    /// <summary>The arguments after the options: <c>&lt;container-id&gt; [signal]</c>.</summary>
    public string Usage { get; init; } = "";

    /// <summary>What the command does, in sentences wrapped by hand.</summary>
    public required string Description { get; init; }

    /// <summary>Lines of a shell; empty for commands that explain themselves.</summary>
    public string Example { get; init; } = "";

    public IReadOnlyList<Option> Options { get; init; } = [];

    public int MinimumArguments { get; init; }
    public int MaximumArguments { get; init; }

    /// <summary>What follows the first argument is not read as options.</summary>
    public bool StopsAtFirstPositional { get; init; }

    /// <summary>What a failure starts with: <c>lade create failed</c>; null for commands whose failures speak for themselves.</summary>
    public string? FailurePrefix { get; init; }

    /// <summary>Exit code of a failure that has none of its own.</summary>
    public int FailureExitCode { get; init; } = 1;

    /// <summary>null for a command whose options are known but which this version cannot do yet.</summary>
    public CommandBody? Body { get; init; }

    public bool IsAvailable => Body is not null;

    /// <summary>What is wrong with the number of arguments, in runc's words; null when nothing is.</summary>
    public string? CheckArgumentCount(int count)
    {
        if (count >= MinimumArguments && count <= MaximumArguments)
            return null;
        bool tooFew = count < MinimumArguments;
        string bound = MinimumArguments == MaximumArguments ? "exactly" : tooFew ? "a minimum of" : "a maximum of";
        return "lade: \"" + Name + "\" requires " + bound + " " + (tooFew ? MinimumArguments : MaximumArguments) + " argument(s)";
    }
}
