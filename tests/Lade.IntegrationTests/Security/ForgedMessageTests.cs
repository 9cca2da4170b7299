using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;
using ChildProcess = System.Diagnostics.Process;

namespace Lade.IntegrationTests.Security;

/// <summary>
/// An attacker with CAP_SYS_PTRACE takes the socket of a process that appears in its pid namespace and speaks in its place. It gains an error.
/// </summary>
public sealed class ForgedMessageTests : ContainerTest
{
    /// <summary>Says "your child is VICTIM", and with "ready" that all is done and that every operation was skipped.</summary>
    private const string Forger = """
        #define _GNU_SOURCE
        #include <dirent.h>
        #include <fcntl.h>
        #include <signal.h>
        #include <stdint.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/ptrace.h>
        #include <sys/socket.h>
        #include <sys/stat.h>
        #include <sys/syscall.h>
        #include <sys/wait.h>
        #include <unistd.h>
        struct message { uint32_t kind, operation, stage; int32_t error; uint64_t value; uint32_t length; int32_t number; };
        static int is_init(int pid)
        {
            char path[64], name[32] = "";
            snprintf(path, sizeof path, "/proc/%d/comm", pid);
            int fd = open(path, O_RDONLY);
            if (fd >= 0) {
                if (read(fd, name, sizeof name - 1) < 0)
                    *name = 0;
                close(fd);
            }
            return strcmp(name, "lade-init\n") == 0;
        }
        static int take_socket(int pid)
        {
            int process = syscall(SYS_pidfd_open, pid, 0);
            for (int number = 3; number < 200; number++) {
                struct stat status;
                struct sockaddr_storage address;
                socklen_t length = sizeof address;
                int fd = syscall(SYS_pidfd_getfd, process, number, 0);
                if (fd >= 0 && fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode) && getpeername(fd, (void *)&address, &length) == 0)
                    return fd;
                if (fd >= 0)
                    close(fd);
            }
            return -1;
        }
        static void speak(int socket, int victim, int ready)
        {
            struct message pid = { .kind = 2, .value = victim };
            struct { struct message head; uint16_t skipped[200]; } all = { .head = { .kind = 1, .value = 4, .length = 400 } };
            for (int i = 0; i < 200; i++)
                all.skipped[i] = i;
            if (write(socket, &pid, sizeof pid) > 0)
                printf("forged\n");
            if (ready && write(socket, &all, sizeof all) > 0)
                printf("forged ready\n");
            fflush(stdout);
        }
        int main(int argc, char **argv)
        {
            printf("watching\n");
            fflush(stdout);
            for (;;) {
                DIR *all = opendir("/proc");
                for (struct dirent *e; (e = readdir(all)) != NULL;) {
                    int pid = atoi(e->d_name), status;
                    if (pid <= 1 || !is_init(pid) || ptrace(PTRACE_SEIZE, pid, 0, 0) != 0)
                        continue;
                    ptrace(PTRACE_INTERRUPT, pid, 0, 0);
                    waitpid(pid, &status, __WALL);
                    int socket = is_init(pid) ? take_socket(pid) : -1;
                    if (socket < 0) {
                        ptrace(PTRACE_DETACH, pid, 0, 0);
                        continue;
                    }
                    speak(socket, atoi(argv[1]), argc > 2);
                    kill(pid, SIGKILL);
                    waitpid(pid, &status, __WALL);
                    close(socket);
                }
                closedir(all);
            }
        }
        """;

    [Theory]
    [InlineData(false, "exec")]
    [InlineData(false, "exec", "--user", "1000")]
    [InlineData(false, "exec", "--detach")]
    [InlineData(true, "exec")]
    [InlineData(false, "create")]
    [InlineData(true, "create")]
    public void A_pid_that_another_names_is_neither_killed_nor_recorded(bool ready, params string[] command)
    {
        using ChildProcess victim = ChildProcess.Start("sleep", "1000");
        string[] mode = ready ? ["ready"] : [];
        Bundle.Program("forger", Forger).Capabilities(["CAP_SYS_PTRACE"]).Args(["/bin/forger", victim.Id.ToString(CultureInfo.InvariantCulture), .. mode]);
        Container container = NewContainer().RunDetached().WaitForOutput("watching");
        Bundle mate = NewBundle().Namespace("pid", "/proc/" + container.Pid + "/ns/pid").Sleeps();
        try
        {
            for (int i = 0; i < 20 && !container.Stdout.Contains("forged"); i++)
            {
                if (command[0] == "exec")
                {
                    container.Exec([.. command[1..], "container", "true"]);
                    continue;
                }

                Container other = NewContainer(mate, "mate" + i);
                CommandResult made = other.TryCreate();
                if (made.ExitCode == 0)
                    other.Pid.Should().NotBe(victim.Id);
                other.Delete(force: true);
            }

            container.Stdout.Should().Contain("forged", "else no round was hit");
            victim.HasExited.Should().BeFalse();
            File.ReadAllText("/proc/" + victim.Id + "/comm").Should().Be("sleep\n");
        }
        finally
        {
            victim.Kill();
        }
    }

    /// <summary>The first process would own what is mounted, or executed, for it there.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    public void A_first_process_that_goes_to_a_user_namespace_of_its_own_is_not_joined(uint user)
    {
        string volume = Bundle.MakeDirectory("volume");
        Bundle.User(user, user).Capabilities(user == 0 ? ["CAP_SETFCAP", "CAP_SETUID", "CAP_SETGID"] : []).Program("leaver", """
            #define _GNU_SOURCE
            #include <sched.h>
            #include <stdio.h>
            #include <unistd.h>
            int main(void)
            {
                printf("%d\n", unshare(CLONE_NEWUSER | CLONE_NEWNS));
                fflush(stdout);
                for (;;)
                    pause();
            }
            """).Args("/bin/leaver");
        Container container = NewContainer().RunDetached().WaitForOutput("0\n");
        string mounts = Bundle.Directory + "/mounts.json";
        File.WriteAllText(mounts, $$"""[ { "destination": "/tmp", "source": "{{volume}}", "options": ["bind", "ro"] } ]""");

        foreach (CommandResult result in (CommandResult[])[container.Exec("container", "true"), Bundle.Lade.Run("mounts", "add", "container", mounts), Bundle.Lade.Run("mounts", "remove", "container", mounts)])
        {
            result.ExitCode.Should().NotBe(0);
            result.Error().Should().Contain("user namespace of its own");
        }

        container.Kill().ExitCode.Should().Be(0);
    }

    /// <summary>Where the kernel denies setgroups(2) they could not be given up inside.</summary>
    [Fact]
    public void Groups_of_execs_caller_do_not_reach_a_user_namespace_that_denies_setgroups()
    {
        string holder = Machine.Sh("unshare --user --map-root-user sleep 1000 >/dev/null 2>&1 & echo $!").Trim();
        try
        {
            Machine.Eventually(() => File.Exists("/proc/" + holder + "/setgroups") && File.ReadAllText("/proc/" + holder + "/setgroups").Trim() == "deny", "the namespace is made");
            Bundle.Namespace("user", "/proc/" + holder + "/ns/user").WithoutMount("/dev/pts").Sleeps();
            Bundle.Lade.Wrapper = "setpriv --groups 4711,4712";
            Container container = NewContainer().RunDetached();

            container.Status("Groups").Should().BeEmpty();
            container.Exec("container", "grep", "^Groups", "/proc/self/status").Stdout.Trim().Should().Be("Groups:");
        }
        finally
        {
            Machine.Kill(int.Parse(holder, CultureInfo.InvariantCulture));
        }
    }

    [Theory]
    [InlineData("mount")]
    [InlineData("pid")]
    public void Hooks_of_the_operators_do_not_run_where_others_choose_or_trace_them(string type)
    {
        Container other = StartSleeping();
        Bundle bundle = NewBundle().Namespace(type, "/proc/" + other.Pid + "/ns/" + (type == "mount" ? "mnt" : type)).HookScript("createContainer", "true").Script("true");
        if (type == "pid")
            bundle.UserNamespace();

        NewContainer(bundle, "mate").Run().Error().Should().Contain("/hooks/createContainer").And.Contain("joined");
    }

    /// <summary>It leaves its group, and makes another process that keeps the group alive.</summary>
    [Fact]
    public void A_hook_that_leaves_its_process_group_is_ended_by_its_timeout()
    {
        Bundle.Program("leaver", """
            #include <unistd.h>
            int main(void)
            {
                pid_t child = fork();
                if (child == 0) {
                    setpgid(0, 0);
                    for (;;)
                        pause();
                }
                usleep(200000);
                setpgid(0, child);
                for (;;)
                    pause();
            }
            """).SetJson("/hooks", """{ "startContainer": [ { "path": "/bin/leaver", "timeout": 1 } ] }""").Script("true");
        Bundle.Lade.Timeout = TimeSpan.FromSeconds(30);
        Stopwatch watch = Stopwatch.StartNew();

        NewContainer().Run().Error().Should().Contain("timeout");

        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(20));
    }

    [Theory]
    [InlineData("run")]
    [InlineData("exec")]
    public void A_file_that_is_a_standard_stream_stays_its_owners(string command)
    {
        string file = Bundle.Directory + "/secret";
        File.WriteAllText(file, "secret\n");
        Machine.Sh($"chmod 600 '{file}'");
        const string Attack = "echo broken >/proc/self/fd/0; chmod 666 /proc/self/fd/0; true";
        Container container = command == "exec" ? StartSleeping() : NewContainer();
        // The harness gives a file of its own as standard input: this one takes its place.
        Bundle.Lade.Wrapper = $"sh -c 'exec \"$0\" \"$@\" <{file}'";
        CommandResult result = command == "exec"
            ? container.Exec("--user", "1000", "container", "sh", "-c", Attack)
            : Run(container, Attack);

        result.ExitCode.Should().Be(0, result.Stderr);
        Machine.Sh($"stat -c '%a %u' '{file}'; cat '{file}'").Should().Be("600 0\nsecret");
    }

    private CommandResult Run(Container container, string script)
    {
        Bundle.User(1000, 1000).Script(script);
        return container.Run();
    }
}
