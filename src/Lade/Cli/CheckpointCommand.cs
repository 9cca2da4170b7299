namespace Lade.Cli;

internal static class CheckpointCommand
{
    public static Command Define() => new()
    {
        Name = "checkpoint",
        Summary = "save a running container to disk",
        Usage = "<container-id>",
        Description = """
            Saves the processes of a container with CRIU, which must be installed, and ends
            them unless told to leave them running. "lade restore" brings them back.
            """,
        MinimumArguments = 1,
        MaximumArguments = 1,
        Options =
        [
            SharedOptions.ImagePath,
            SharedOptions.WorkPath,
            new("parent-path", OptionKind.Text, "checkpoint to save only the difference to, relative to --image-path") { Placeholder = "DIR" },
            new("leave-running", OptionKind.Switch, "let the container go on afterwards"),
            SharedOptions.TcpEstablished,
            new("tcp-skip-in-flight", OptionKind.Switch, "leave out TCP connections that are not established yet"),
            new("link-remap", OptionKind.Switch, "give deleted files that are still open a name meanwhile"),
            SharedOptions.ExtUnixSk,
            SharedOptions.ShellJob,
            new("lazy-pages", OptionKind.Switch, "leave memory pages to be fetched by the restore when they are needed"),
            new("status-fd", OptionKind.Integer, "descriptor that gets a zero byte when lazy pages can be fetched") { Placeholder = "FD", Default = "-1" },
            new("page-server", OptionKind.Text, "send memory pages to this page server") { Placeholder = "ADDRESS:PORT" },
            SharedOptions.FileLocks,
            new("pre-dump", OptionKind.Switch, "save memory only and let the container go on: the next checkpoint is shorter"),
            SharedOptions.ManageCgroupsMode,
            SharedOptions.EmptyNs,
            SharedOptions.AutoDedup,
        ],
    };
}
