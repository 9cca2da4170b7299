namespace Lade.Cli;

internal static class RestoreCommand
{
    public static Command Define() => new()
    {
        Name = "restore",
        Summary = "bring back a container that was saved by checkpoint",
        Usage = "<container-id>",
        Description = """
            Makes a container from a bundle as "lade run" does, but fills it with the
            processes that "lade checkpoint" saved.
            """,
        MinimumArguments = 1,
        MaximumArguments = 1,
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
            new("lazy-pages", OptionKind.Switch, "fetch memory pages from CRIU's lazy-pages server when they are needed"),
            new("lsm-profile", OptionKind.Text, "security label to restore with: selinux:LABEL or apparmor:PROFILE") { Placeholder = "TYPE:NAME" },
            new("lsm-mount-context", OptionKind.Text, "SELinux context for mounts") { Placeholder = "CONTEXT" },
        ],
    };
}
