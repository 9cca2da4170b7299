using System.Collections.Generic;
using Lade.Lifecycle;
using Lade.Linux;
using Lade.State;

namespace Lade.Cli;

/// <summary>The options before the command.</summary>
internal sealed record GlobalOptions
{
    public static IReadOnlyList<Option> Table { get; } =
    [
        new("debug", OptionKind.Switch, "log debug messages too, and where in lade each message comes from"),
        new("log", OptionKind.Text, "append log records to FILE (or file:FILE), or send them to journald:ID or syslog:ID, instead of writing them to standard error; errors go to both") { Placeholder = "WHERE" },
        new("log-format", OptionKind.Text, "how log records look: text or json") { Placeholder = "FORMAT", Default = "text" },
        new("log-level", OptionKind.Text, "the least important records to log: debug, info, warning or error") { Placeholder = "LEVEL", Default = "info" },
        new("root", OptionKind.Text, "keep the state of containers below DIR, which should be on a tmpfs; without it /run/lade, for users without privileges $XDG_RUNTIME_DIR/lade") { Placeholder = "DIR" },
        new("systemd-cgroup", OptionKind.Switch, "let systemd make the cgroups; cgroupsPath then has the form slice:prefix:name"),
        new("cgroup-manager", OptionKind.Text, "who makes the cgroups: cgroupfs (lade itself), systemd or disabled (nobody)") { Placeholder = "NAME", Default = "cgroupfs" },
        new("rootless", OptionKind.Text, "ignore cgroups that may not be written: true, false or auto (only when not root)") { Placeholder = "MODE", Default = "auto" },
        new("version", OptionKind.Switch, "print the version and end") { Short = 'v' },
    ];

    public required StateRoot StateRoot { get; init; }
    public required CgroupManager CgroupManager { get; init; }
    public required RootlessCgroups Rootless { get; init; }

    /// <summary>The log as the options want it; made before the other options are looked at, so that their errors are in it.</summary>
    /// <exception cref="LadeException">The file cannot be opened, or format or level are unknown.</exception>
    public static Log OpenLog(ParsedArguments options)
    {
        LogFormat format = Log.ParseFormat(options.Text("log-format")!);
        LogLevel level = options.Switch("debug") ? LogLevel.Debug : Log.ParseLevel(options.Text("log-level")!);
        string path = options.Text("log") ?? "";
        return path.Length == 0 ? Log.ToStandardError(format, level) : Log.Open(path, format, level);
    }

    /// <exception cref="LadeException">A value is unknown, or the root is <c>/</c>.</exception>
    public static GlobalOptions Of(ParsedArguments options)
    {
        string root = options.Text("root") ?? "";
        return new GlobalOptions
        {
            StateRoot = root.Length == 0 ? StateRoot.Default(StateRootFacts.Gather()) : StateRoot.FromOption(Paths.Absolute(root)),
            CgroupManager = ManagerOf(options),
            Rootless = RootlessOf(options.Text("rootless")!),
        };
    }

    private static CgroupManager ManagerOf(ParsedArguments options) => options.Text("cgroup-manager") switch
    {
        "cgroupfs" => options.Switch("systemd-cgroup") ? CgroupManager.Systemd : CgroupManager.Cgroupfs,
        "systemd" => CgroupManager.Systemd,
        "disabled" => CgroupManager.Disabled,
        { } other => throw new LadeException("invalid cgroup-manager: " + other),
        null => CgroupManager.Cgroupfs,
    };

    private static RootlessCgroups RootlessOf(string text)
    {
        if (text is "" or "auto")
            return RootlessCgroups.Auto;
        return OptionParser.TruthOf(text) switch
        {
            true => RootlessCgroups.Ignore,
            false => RootlessCgroups.Fail,
            null => throw new LadeException("invalid rootless: " + text),
        };
    }
}
