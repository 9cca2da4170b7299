namespace Lade.Cli;

/// <summary>Options shared by several commands.</summary>
internal static class SharedOptions
{
    public static Option Bundle => new("bundle", OptionKind.Text, "directory of the bundle; the current directory by default") { Short = 'b', Placeholder = "DIR" };

    public static Option Config => new("config", OptionKind.Text, "configuration file to use instead of config.json in the bundle") { Short = 'f', Placeholder = "FILE" };

    public static Option ConsoleSocket => new("console-socket", OptionKind.Text, "unix socket to send the master of the container's terminal to") { Placeholder = "PATH" };

    public static Option PidfdSocket => new("pidfd-socket", OptionKind.Text, "unix socket to send a pidfd of the process to") { Placeholder = "PATH" };

    public static Option PidFile => new("pid-file", OptionKind.Text, "file to write the host pid of the process to") { Placeholder = "FILE" };

    public static Option NoPivot => new(
        "no-pivot", OptionKind.Switch, "if pivot_root fails because the host runs from its initramfs, detach the host's mounts and move the root filesystem over /");

    public static Option NoNewKeyring => new("no-new-keyring", OptionKind.Switch, "keep the caller's session keyring instead of creating one for the container");

    public static Option PreserveFds => new(
        "preserve-fds", OptionKind.Integer, "pass N descriptors to the process, after standard error and, for create and run, those of $LISTEN_FDS")
    {
        Placeholder = "N",
        Default = "0",
    };

    public static Option Detach => new("detach", OptionKind.Switch, "return as soon as the process is running") { Short = 'd' };

    public static Option NoSubreaper => new("no-subreaper", OptionKind.Switch, "do not become a child subreaper");

    public static Option ImagePath => new("image-path", OptionKind.Text, "directory of the checkpoint; ./checkpoint by default") { Placeholder = "DIR" };

    public static Option WorkPath => new("work-path", OptionKind.Text, "directory for CRIU's working files and logs") { Placeholder = "DIR" };

    public static Option TcpEstablished => new("tcp-established", OptionKind.Switch, "include open TCP connections");

    public static Option ExtUnixSk => new("ext-unix-sk", OptionKind.Switch, "allow unix sockets connected to processes outside the container");

    public static Option ShellJob => new("shell-job", OptionKind.Switch, "allow processes attached to a terminal of the host");

    public static Option FileLocks => new("file-locks", OptionKind.Switch, "include file locks");

    public static Option ManageCgroupsMode => new("manage-cgroups-mode", OptionKind.Text, "how to treat cgroups: soft, full, strict or ignore")
    {
        Placeholder = "MODE",
        Default = "soft",
    };

    public static Option EmptyNs => new("empty-ns", OptionKind.List, "create this namespace empty instead of saving its content; only network; may be repeated")
    {
        Placeholder = "TYPE",
    };

    public static Option AutoDedup => new("auto-dedup", OptionKind.Switch, "drop pages from parent images that are also in newer images");

    public static Option Format(string choices, string byDefault) => new("format", OptionKind.Text, "output format: " + choices)
    {
        Short = 'f',
        Placeholder = "FORMAT",
        Default = byDefault,
    };
}
