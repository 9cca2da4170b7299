namespace Lade.Cli;

internal static class ExecCommand
{
    public static Command Define() => new()
    {
        Name = "exec",
        Summary = "run another process in a container",
        Usage = "<container-id> <command> [arguments] | --process FILE <container-id>",
        Description = """
            Runs a command inside a running container and waits for it: the exit code is the
            command's, or 128 + N when signal N ended it, or 255 when lade could not run it.
            Everything behind the id belongs to the command. What is not given comes from the
            process of the container's own configuration.
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
            new("cap", OptionKind.List, "add a capability to all five sets; may be repeated") { Short = 'c', Placeholder = "CAP" },
            SharedOptions.PreserveFds,
            new("cgroup", OptionKind.List, "run in an existing cgroup below the container's, on cgroup v1 for the named controllers; may be repeated")
            {
                Placeholder = "[CONTROLLER[,CONTROLLER]:]PATH",
            },
            new("ignore-paused", OptionKind.Switch, "do not refuse a paused container; the process waits until it is resumed"),
        ],
    };
}
