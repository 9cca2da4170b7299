using System;
using System.IO;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Security;

/// <summary>The first process of a container leaves for a user namespace of its own at the moment that another command joins it. Nothing is done there.</summary>
public sealed class MovingProcessTests : ContainerTest
{
    /// <summary>
    /// Waits for as many forks on the whole machine as its argument says, then goes, and puts a program of its own in the place of /bin/true. What the host calls by that name then
    /// runs with what the host gives it.
    /// </summary>
    private const string Mover = """
        #define _GNU_SOURCE
        #include <fcntl.h>
        #include <sched.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/mount.h>
        #include <sys/stat.h>
        #include <unistd.h>
        static long forks(int fd)
        {
            char text[16384];
            ssize_t length = pread(fd, text, sizeof text - 1, 0);
            text[length < 0 ? 0 : length] = 0;
            char *line = strstr(text, "\nprocesses ");
            return line == NULL ? 0 : atol(line + 11);
        }
        static void put(const char *path, const char *text)
        {
            int fd = open(path, O_WRONLY);
            if (write(fd, text, strlen(text)) < 0)
                printf("not written\n");
            close(fd);
        }
        int main(int argc, char **argv)
        {
            int stat = open("/proc/stat", O_RDONLY), step = atoi(argv[1]);
            setvbuf(stdout, NULL, _IONBF, 0);
            printf("ready\n");
            while (access("/tmp/go", F_OK) != 0)
                usleep(1000);
            for (long first = forks(stat); forks(stat) < first + step;)
                ;
            if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
                return 1;
            put("/proc/self/setgroups", "deny");
            put("/proc/self/uid_map", "0 1000 1");
            put("/proc/self/gid_map", "0 1000 1");
            mount("/tmp/evil", "/bin/true", NULL, MS_BIND, NULL);
            printf("moved\n");
            pause();
        }
        """;

    private static int Rounds => Environment.GetEnvironmentVariable("LADE_SOAK") is "1" ? 2000 : 40;

    [Fact]
    public void Exec_runs_nothing_of_a_namespace_that_the_first_process_has_made()
    {
        Bundle.User(1000, 1000).Capabilities([]).Program("mover", Mover).File("/tmp/evil", "#!/bin/sh\necho evil as $(id -u)\n");
        Machine.Sh($"chmod 755 '{Bundle.Rootfs}/tmp/evil'; chmod 1777 '{Bundle.Rootfs}/tmp'");
        int refused = 0, before = 0;
        for (int i = 0; i < Rounds; i++)
        {
            Bundle.Args("mover", (1 + (i % 10)).ToString()).Save();
            File.Delete(Bundle.Rootfs + "/tmp/go");
            Container container = NewContainer(Bundle, "moving" + i).RunDetached().WaitForOutput("ready");
            File.WriteAllText(Bundle.Rootfs + "/tmp/go", "");

            CommandResult result = container.Exec("--user", "0", container.Id, "true");

            result.Stdout.Should().BeEmpty("the program is the image's own");
            if (result.ExitCode == 0)
                before++;
            else if (result.Stderr.Contains("has moved to a user namespace of its own"))
                refused++;
            container.Delete(force: true);
        }

        refused.Should().BePositive("else no round was hit (" + before + " were through before)");
    }
}
