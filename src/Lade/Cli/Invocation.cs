using Lade.Linux;
using Lade.State;

namespace Lade.Cli;

/// <summary>One call of a command: what a <see cref="CommandBody"/> gets.</summary>
internal sealed record Invocation(GlobalOptions Globals, ParsedArguments Arguments, Log Log)
{
    /// <summary>Path of the directory that holds the containers.</summary>
    public string StateRoot => Globals.StateRoot.Path;

    /// <summary>The id that most commands have as their first argument.</summary>
    public ContainerId ContainerId => ContainerId.Parse(Arguments.Positionals[0]);

    /// <summary>The bundle of the commands that have one: the current directory when none is named.</summary>
    public string Bundle => AbsolutePath("bundle") ?? Directories.Current();

    /// <summary>The value of an option that names a file or directory, from the current directory on; null when not given or empty.</summary>
    public string? AbsolutePath(string option) =>
        Arguments.Text(option) is { Length: > 0 } path ? Paths.Absolute(path) : null;
}
