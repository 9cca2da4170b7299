using Lade.Configuration;
using Lade.Linux;

namespace Lade.Cli;

internal static class SpecCommand
{
    public static Command Define() => new()
    {
        Name = "spec",
        Summary = "write a default config.json",
        Description = """
            Writes a config.json for a container with its own namespaces, few capabilities, a
            read-only root filesystem in the directory rootfs, and a shell as its program, to
            be edited: "args" is the program, "mounts" what it sees, "linux" what it may use.
            An existing config.json is not overwritten.

            With --rootless the container gets a user namespace that maps only the calling
            user, and shares the host's network: no privileges are needed to run it.
            """,
        Example = """
            cd /tmp/box && lade spec
            """,
        Options =
        [
            new("bundle", OptionKind.Text, "directory to write to; the current directory by default") { Short = 'b', Placeholder = "DIR" },
            new("rootless", OptionKind.Switch, "write a configuration for an unprivileged user"),
        ],
        Body = new(Run),
    };

    private static int Run(Invocation invocation)
    {
        string path = invocation.Bundle + "/config.json";
        // As with runc: on cgroup v1 a container gets bind mounts of its cgroups instead.
        bool cgroupNamespace = Directories.FileSystemType("/sys/fs/cgroup") == Libc.CGROUP2_SUPER_MAGIC;
        byte[] json = invocation.Arguments.Switch("rootless")
            ? DefaultSpec.WriteRootless(Processes.EffectiveUid, Processes.EffectiveGid, cgroupNamespace)
            : DefaultSpec.Write(cgroupNamespace);

        using Fd? file = Files.TryOpen(path, Libc.O_CREAT | Libc.O_EXCL | Libc.O_WRONLY, out Errno errno, 0b110_110_110);
        if (file is null)
            throw errno == Errno.EEXIST ? new LadeException("File config.json exists. Remove it first") : new LadeException("create " + path, errno);
        Files.Write(file, json, path);
        return 0;
    }
}
