using System;
using System.Diagnostics;
using System.IO;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Security;

/// <summary>Every wait on a container has an end, and `delete --force` is kept out by nobody.</summary>
public sealed class StuckCommandTests : ContainerTest
{
    /// <summary>Far more than any of them takes, far less than for ever.</summary>
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(30);

    /// <summary>Stops every process of lade's that the procfs shows.</summary>
    private const string Stopper = """
        #define _GNU_SOURCE
        #include <dirent.h>
        #include <fcntl.h>
        #include <signal.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <unistd.h>
        /* Only what our own commands have started: other tests run beside this one. */
        static int is_meant(int pid)
        {
            char path[64], text[4096] = "";
            snprintf(path, sizeof path, "/proc/%d/status", pid);
            FILE *file = fopen(path, "r");
            int parent = 0;
            while (file != NULL && fgets(text, sizeof text, file) != NULL)
                if (sscanf(text, "PPid: %d", &parent) == 1)
                    break;
            if (file != NULL)
                fclose(file);
            snprintf(path, sizeof path, "/proc/%d/cmdline", parent);
            int fd = open(path, O_RDONLY);
            ssize_t length = fd < 0 ? 0 : read(fd, text, sizeof text);
            if (fd >= 0)
                close(fd);
            return MARK[0] == 0 || (length > 0 && memmem(text, length, MARK, strlen(MARK)) != NULL);
        }
        /* Once it has become the program it is no longer lade's, and free to go on. */
        static void stop(int pid)
        {
            char path[64], name[32], state = 0;
            snprintf(path, sizeof path, "/proc/%d/stat", pid);
            kill(pid, SIGSTOP);
            while (state != 'T' && state != 'Z') {
                FILE *file = fopen(path, "r");
                if (file == NULL || fscanf(file, "%*d (%31[^)]) %c", name, &state) != 2)
                    state = 'Z';
                if (file != NULL)
                    fclose(file);
            }
            if (strcmp(name, "lade-init") != 0)
                kill(pid, SIGCONT);
        }
        int main(void)
        {
            printf("ready\n");
            fflush(stdout);
            while (access("/stop", F_OK) != 0) {
                DIR *all = opendir("/proc");
                for (struct dirent *e; all != NULL && (e = readdir(all)) != NULL;) {
                    char path[64], comm[32] = "";
                    snprintf(path, sizeof path, "/proc/%.20s/comm", e->d_name);
                    int fd = atoi(e->d_name) > 1 ? open(path, O_RDONLY) : -1;
                    if (fd >= 0 && read(fd, comm, sizeof comm - 1) > 0 && strcmp(comm, "lade-init\n") == 0 && is_meant(atoi(e->d_name)))
                        stop(atoi(e->d_name));
                    if (fd >= 0)
                        close(fd);
                }
                if (all != NULL)
                    closedir(all);
            }
            return 0;
        }
        """;

    [Theory]
    [InlineData("prestart")]
    [InlineData("createRuntime")]
    [InlineData("createContainer")]
    [InlineData("startContainer")]
    public void A_hook_that_hangs_does_not_keep_delete_out(string kind)
    {
        Bundle.HookScript(kind, "sleep 1000").Sleeps().Save();
        Container container = NewContainer();
        RunningCommand run = Bundle.Lade.Start("", "run", "--bundle", Bundle.Path, "container");
        Machine.Eventually(() => run.HasEnded || Machine.Sh("ps -eo args | grep -c '[s]leep 1000' || true") != "0" && Directory.Exists(container.StateDirectory), "the hook runs");
        Stopwatch watch = Stopwatch.StartNew();

        container.Delete(force: true).ExitCode.Should().Be(0);

        watch.Elapsed.Should().BeLessThan(s_bound);
        run.Wait(s_bound).ExitCode.Should().NotBe(0);
        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void An_init_that_was_stopped_fails_create()
    {
        Bundle.HookScript("createRuntime", "pid=$(sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/'); kill -STOP $pid").Sleeps();
        Stopwatch watch = Stopwatch.StartNew();

        CreationError().Should().Contain("is stopped (state T");

        watch.Elapsed.Should().BeLessThan(s_bound);
    }

    [Fact]
    public void An_init_that_was_stopped_fails_start_and_can_be_deleted_meanwhile()
    {
        Bundle.Sleeps();
        Container container = Create();
        Machine.Sh("kill -STOP " + container.Pid);
        RunningCommand start = Bundle.Lade.Start("", "start", "container");
        Machine.Eventually(() => start.HasEnded || File.ReadAllText("/proc/locks").Contains(" " + start.Pid + " "), "start holds the lock");
        Stopwatch watch = Stopwatch.StartNew();

        container.Delete(force: true).ExitCode.Should().Be(0);

        watch.Elapsed.Should().BeLessThan(s_bound);
        start.Wait(s_bound).ExitCode.Should().NotBe(0);
        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void Start_says_that_init_is_stopped()
    {
        Bundle.Sleeps();
        Container container = Create();
        Machine.Sh("kill -STOP " + container.Pid);

        CommandResult result = container.TryStart();

        result.ExitCode.Should().Be(1);
        result.Error().Should().Contain("process " + container.Pid + " is stopped (state T");
    }

    [Fact]
    public void A_joining_process_that_is_stopped_ends_exec()
    {
        Bundle.Program("stopper", Stopper.Replace("MARK", "\"\"")).Args("stopper").Lade.Timeout = s_bound;
        Container container = NewContainer().RunDetached().WaitForOutput("ready");
        int stopped = 0;
        for (int i = 0; i < 20 && stopped < 2; i++)
        {
            CommandResult result = container.Exec("container", "true");
            if (result.ExitCode != 0)
            {
                stopped++;
                result.Error().Should().Contain("is stopped (state T");
            }
        }

        stopped.Should().BePositive("else no round was hit");
        File.WriteAllText(Bundle.Rootfs + "/stop", "");
        // Nobody is left behind.
        Machine.Eventually(() => !Directory.Exists("/proc/" + container.Pid), "the container ends");
    }

    [Fact]
    public void A_process_that_changes_mounts_and_is_stopped_ends_the_command()
    {
        Bundle sleeper = NewBundle().Sleeps();
        Container container = NewContainer(sleeper, "sleeper").RunDetached();
        Bundle.Program("stopper", Stopper.Replace("MARK", "\"" + sleeper.Lade.StateRoot + "\"")).Args("stopper").WithoutNamespace("pid").Capabilities(["CAP_KILL"]);
        Container attacker = NewContainer("attacker").RunDetached().WaitForOutput("ready");
        string file = sleeper.Directory + "/mounts.json";
        File.WriteAllText(file, """[{ "destination": "/mnt", "type": "tmpfs", "source": "tmpfs" }]""");
        sleeper.Lade.Timeout = s_bound;
        int stopped = 0;
        // The helper lives for a moment only; a slow machine needs many tries.
        for (int i = 0; i < 300 && stopped < 2; i++)
        {
            CommandResult result = sleeper.Lade.Run("mounts", "add", "sleeper", file);
            if (result.ExitCode != 0)
            {
                stopped++;
                result.Error().Should().Contain("is stopped (state T");
            }
        }

        stopped.Should().BePositive("else no round was hit");
        Stopwatch watch = Stopwatch.StartNew();
        container.Delete(force: true).ExitCode.Should().Be(0);
        watch.Elapsed.Should().BeLessThan(s_bound);
        File.WriteAllText(Bundle.Rootfs + "/stop", "");
        attacker.WaitForExit();
    }

    [Fact]
    public void Exec_into_a_container_whose_first_process_is_dead_says_so()
    {
        Bundle.Sleeps();
        Container container = NewContainer().RunDetached();
        container.Kill();

        container.WaitForExit().Exec("container", "true").Error().Should().Contain("cannot exec in a stopped container");
    }
}
