using System;
using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Exec;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Situations;

/// <summary>Properties of a container's process, and of those that join it, as other runtimes' suites try them.</summary>
public sealed class ProcessSituationTests : ExecTest
{
    private const string NumaPolicy = "head -n 1 /proc/self/numa_maps | cut -d ' ' -f 2";

    [Theory]
    [InlineData(new[] { "HOME=/override" }, "HOME=/override")]
    [InlineData(new[] { "HOME=" }, "HOME=/root")]
    [InlineData(new[] { "HOME=/override", "HOME=" }, "HOME=/root")]
    [InlineData(new[] { "ONE=two", "ONE=" }, "HOME=/root ONE=")]
    [InlineData(new[] { "ONE=two", "ONE=three" }, "HOME=/root ONE=three")]
    [InlineData(new[] { "LINES=a\nb" }, "HOME=/root LINES=a\nb")]
    public void Each_variable_is_there_once_with_its_last_value(string[] env, string expected)
    {
        Bundle.Env(["PATH=/bin", .. env]).Args("cat", "/proc/self/environ");
        string[] variables = NewContainer().Run().Stdout.Split('\0', StringSplitOptions.RemoveEmptyEntries);

        string.Join(' ', variables.Where(v => v != "PATH=/bin").Order()).Should().Be(expected);
        variables.Should().Contain("PATH=/bin");
    }

    [Theory]
    [InlineData(42, 0)]
    [InlineData(0, 42)]
    public void A_working_directory_that_either_its_user_or_lade_may_enter(uint owner, uint user)
    {
        Machine.Sh($"mkdir '{Bundle.Rootfs}/priv' && chown {owner} '{Bundle.Rootfs}/priv' && chmod 700 '{Bundle.Rootfs}/priv'");
        Bundle.Set("/process/cwd", "/priv").User(user, user).Sleeps();
        Container container = NewContainer().RunDetached();

        new FileInfo("/proc/" + container.Pid + "/cwd").LinkTarget.Should().EndWith("/priv");
        container.Exec("--user", user == 0 ? "42" : "0", container.Id, "true").ExitCode.Should().Be(0);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("exec")]
    public void A_missing_interpreter_is_one_line_of_error(string command)
    {
        Bundle.File("/run.sh", "#!/no/such/interpreter with arguments\n");
        Machine.Sh($"chmod 755 '{Bundle.Rootfs}/run.sh'");
        CommandResult result;
        if (command == "run")
        {
            Bundle.Args("/run.sh");
            result = NewContainer().Run();
        }
        else
        {
            Container container = StartSleeping();
            result = container.Exec(container.Id, "/run.sh");
        }

        result.ExitCode.Should().NotBe(0);
        result.Stderr.TrimEnd('\n').Split('\n').Should().ContainSingle().Which.Should().Contain("/run.sh").And.Contain("no such file or directory");
    }

    [Theory]
    [InlineData("LINUX32", "i686")]
    [InlineData("LINUX", "x86_64")]
    public void A_personality_is_that_of_joining_processes_too_and_no_filter_hinders_it(string domain, string machine)
    {
        Bundle.SetJson("/linux/personality", $$"""{ "domain": "{{domain}}" }""")
            .SetJson("/linux/seccomp", """{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [ { "names": [ "personality" ], "action": "SCMP_ACT_ERRNO" } ] }""");

        ExecScript(StartSleeping(), "uname -m").Output.Should().Be(machine);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Offsets_of_clocks_are_zero_unless_given_and_seen_by_exec(bool given)
    {
        Machine.NeedsFile("/proc/self/timens_offsets");
        Bundle.Namespace("time").UserNamespace();
        if (given)
            Bundle.SetJson("/linux/timeOffsets", """{ "monotonic": { "secs": 7881, "nanosecs": 2718281 }, "boottime": { "secs": 1337 } }""");

        ExecScript(StartSleeping(), "awk '{ print $1, $2, $3 }' /proc/self/timens_offsets").Lines.Should()
            .Equal(given ? ["monotonic 7881 2718281", "boottime 1337 0"] : ["monotonic 0 0", "boottime 0 0"]);
    }

    [Theory]
    [InlineData("""{ "mode": "MPOL_DEFAULT" }""", "default")]
    [InlineData("""{ "mode": "MPOL_LOCAL" }""", "local")]
    [InlineData("""{ "mode": "MPOL_BIND", "nodes": "0", "flags": [ "MPOL_F_NUMA_BALANCING", "MPOL_F_RELATIVE_NODES" ] }""", "bind=relative|balancing:0")]
    [InlineData("""{ "mode": "MPOL_PREFERRED", "nodes": "0", "flags": [ "MPOL_F_RELATIVE_NODES" ] }""", "prefer=relative:0")]
    public void A_memory_policy_is_that_of_joining_processes_too(string policy, string shown)
    {
        Machine.NeedsFile("/proc/self/numa_maps");
        Bundle.SetJson("/linux/memoryPolicy", policy);

        ExecScript(StartSleeping(), NumaPolicy).Output.Should().Be(shown);
    }

    [Theory]
    [InlineData("""{ "mode": "INTERLEAVE", "nodes": "0" }""")]
    [InlineData("""{ "nodes": "0" }""")]
    [InlineData("""{ "mode": "MPOL_PREFERRED", "nodes": "0", "flags": [ "badflag" ] }""")]
    [InlineData("""{ "mode": "MPOL_INTERLEAVE" }""")]
    [InlineData("""{ "mode": "MPOL_PREFERRED", "nodes": "bad" }""")]
    [InlineData("""{ "mode": "MPOL_BIND", "nodes": "0-9876543210" }""")]
    [InlineData("""{ "mode": "MPOL_DEFAULT", "nodes": "0-7", "flags": [ "MPOL_F_NUMA_BALANCING", "MPOL_F_STATIC_NODES", "MPOL_F_RELATIVE_NODES" ] }""")]
    public void A_memory_policy_that_makes_no_sense_is_refused(string policy)
    {
        Bundle.SetJson("/linux/memoryPolicy", policy).Args("true");
        Container container = NewContainer();
        CommandResult result = container.Run();

        result.ExitCode.Should().Be(1);
        result.Stderr.Should().Contain("/linux/memoryPolicy");
        container.Leftovers().Should().BeEmpty();
    }

    [Theory]
    [InlineData("""{ "policy": "SCHED_DEADLINE", "deadline": 20000000, "period": 20000000 }""")]
    [InlineData("""{ "policy": "SCHED_DEADLINE", "runtime": 10000000, "period": 20000000 }""")]
    [InlineData("""{ "policy": "SCHED_DEADLINE", "runtime": 0, "deadline": 20000000, "period": 20000000 }""")]
    [InlineData("""{ "policy": "SCHED_DEADLINE", "runtime": 30000000, "deadline": 20000000, "period": 40000000 }""")]
    [InlineData("""{ "policy": "SCHED_DEADLINE", "runtime": 10000000, "deadline": 30000000, "period": 20000000 }""")]
    [InlineData("""{ "policy": "SCHED_DEADLINE", "runtime": 1023, "deadline": 10000000 }""")]
    [InlineData("""{ "policy": "SCHED_DEADLINE", "runtime": 9223372036854775809, "deadline": 9223372036854775810 }""")]
    public void Times_of_a_deadline_that_make_no_sense_are_refused(string scheduler)
    {
        Bundle.SetJson("/process/scheduler", scheduler).Args("true");
        Container container = NewContainer();
        CommandResult result = container.Run();

        result.ExitCode.Should().Be(1);
        result.Stderr.Should().Contain("/process/scheduler");
        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void A_deadline_needs_no_period()
    {
        Machine.NeedsFile("/usr/bin/chrt");
        Bundle.SetJson("/process/scheduler", """{ "policy": "SCHED_DEADLINE", "runtime": 1000000, "deadline": 20000000 }""");

        Machine.Sh("chrt -p " + StartSleeping().Pid).Should().Contain("1000000/20000000/20000000");
    }

    [Fact]
    public void A_joining_process_has_the_containers_scheduler_or_its_own()
    {
        Machine.NeedsFile("/usr/bin/chrt");
        Bundle.SetJson("/process/scheduler", """{ "policy": "SCHED_BATCH", "nice": 19 }""");
        Container container = StartSleeping();

        ExecScript(container, "awk '{ print $41, $19 }' /proc/self/stat").Output.Should().Be("3 19");
        string pidFile = Bundle.Directory + "/exec.pid";
        string document = Document(["sleep", "1000"], """{ "scheduler": { "policy": "SCHED_DEADLINE", "flags": [ "SCHED_FLAG_RESET_ON_FORK" ], "runtime": 42000, "deadline": 100000, "period": 1000000 } }""");
        container.Exec("--detach", "--pid-file", pidFile, "--process", document, container.Id).ExitCode.Should().Be(0);
        Machine.Sh("chrt -p " + File.ReadAllText(pidFile)).Should().Contain("SCHED_DEADLINE|SCHED_RESET_ON_FORK").And.Contain("42000/100000/1000000");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1)]
    public void A_limit_of_open_files_around_the_callers_is_that_of_joining_processes(int difference)
    {
        Assert.SkipUnless(difference <= 0 || Machine.HasCapability(24), "raising a hard limit needs CAP_SYS_RESOURCE");
        ulong hard = 4096;
        ulong limit = (ulong)((long)hard + difference);
        Bundle.Lade.Surroundings = "ulimit -n " + hard;
        Bundle.SetJson("/process/rlimits", $$"""[ { "type": "RLIMIT_NOFILE", "soft": {{limit}}, "hard": {{limit}} } ]""");

        ExecScript(StartSleeping(), "ulimit -n; ulimit -Hn").Lines.Should().Equal(limit.ToString(System.Globalization.CultureInfo.InvariantCulture), limit.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void A_umask_is_that_of_joining_processes()
    {
        Bundle.Set("/process/user/umask", 63);

        ExecScript(StartSleeping(), "umask").Output.Should().Be("0077");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("0")]
    public void A_caller_that_is_bound_to_a_cpu_does_not_bind_joining_processes(string? cpuset)
    {
        Machine.NeedsFile("/usr/bin/taskset");
        Assert.SkipUnless(Environment.ProcessorCount > 1, "needs two CPUs");
        if (cpuset is not null)
            Bundle.SetJson("/linux/resources/cpu", $$"""{ "cpus": "{{cpuset}}", "mems": "0" }""");
        string all = Container.Status(Environment.ProcessId)["Cpus_allowed_list"];
        Bundle.Lade.Wrapper = "taskset -c 1";
        Container container = StartSleeping();

        StatusLine(ExecScript(container, "cat /proc/self/status"), "Cpus_allowed_list").Should().Be(cpuset ?? all);
    }

    [Fact]
    public void Affinity_of_the_configuration_holds_for_joining_processes()
    {
        Assert.SkipUnless(Environment.ProcessorCount > 1, "needs two CPUs");
        Bundle.SetJson("/process/execCPUAffinity", """{ "initial": "0", "final": "1" }""");

        StatusLine(ExecScript(StartSleeping(), "cat /proc/self/status"), "Cpus_allowed_list").Should().Be("1");
    }

    [Fact]
    public void A_joining_process_leads_a_group_and_a_session()
    {
        string[] stat = ExecScript(StartSleeping(), "exec cat /proc/self/stat").Output.Split(' ');

        (stat[4], stat[5]).Should().Be((stat[0], stat[0]));
    }

    [Fact]
    public void All_ids_may_be_mapped_to_themselves()
    {
        Bundle.UserNamespace(0, 4294967295);

        RunScript("cat /proc/self/uid_map /proc/self/gid_map").Lines.Select(l => string.Join(' ', l.Split(' ', StringSplitOptions.RemoveEmptyEntries))).Should().Equal("0 0 4294967295", "0 0 4294967295");
    }

    [Theory]
    [InlineData(309, null, "EPERM")]
    [InlineData(309, 6, "ENXIO")]
    [InlineData(500, null, "ENOSYS")]
    [InlineData(500, 6, "ENOSYS")]
    public void A_call_that_is_newer_than_the_profile_does_not_exist(int number, int? errno, string expected)
    {
        const string Source = """
            #include <errno.h>
            #include <stdlib.h>
            #include <unistd.h>
            int main(int argc, char **argv)
            {
                (void)argc;
                int is = syscall(atoi(argv[1]), -1, 0, 0) < 0 ? errno : 0;
                const char *name = is == EPERM ? "EPERM" : is == ENXIO ? "ENXIO" : is == ENOSYS ? "ENOSYS" : "other";
                return write(1, name, __builtin_strlen(name)) < 0;
            }
            """;
        // The newest call that the profile names is close_range (436), getcpu (309) is one that it leaves out.
        Bundle.SetJson("/linux/seccomp", """
            { "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [ { "names": [ "execve", "exit", "exit_group", "write", "arch_prctl", "set_tid_address", "brk", "mmap",
              "munmap", "mprotect", "read", "close", "close_range", "futex", "rt_sigaction", "rt_sigprocmask" ], "action": "SCMP_ACT_ALLOW" } ] }
            """);
        if (errno is not null)
            Bundle.Set("/linux/seccomp/defaultErrnoRet", errno);
        Bundle.Program("call", Source).Args("call", number.ToString(System.Globalization.CultureInfo.InvariantCulture));

        NewContainer().Run().Output.Should().Be(expected);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("SECCOMP_FILTER_FLAG_TSYNC")]
    [InlineData("SECCOMP_FILTER_FLAG_LOG")]
    [InlineData("SECCOMP_FILTER_FLAG_SPEC_ALLOW")]
    [InlineData("SECCOMP_FILTER_FLAG_TSYNC,SECCOMP_FILTER_FLAG_LOG,SECCOMP_FILTER_FLAG_SPEC_ALLOW")]
    public void A_filter_holds_whatever_its_flags(string? flags)
    {
        Bundle.Set("/process/noNewPrivileges", false)
            .SetJson("/linux/seccomp", """{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [ { "names": [ "mkdir", "mkdirat" ], "action": "SCMP_ACT_ERRNO", "errnoRet": 100 } ] }""")
            .Script("mkdir /tmp/x 2>&1; grep Speculation_Store_Bypass: /proc/self/status");
        if (flags is not null)
            Bundle.Set("/linux/seccomp/flags", Bundle.Array(flags.Split(',', StringSplitOptions.RemoveEmptyEntries)));

        NewContainer().Run().Output.Should().Contain("Network is down");
    }
}
