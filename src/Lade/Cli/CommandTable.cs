using System.Collections.Generic;

namespace Lade.Cli;

/// <summary>Every command. One is defined when it is asked for: the tables and texts of the others cost nothing.</summary>
internal static class CommandTable
{
    /// <summary>In the order of the help.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "create",
        "start",
        "run",
        "exec",
        "kill",
        "delete",
        "state",
        "list",
        "ps",
        "events",
        "pause",
        "resume",
        "update",
        "mounts",
        "checkpoint",
        "restore",
        "spec",
        "plan",
        "features",
        "info",
        "help",
    ];

    /// <summary>null for a name that is no command.</summary>
    public static Command? Find(string name) => name switch
    {
        "create" => CreateCommand.Define(),
        "start" => StartCommand.Define(),
        "run" => RunCommand.Define(),
        "exec" => ExecCommand.Define(),
        "kill" => KillCommand.Define(),
        "delete" => DeleteCommand.Define(),
        "state" => StateCommand.Define(),
        "list" => ListCommand.Define(),
        "ps" => PsCommand.Define(),
        "events" => EventsCommand.Define(),
        "pause" => PauseCommand.Define(),
        "resume" => ResumeCommand.Define(),
        "update" => UpdateCommand.Define(),
        "mounts" => MountsCommand.Define(),
        "checkpoint" => CheckpointCommand.Define(),
        "restore" => RestoreCommand.Define(),
        "spec" => SpecCommand.Define(),
        "plan" => PlanCommand.Define(),
        "features" => FeaturesCommand.Define(),
        "info" => InfoCommand.Define(),
        "help" or "h" => HelpCommand.Define(),
        _ => null,
    };

    public static LadeException Unknown(string name) => new("No help topic for '" + name + "'") { ExitCode = 3 };
}
