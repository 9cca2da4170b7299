using System;
using System.Collections.Generic;
using System.Globalization;
using Lade.Commands;
using Lade.Lifecycle;
using Lade.Planning;

namespace Lade.Cli;

/// <summary><c>exec</c>, and the parsing of its options.</summary>
internal static class ExecCommand
{
    public static Command Define() => new()
    {
        Name = "exec",
        Summary = "run another process in a container",
        Usage = "<container-id> <command> [arguments] | --process FILE <container-id>",
        Description = """
            Runs a command in a created or running container and waits for it. The exit code
            is the command's, 128 + N if it was killed by signal N, or 255 if lade could not
            run it. Everything after the id belongs to the command. Defaults come from the
            process in the container's configuration.
            """,
        Example = """
            lade exec web1 ps -ef
            lade exec --tty --user 1000:1000 web1 sh
            """,
        MinimumArguments = 1,
        MaximumArguments = int.MaxValue,
        StopsAtFirstPositional = true,
        FailurePrefix = "exec failed",
        FailureExitCode = 255,
        Options =
        [
            SharedOptions.ConsoleSocket,
            SharedOptions.PidfdSocket,
            new("cwd", OptionKind.Text, "working directory in the container") { Placeholder = "DIR" },
            new("env", OptionKind.List, "set an environment variable; may be repeated") { Short = 'e', Placeholder = "NAME=VALUE" },
            new("tty", OptionKind.Switch, "give the process a terminal") { Short = 't' },
            new("user", OptionKind.Text, "numeric user and group of the process") { Short = 'u', Placeholder = "UID[:GID]" },
            new("additional-gids", OptionKind.List, "additional group of the process; may be repeated") { Short = 'g', Placeholder = "GID" },
            new("process", OptionKind.Text, "JSON file with the process, in the format of \"process\" in config.json; replaces the command") { Short = 'p', Placeholder = "FILE" },
            SharedOptions.Detach,
            SharedOptions.PidFile,
            new("process-label", OptionKind.Text, "SELinux label of the process") { Placeholder = "LABEL" },
            new("apparmor", OptionKind.Text, "AppArmor profile of the process") { Placeholder = "PROFILE" },
            new("no-new-privs", OptionKind.Switch, "keep the process from gaining privileges by executing files"),
            new("cap", OptionKind.List, "add a capability to the bounding, permitted and effective sets; may be repeated") { Short = 'c', Placeholder = "CAP" },
            SharedOptions.PreserveFds,
            new("cgroup", OptionKind.List, "existing cgroup below the container's to run in, on cgroup v1 per controller; may be repeated")
            {
                Placeholder = "[CONTROLLER[,CONTROLLER]:]PATH",
            },
            new("ignore-paused", OptionKind.Switch, "accept a paused container; the process waits until it is resumed"),
        ],
        Body = new(Run),
    };

    private static int Run(Invocation invocation) => Exec.Execute(ParseRequest(invocation));

    public static ExecRequest ParseRequest(Invocation invocation)
    {
        ParsedArguments arguments = invocation.Arguments;
        return new ExecRequest
        {
            Id = invocation.ContainerId,
            StateRoot = invocation.StateRoot,
            ProcessFile = invocation.AbsolutePath("process"),
            Options = ParseOptions(arguments),
            Detach = arguments.Switch("detach"),
            PidFile = invocation.AbsolutePath("pid-file"),
            ConsoleSocket = invocation.AbsolutePath("console-socket"),
            PidfdSocket = invocation.AbsolutePath("pidfd-socket"),
            PreserveFds = CreateCommand.ParseDescriptorCount(arguments),
            Cgroups = ParseCgroups(arguments.List("cgroup")),
            IgnorePaused = arguments.Switch("ignore-paused"),
            Rootless = invocation.Globals.Rootless,
            Log = invocation.Log,
        };
    }

    private static ProcessOptions ParseOptions(ParsedArguments arguments)
    {
        (uint? uid, uint? gid) = ParseUser(arguments.Text("user"));
        var groups = new List<uint>();
        foreach (string text in arguments.List("additional-gids"))
            groups.Add(ParseId(text, "additional-gids"));
        return new ProcessOptions
        {
            Args = arguments.Positionals.GetRange(1, arguments.Positionals.Count - 1),
            Cwd = NullIfEmpty(arguments.Text("cwd")),
            Env = arguments.List("env"),
            Terminal = arguments.Switch("tty"),
            Uid = uid,
            Gid = gid,
            AdditionalGids = groups,
            SelinuxLabel = NullIfEmpty(arguments.Text("process-label")),
            ApparmorProfile = NullIfEmpty(arguments.Text("apparmor")),
            NoNewPrivileges = arguments.IsSet("no-new-privs") ? arguments.Switch("no-new-privs") : null,
            Capabilities = arguments.List("cap"),
        };
    }

    /// <summary>UID or UID:GID. Without a GID the container's group is kept, but never its user (CVE-2026-30892).</summary>
    private static (uint? Uid, uint? Gid) ParseUser(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return (null, null);
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (ParseId(text, "user"), null) : (ParseId(text[..colon], "user"), ParseId(text[(colon + 1)..], "user"));
    }

    /// <summary>4294967295, that is (uid_t)-1, means "unchanged" to the kernel.</summary>
    private static uint ParseId(string text, string option) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint id) && id != uint.MaxValue
            ? id
            : throw new LadeException("invalid --" + option + " argument: '" + text + "' is not an id from 0 to 4294967294");

    /// <summary>By controller; a single path without one applies to cgroup v2, or to all hierarchies of v1.</summary>
    private static Dictionary<string, string>? ParseCgroups(List<string> given)
    {
        if (given.Count == 0)
            return null;
        var paths = new Dictionary<string, string>(given.Count);
        foreach (string text in given)
        {
            int colon = text.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0 && given.Count > 1)
                throw new LadeException("invalid --cgroup argument: " + text + " (missing <controller>: prefix)");
            foreach (string controller in colon < 0 ? [""] : text[..colon].Split(','))
            {
                if (colon >= 0 && controller.Length == 0)
                    throw new LadeException("invalid --cgroup argument: " + text + " (empty <controller> prefix)");
                if (!paths.TryAdd(controller, text[(colon + 1)..]))
                    throw new LadeException("invalid --cgroup argument(s): controller " + controller + " specified multiple times");
            }
        }

        return paths;
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
