namespace Lade.Cli;

/// <summary>Options that several commands have in common, so that they mean the same everywhere.</summary>
internal static class SharedOptions
{
    public static Option Bundle => new("bundle", OptionKind.Text, "directory of the bundle; the current directory when not given") { Short = 'b', Placeholder = "DIR" };

    public static Option Config => new("config", OptionKind.Text, "configuration to use instead of config.json in the bundle") { Short = 'f', Placeholder = "FILE" };

    public static Option ConsoleSocket => new("console-socket", OptionKind.Text, "unix socket that receives the master side of the container's terminal") { Placeholder = "PATH" };

    public static Option PidfdSocket => new("pidfd-socket", OptionKind.Text, "unix socket that receives a pidfd of the process") { Placeholder = "PATH" };

    public static Option PidFile => new("pid-file", OptionKind.Text, "file to write the pid of the process to, as the host sees it") { Placeholder = "FILE" };

    public static Option NoPivot => new("no-pivot", OptionKind.Switch, "where the kernel refuses to pivot because the host runs from its initramfs, detach the host's mounts and move the root filesystem over /");

    public static Option NoNewKeyring => new("no-new-keyring", OptionKind.Switch, "keep the caller's session keyring instead of making one for the container");

    public static Option PreserveFds => new("preserve-fds", OptionKind.Integer, "let the process inherit N descriptors after standard error and, for create and run, those of $LISTEN_FDS") { Placeholder = "N", Default = "0" };

    public static Option Detach => new("detach", OptionKind.Switch, "return as soon as the process runs") { Short = 'd' };

    public static Option NoSubreaper => new("no-subreaper", OptionKind.Switch, "do not become the parent of the container's orphans");

    public static Option ImagePath => new("image-path", OptionKind.Text, "directory of the checkpoint; ./checkpoint when not given") { Placeholder = "DIR" };

    public static Option WorkPath => new("work-path", OptionKind.Text, "directory for CRIU's working files and logs") { Placeholder = "DIR" };

    public static Option TcpEstablished => new("tcp-established", OptionKind.Switch, "include open TCP connections");

    public static Option ExtUnixSk => new("ext-unix-sk", OptionKind.Switch, "allow unix sockets connected to the outside");

    public static Option ShellJob => new("shell-job", OptionKind.Switch, "allow processes that belong to a terminal of the host");

    public static Option FileLocks => new("file-locks", OptionKind.Switch, "include file locks");

    public static Option ManageCgroupsMode => new("manage-cgroups-mode", OptionKind.Text, "how cgroups are treated: soft, full, strict or ignore") { Placeholder = "MODE", Default = "soft" };

    public static Option EmptyNs => new("empty-ns", OptionKind.List, "make this namespace anew instead of including its content; only network; may be repeated") { Placeholder = "TYPE" };

    public static Option AutoDedup => new("auto-dedup", OptionKind.Switch, "drop pages from parent images that newer images have too");

    public static Option Format(string choices, string shown) => new("format", OptionKind.Text, "how to print: " + choices) { Short = 'f', Placeholder = "FORMAT", Default = shown };
}
