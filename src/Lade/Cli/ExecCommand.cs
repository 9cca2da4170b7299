using System;
using System.Collections.Generic;
using System.Globalization;
using Lade.Commands;
using Lade.Lifecycle;
using Lade.Planning;

namespace Lade.Cli;

/// <summary><c>exec</c>, and what its options mean for the process.</summary>
internal static class ExecCommand
{
    public static Command Define() => new()
    {
        Name = "exec",
        Summary = "run another process in a container",
        Usage = "<container-id> <command> [arguments] | --process FILE <container-id>",
        Description = """
            Runs a command in a created or running container and waits for it: the exit code
            is the command's, or 128 + N when signal N ended it, or 255 when lade could not
            run it. Everything behind the id belongs to the command. What is not given comes
            from the process of the container's own configuration.
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
            new("cwd", OptionKind.Text, "directory in the container to start in") { Placeholder = "DIR" },
            new("env", OptionKind.List, "set an environment variable; may be repeated") { Short = 'e', Placeholder = "NAME=VALUE" },
            new("tty", OptionKind.Switch, "give the process a terminal") { Short = 't' },
            new("user", OptionKind.Text, "user and group of the process, as numbers") { Short = 'u', Placeholder = "UID[:GID]" },
            new("additional-gids", OptionKind.List, "a further group of the process; may be repeated") { Short = 'g', Placeholder = "GID" },
            new("process", OptionKind.Text, "read the process from a JSON file in the form of config.json's \"process\"; no command is given then") { Short = 'p', Placeholder = "FILE" },
            SharedOptions.Detach,
            SharedOptions.PidFile,
            new("process-label", OptionKind.Text, "SELinux label of the process") { Placeholder = "LABEL" },
            new("apparmor", OptionKind.Text, "AppArmor profile of the process") { Placeholder = "PROFILE" },
            new("no-new-privs", OptionKind.Switch, "the process can never gain privileges by executing a file"),
            new("cap", OptionKind.List, "add a capability to the bounding, permitted and effective sets; may be repeated") { Short = 'c', Placeholder = "CAP" },
            SharedOptions.PreserveFds,
            new("cgroup", OptionKind.List, "run in an existing cgroup below the container's, on cgroup v1 for the named controllers; may be repeated")
            {
                Placeholder = "[CONTROLLER[,CONTROLLER]:]PATH",
            },
            new("ignore-paused", OptionKind.Switch, "do not refuse a paused container; the process waits until it is resumed"),
        ],
        Body = invocation => Exec.Execute(RequestOf(invocation)),
    };

    public static ExecRequest RequestOf(Invocation invocation)
    {
        ParsedArguments arguments = invocation.Arguments;
        return new ExecRequest
        {
            Id = invocation.ContainerId,
            StateRoot = invocation.StateRoot,
            ProcessFile = invocation.AbsolutePath("process"),
            Options = OptionsOf(arguments),
            Detach = arguments.Switch("detach"),
            PidFile = invocation.AbsolutePath("pid-file"),
            ConsoleSocket = invocation.AbsolutePath("console-socket"),
            PidfdSocket = invocation.AbsolutePath("pidfd-socket"),
            PreserveFds = CreateCommand.DescriptorCount(arguments.Integer("preserve-fds")),
            Cgroups = CgroupsOf(arguments.List("cgroup")),
            IgnorePaused = arguments.Switch("ignore-paused"),
            Rootless = invocation.Globals.Rootless,
            Log = invocation.Log,
        };
    }

    private static ProcessOptions OptionsOf(ParsedArguments arguments)
    {
        (uint? uid, uint? gid) = UserOf(arguments.Text("user"));
        var groups = new List<uint>();
        foreach (string text in arguments.List("additional-gids"))
            groups.Add(IdOf(text, "additional-gids"));
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

    /// <summary>UID or UID:GID. A group that is not named stays the container's; a user that is named never does (CVE-2026-30892).</summary>
    private static (uint? Uid, uint? Gid) UserOf(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return (null, null);
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (IdOf(text, "user"), null) : (IdOf(text[..colon], "user"), IdOf(text[(colon + 1)..], "user"));
    }

    /// <summary>The last number means "leave alone" to the kernel.</summary>
    private static uint IdOf(string text, string option) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint id) && id != uint.MaxValue
            ? id
            : throw new LadeException("invalid --" + option + " argument: '" + text + "' is no id; a number from 0 to 4294967294 is needed");

    /// <summary>By controller; on cgroup v2, and for all hierarchies of v1, the one path without a controller.</summary>
    private static Dictionary<string, string>? CgroupsOf(List<string> given)
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
