namespace Lade.Cli;

/// <summary>What follows an option and how it is checked.</summary>
internal enum OptionKind
{
    /// <summary>Nothing, or <c>=true</c> / <c>=false</c>.</summary>
    Switch,
    Text,

    /// <summary>Repeated; a comma never splits a value.</summary>
    List,
    Integer,

    /// <summary>As Go writes them: <c>5s</c>, <c>1m30s</c>, <c>250ms</c>.</summary>
    Duration,
}

/// <summary>One option of a command.</summary>
/// <param name="Name">The long name without dashes; one dash before it is accepted too.</param>
/// <param name="Help">For <c>--help</c>, without a full stop.</param>
internal sealed record Option(string Name, OptionKind Kind, string Help)
{
    /// <summary>The name after one dash; <c>'\0'</c> when there is none.</summary>
    public char Short { get; init; }

    /// <summary>What stands for the value in the help.</summary>
    public string Placeholder { get; init; } = "VALUE";

    /// <summary>The value when the option is not given; null is none.</summary>
    public string? Default { get; init; }

    /// <summary>Accepted, but not shown: what only old callers use.</summary>
    public bool Hidden { get; init; }
}
