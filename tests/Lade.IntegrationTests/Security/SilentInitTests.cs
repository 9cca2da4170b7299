using System;
using System.Diagnostics;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Security;

/// <summary>
/// An `init` that is neither stopped nor in a cgroup of lade's that is frozen, and still says nothing: after a minute it is given up. In a class of its own, so
/// that other tests run meanwhile.
/// </summary>
public sealed class SilentInitTests : ContainerTest
{
    /// <summary>The first seconds are those of the test, the rest is what a busy machine may take.</summary>
    private static readonly TimeSpan s_least = TimeSpan.FromSeconds(55), s_most = TimeSpan.FromSeconds(100);

    /// <summary>
    /// Moves each process of lade's that joins to a frozen cgroup below the container's. The numbers of a pid namespace are given in order, so that nothing has to be
    /// searched; the signal holds the process until it is moved, and is taken back then.
    /// </summary>
    private const string Mover = """
        #include <fcntl.h>
        #include <signal.h>
        #include <stdio.h>
        #include <string.h>
        #include <sys/stat.h>
        #include <unistd.h>
        static int is_init(int pid)
        {
            char path[64], comm[32] = "";
            snprintf(path, sizeof path, "/proc/%d/comm", pid);
            int fd = open(path, O_RDONLY);
            ssize_t length = fd < 0 ? -1 : read(fd, comm, sizeof comm - 1);
            if (fd >= 0)
                close(fd);
            return length > 0 && strcmp(comm, "lade-init\n") == 0;
        }
        int main(void)
        {
            mkdir("/sys/fs/cgroup/freezer/cold", 0755);
            int state = open("/sys/fs/cgroup/freezer/cold/freezer.state", O_WRONLY);
            int procs = open("/sys/fs/cgroup/freezer/cold/cgroup.procs", O_WRONLY);
            if (write(state, "FROZEN", 6) != 6)
                return 1;
            printf("ready\n");
            fflush(stdout);
            for (int last = getpid();;) {
                for (int pid = last + 1; pid < last + 300; pid++) {
                    if (kill(pid, SIGSTOP) != 0)
                        continue;
                    last = pid;
                    usleep(500);
                    if (is_init(pid))
                        dprintf(procs, "%d", pid);
                    kill(pid, SIGCONT);
                }
            }
        }
        """;

    /// <summary>A caller who accepts a paused container has not accepted everything that a container may do.</summary>
    [Theory]
    [InlineData("container")]
    [InlineData("--ignore-paused", "container")]
    public void An_init_that_says_nothing_for_a_minute_is_given_up(params string[] arguments)
    {
        Machine.NeedsCgroup1();
        Bundle.WritesCgroups(cgroupNamespace: true, pidNamespace: true).Capabilities([]).Program("mover", Mover).Args("mover").Lade.Timeout = s_most;
        Container container = NewContainer().RunDetached().WaitForOutput("ready");
        var watch = new Stopwatch();
        var result = new CommandResult(0, "", "");

        // One that was not met is through in no time.
        for (int i = 0; i < 200 && result.ExitCode == 0; i++)
        {
            watch.Restart();
            result = container.Exec([.. arguments, "true"]);
        }

        result.ExitCode.Should().Be(255, "else no round was hit");
        result.Error().Should().MatchRegex(@"process \d+ has not answered for 60 seconds \(state D in /proc/\d+/stat\)");
        watch.Elapsed.Should().BeGreaterThan(s_least);
        // What is given up is ended, too, once it can end.
        container.Delete(force: true).Should().Be(new CommandResult(0, "", ""));
        container.Leftovers().Should().BeEmpty();
        Machine.Eventually(() => Bundle.Inhabitants().Count == 0, "nobody is left");
    }
}
