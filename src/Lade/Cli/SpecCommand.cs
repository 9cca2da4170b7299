using Lade.Configuration;
using Lade.Linux;

namespace Lade.Cli;

internal static class SpecCommand
{
    public static Command Define() => new()
    {
        Name = "spec",
        Summary = "write a config.json to start from",
        Description = """
            Writes config.json for a container with namespaces of its own, few capabilities,
            a read-only root filesystem in the directory rootfs, and a shell as its program.
            Edit it: "args" is the program, "mounts" what it sees, "linux" what it may use.
            An existing config.json is not touched.

            With --rootless the container gets a user namespace in which only the calling
            user exists, and shares the host's network: no privileges are needed to run it.
            """,
        Example = """
            cd /tmp/box && lade spec
            """,
        Options =
        [
            new("bundle", OptionKind.Text, "directory to write to; the current directory when not given") { Short = 'b', Placeholder = "DIR" },
            new("rootless", OptionKind.Switch, "write a configuration for a user without privileges"),
        ],
        Body = Run,
    };

    private static int Run(Invocation invocation)
    {
        string path = invocation.Bundle + "/config.json";
        // As with runc: on cgroup v1 a container sees its own cgroups by bind mounts.
        bool cgroupNamespace = Directories.FileSystemType("/sys/fs/cgroup") == Libc.CGROUP2_SUPER_MAGIC;
        byte[] json = invocation.Arguments.Switch("rootless")
            ? DefaultSpec.WriteRootless(Libc.geteuid(), Libc.getegid(), cgroupNamespace)
            : DefaultSpec.Write(cgroupNamespace);

        using Fd? file = Files.TryOpen(path, Libc.O_CREAT | Libc.O_EXCL | Libc.O_WRONLY, out Errno errno, 0b110_110_110);
        if (file is null)
            throw errno == Errno.EEXIST ? new LadeException("File config.json exists. Remove it first") : new LadeException("create " + path, errno);
        Files.Write(file, json, path);
        return 0;
    }
}
