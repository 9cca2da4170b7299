using Lade.Lifecycle;
using Lade.Linux;
using Lade.State;

namespace Lade.Cli;

/// <summary>The options before the command.</summary>
internal sealed record GlobalOptions
{
    public static Option[] Table =>
    [
        new("debug", OptionKind.Switch, "log debug messages, and the source location of each message"),
        new("log", OptionKind.Text, "append log records to FILE (or file:FILE), or send them to journald:ID or syslog:ID, instead of standard error; errors go to both")
        {
            Placeholder = "WHERE",
        },
        new("log-format", OptionKind.Text, "format of log records: text or json") { Placeholder = "FORMAT", Default = "text" },
        new("log-level", OptionKind.Text, "lowest level to log: debug, info, warning or error") { Placeholder = "LEVEL", Default = "info" },
        new("root", OptionKind.Text, "directory for the state of containers, which should be on a tmpfs; /run/lade by default, $XDG_RUNTIME_DIR/lade for unprivileged users")
        {
            Placeholder = "DIR",
        },
        new("systemd-cgroup", OptionKind.Switch, "have systemd create the cgroups; cgroupsPath then has the form slice:prefix:name"),
        new("cgroup-manager", OptionKind.Text, "who creates the cgroups: cgroupfs (lade itself), systemd or disabled (nobody)") { Placeholder = "NAME", Default = "cgroupfs" },
        new("rootless", OptionKind.Text, "ignore missing permissions on cgroups: true, false or auto (unless host root)") { Placeholder = "MODE", Default = "auto" },
        new("version", OptionKind.Switch, "print the version and exit") { Short = 'v' },
    ];

    public required StateRoot StateRoot { get; init; }
    public required CgroupManager CgroupManager { get; init; }
    public required RootlessCgroups Rootless { get; init; }

    /// <summary>Opens the log. Done before the other options are parsed, so that their errors are logged.</summary>
    /// <exception cref="LadeException">The log cannot be opened, or the format or level is unknown.</exception>
    public static Log OpenLog(ParsedArguments options)
    {
        LogFormat format = Log.ParseFormat(options.Text("log-format")!);
        LogLevel level = options.Switch("debug") ? LogLevel.Debug : Log.ParseLevel(options.Text("log-level")!);
        string path = options.Text("log") ?? "";
        return path.Length == 0 ? Log.ToStandardError(format, level) : Log.Open(path, format, level);
    }

    /// <exception cref="LadeException">A value is unknown, or the root is <c>/</c>.</exception>
    public static GlobalOptions From(ParsedArguments options)
    {
        string root = options.Text("root") ?? "";
        return new GlobalOptions
        {
            StateRoot = root.Length == 0 ? StateRoot.Default(StateRootFacts.Gather()) : StateRoot.FromOption(Paths.Absolute(root)),
            CgroupManager = ParseCgroupManager(options),
            Rootless = ParseRootless(options.Text("rootless")!),
        };
    }

    private static CgroupManager ParseCgroupManager(ParsedArguments options) => options.Text("cgroup-manager") switch
    {
        "cgroupfs" => options.Switch("systemd-cgroup") ? CgroupManager.Systemd : CgroupManager.Cgroupfs,
        "systemd" => CgroupManager.Systemd,
        "disabled" => CgroupManager.Disabled,
        { } other => throw new LadeException("invalid cgroup-manager: " + other),
        null => CgroupManager.Cgroupfs,
    };

    private static RootlessCgroups ParseRootless(string text)
    {
        if (text is "" or "auto")
            return RootlessCgroups.Auto;
        return OptionParser.ParseBool(text) switch
        {
            true => RootlessCgroups.Ignore,
            false => RootlessCgroups.Fail,
            null => throw new LadeException("invalid rootless: " + text),
        };
    }
}
