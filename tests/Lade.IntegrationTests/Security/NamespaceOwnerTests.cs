using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Lade.Linux;
using Xunit;

namespace Lade.IntegrationTests.Security;

/// <summary>
/// The owner of a user namespace holds every capability in it (user_namespaces(7)), and every container of host root that has no user namespace runs as uid 0: the
/// namespaces that lade makes belong to nobody.
/// </summary>
public sealed class NamespaceOwnerTests : ContainerTest
{
    private const uint Nobody = uint.MaxValue - 1;

    private const nuint NS_GET_OWNER_UID = 0xb704;

    /// <summary>Looks into the root of every process that it sees; what it may not open it does not see. Its arguments are device and inode of the host's root.</summary>
    private const string Looker = """
        #define _GNU_SOURCE
        #include <dirent.h>
        #include <fcntl.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/stat.h>
        #include <unistd.h>
        int main(int argc, char **argv)
        {
            unsigned long long device = strtoull(argv[1], NULL, 10), inode = strtoull(argv[2], NULL, 10);
            setvbuf(stdout, NULL, _IOLBF, 0);
            printf("ready\n");
            for (int last = 0;; ) {
                DIR *proc = opendir("/proc");
                for (struct dirent *entry; (entry = readdir(proc)) != NULL;) {
                    char path[300];
                    struct stat status;
                    int pid = atoi(entry->d_name);
                    if (pid == 0 || pid == getpid() || pid == last)
                        continue;
                    snprintf(path, sizeof path, "/proc/%d/root", pid);
                    int root = open(path, O_PATH | O_DIRECTORY);
                    if (root < 0)
                        continue;
                    if (fstat(root, &status) == 0 && status.st_dev == device && status.st_ino == inode) {
                        printf("root of the host in %d\n", pid);
                        last = pid;
                    }
                    close(root);
                }
                closedir(proc);
            }
        }
        """;

    private static uint OwnerOf(int pid)
    {
        using Fd file = Files.Open("/proc/" + pid + "/ns/user", Libc.O_RDONLY);
        uint owner = 0;
        unsafe
        {
            Libc.ioctl(file.Number, NS_GET_OWNER_UID, (nint)(&owner)).Should().Be(0);
        }

        return owner;
    }

    [Theory]
    [InlineData(100000u)]
    [InlineData(0u)]
    public void A_user_namespace_belongs_to_nobody(uint hostId)
    {
        Machine.NeedsRoot();
        Bundle.UserNamespace(hostId).Sleeps();
        Container container = Create();
        OwnerOf(container.Pid).Should().Be(Nobody);

        container.Start();

        OwnerOf(container.Pid).Should().Be(Nobody);
        container.Exec("container", "true").ExitCode.Should().Be(0);
        container.Exec("container", "id", "-u").Output.Should().Be("0");
    }

    [Theory]
    [InlineData(100000u)]
    [InlineData(0u)]
    public void Uid_0_of_another_container_does_not_reach_the_host_through_a_hook(uint hostId)
    {
        string[] root = Machine.Sh("stat -c '%d %i' /").Trim().Split(' ');
        Bundle attackers = NewBundle().WithoutNamespace("pid").Capabilities([]).Program("looker", Looker).Args(["looker", .. root]);
        Container attacker = NewContainer(attackers, "attacker").RunDetached().WaitForOutput("ready");

        for (int i = 0; i < 5; i++)
        {
            Bundle victim = NewBundle().UserNamespace(hostId).HookScript("createContainer", "sleep 0.2").Args("true");
            NewContainer(victim, "victim" + i).Run().ExitCode.Should().Be(0);
        }

        attacker.Stdout.Should().NotContain("root of the host");
        attacker.Kill();
    }
}
