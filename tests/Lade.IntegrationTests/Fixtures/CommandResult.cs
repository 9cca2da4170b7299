namespace Lade.IntegrationTests.Fixtures;

/// <summary>What a finished command left: its exit status as a shell shows it, and its output.</summary>
public sealed record CommandResult(int ExitCode, string Stdout, string Stderr)
{
    /// <summary>Standard output without its last newlines.</summary>
    public string Output => Stdout.TrimEnd('\n');

    public string[] Lines => Output.Split('\n');
}
