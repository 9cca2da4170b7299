namespace Lade.Cli;

internal static class CheckpointCommand
{
    public static Command Define() => new()
    {
        Name = "checkpoint",
        Summary = "save a running container to disk",
        Usage = "<container-id>",
        Description = """
            Saves the processes of a container with CRIU, which must be installed, and kills
            them unless told to leave them running. "lade restore" restores them.
            """,
        ArgumentCount = 1,
        Options =
        [
            SharedOptions.ImagePath,
            SharedOptions.WorkPath,
            new("parent-path", OptionKind.Text, "previous checkpoint to save only the differences from, relative to --image-path") { Placeholder = "DIR" },
            new("leave-running", OptionKind.Switch, "leave the container running afterwards"),
            SharedOptions.TcpEstablished,
            new("tcp-skip-in-flight", OptionKind.Switch, "skip TCP connections that are not established yet"),
            new("link-remap", OptionKind.Switch, "temporarily link deleted files that are still open"),
            SharedOptions.ExtUnixSk,
            SharedOptions.ShellJob,
            new("lazy-pages", OptionKind.Switch, "leave memory pages to be fetched on demand by the restore"),
            new("status-fd", OptionKind.Integer, "descriptor to write a zero byte to once lazy pages can be fetched") { Placeholder = "FD", Default = "-1" },
            new("page-server", OptionKind.Text, "send memory pages to this page server") { Placeholder = "ADDRESS:PORT" },
            SharedOptions.FileLocks,
            new("pre-dump", OptionKind.Switch, "save only memory and leave the container running, so that the next checkpoint is faster"),
            SharedOptions.ManageCgroupsMode,
            SharedOptions.EmptyNs,
            SharedOptions.AutoDedup,
        ],
    };
}

internal static class RestoreCommand
{
    public static Command Define() => new()
    {
        Name = "restore",
        Summary = "restore a container from a checkpoint",
        Usage = "<container-id>",
        Description = """
            Creates a container from a bundle as "lade run" does, but with the processes
            saved by "lade checkpoint".
            """,
        ArgumentCount = 1,
        Options =
        [
            SharedOptions.ConsoleSocket,
            SharedOptions.ImagePath,
            SharedOptions.WorkPath,
            SharedOptions.TcpEstablished,
            SharedOptions.ExtUnixSk,
            SharedOptions.ShellJob,
            SharedOptions.FileLocks,
            SharedOptions.ManageCgroupsMode,
            SharedOptions.Bundle,
            SharedOptions.Detach,
            SharedOptions.PidFile,
            SharedOptions.NoSubreaper,
            SharedOptions.NoPivot,
            SharedOptions.EmptyNs,
            SharedOptions.AutoDedup,
            new("lazy-pages", OptionKind.Switch, "fetch memory pages on demand from CRIU's lazy-pages server"),
            new("lsm-profile", OptionKind.Text, "LSM profile to restore with: selinux:LABEL or apparmor:PROFILE") { Placeholder = "TYPE:NAME" },
            new("lsm-mount-context", OptionKind.Text, "SELinux context for mounts") { Placeholder = "CONTEXT" },
        ],
    };
}
