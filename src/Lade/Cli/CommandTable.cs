namespace Lade.Cli;

/// <summary>All commands. Each is defined on demand, so that the tables and texts of the others cost nothing at start-up.</summary>
internal static class CommandTable
{
    /// <summary>In the order shown by the help.</summary>
    public static string[] Names =>
        "create start run exec kill delete state list ps events pause resume update mounts checkpoint restore spec plan features info help".Split(' ');

    /// <summary>null when there is no such command.</summary>
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
