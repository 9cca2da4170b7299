namespace Lade.IntegrationTests.Fixtures;

/// <summary>Containers that make and use cgroups of their own.</summary>
public static class WritableCgroups
{
    /// <summary>What engines give a container.</summary>
    private static readonly string[] s_usual =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID", "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP",
        "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE",
    ];

    /// <summary>Works on the directories of cgroups from inside: <c>nest LEVELS LENGTH BYTE</c> makes that deep a tree below the working directory and stays in it.</summary>
    private const string Nest = """
        #include <fcntl.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/stat.h>
        #include <unistd.h>
        int main(int argc, char **argv)
        {
            (void)argc;
            char name[256] = { 0 };
            memset(name, atoi(argv[3]), atoi(argv[2]));
            for (int i = 0; i < atoi(argv[1]); i++)
                if (mkdir(name, 0755) != 0 || chdir(name) != 0) {
                    perror("nest");
                    return 1;
                }
            int fd = open("cgroup.procs", O_WRONLY);
            if (fd < 0 || write(fd, "0", 1) != 1) {
                perror("cgroup.procs");
                return 1;
            }
            puts("nested");
            fflush(stdout);
            for (;;)
                pause();
        }
        """;

    /// <param name="cgroupNamespace">Whether the container sees its cgroups through a namespace of its own.</param>
    /// <param name="pidNamespace">Whether its processes die with the first one.</param>
    public static Bundle WritesCgroups(this Bundle bundle, bool cgroupNamespace, bool pidNamespace)
    {
        bundle = cgroupNamespace ? bundle.Namespace("cgroup") : bundle.WithoutNamespace("cgroup");
        bundle = pidNamespace ? bundle.Namespace("pid") : bundle.WithoutNamespace("pid");
        return bundle.Capabilities(s_usual).WithoutMount("/sys/fs/cgroup").Mount("/sys/fs/cgroup", "cgroup", "cgroup", "rw", "nosuid", "nodev", "noexec").Program("nest", Nest);
    }
}
