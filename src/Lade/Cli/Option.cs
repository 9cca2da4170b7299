namespace Lade.Cli;

/// <summary>The kind of value an option takes.</summary>
internal enum OptionKind
{
    /// <summary>Nothing, or <c>=true</c> / <c>=false</c>.</summary>
    Switch,
    Text,

    /// <summary>May be repeated; values are not split at commas.</summary>
    List,
    Integer,

    /// <summary>In Go's syntax: <c>5s</c>, <c>1m30s</c>, <c>250ms</c>.</summary>
    Duration,
}

/// <summary>One option of a command.</summary>
/// <param name="Name">The long name, without dashes; it is accepted with one dash too.</param>
/// <param name="Help">For <c>--help</c>, without a full stop.</param>
internal sealed record Option(string Name, OptionKind Kind, string Help)
{
    /// <summary>The one-letter name; <c>'\0'</c> when there is none.</summary>
    public char Short { get; init; }

    /// <summary>Stands for the value in the help.</summary>
    public string Placeholder { get; init; } = "VALUE";

    /// <summary>The value when the option is not given; null for none.</summary>
    public string? Default { get; init; }

    /// <summary>Accepted for old callers, but not shown in the help.</summary>
    public bool Hidden { get; init; }
}
