using System;
using System.IO;
using System.Text.Json.Nodes;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests;

/// <summary><c>linux.seccomp</c> on the running kernel.</summary>
public sealed class SeccompTests : ContainerTest
{
    private Bundle Filter(string json) => Bundle.SetJson("/linux/seccomp", json);

    private static string Forbid(string calls, string action, string more = "") =>
        $$"""{ "defaultAction": "SCMP_ACT_ALLOW", "architectures": [ "SCMP_ARCH_X86_64" ], "syscalls": [ { "names": {{calls}}, "action": "{{action}}" {{more}} } ] }""";

    [Theory]
    [InlineData("", "Operation not permitted")]
    [InlineData(""", "errnoRet": 95 """, "Operation not supported")]
    [InlineData(""", "errnoRet": 30 """, "Read-only file system")]
    public void A_forbidden_call_gives_the_errno(string more, string message)
    {
        Filter(Forbid("""[ "mkdir", "mkdirat" ]""", "SCMP_ACT_ERRNO", more));

        RunScript("mkdir /tmp/x 2>&1; touch /tmp/y && echo allowed").Lines.Should().Equal("mkdir: can't create directory '/tmp/x': " + message, "allowed");
    }

    [Fact]
    public void Errno_0_makes_the_call_do_nothing()
    {
        Filter(Forbid("""[ "mkdir", "mkdirat" ]""", "SCMP_ACT_ERRNO", """, "errnoRet": 0 """));

        RunScript("mkdir /tmp/x && echo done; ls /tmp").Output.Should().Be("done");
    }

    [Theory]
    [InlineData("SCMP_ACT_KILL_PROCESS")]
    [InlineData("SCMP_ACT_KILL")]
    [InlineData("SCMP_ACT_KILL_THREAD")]
    [InlineData("SCMP_ACT_TRAP")]
    public void A_forbidden_call_kills(string action)
    {
        Filter(Forbid("""[ "mkdir", "mkdirat" ]""", action)).Args("mkdir", "/tmp/x");

        NewContainer().Run().ExitCode.Should().Be(128 + 31);
        Directory.Exists(Bundle.Rootfs + "/tmp/x").Should().BeFalse();
    }

    [Fact]
    public void A_logged_call_is_allowed()
    {
        Filter(Forbid("""[ "mkdir", "mkdirat" ]""", "SCMP_ACT_LOG"));

        RunScript("mkdir /tmp/x && echo made").Output.Should().Be("made");
    }

    [Fact]
    public void A_condition_on_an_argument()
    {
        // personality(2) with 8 is PER_LINUX32.
        Filter(Forbid("""[ "personality" ]""", "SCMP_ACT_ERRNO", """, "args": [ { "index": 0, "value": 8, "op": "SCMP_CMP_EQ" } ] """));

        RunScript("linux64 echo allowed; linux32 echo forbidden 2>/dev/null || echo refused").Lines.Should().Equal("allowed", "refused");
    }

    [Fact]
    public void An_unlisted_call_has_the_default_action()
    {
        JsonObject profile = DockerProfile();
        profile["defaultErrnoRet"] = 5;
        Bundle.Set("/linux/seccomp", profile);

        RunScript("cat /proc/self/status | grep Seccomp:; unshare -m true 2>&1 | grep -o 'Input.*'").Lines.Should().Equal("Seccomp:\t2", "Input/output error");
    }

    [Theory]
    [InlineData(true, 0u)]
    [InlineData(false, 0u)]
    [InlineData(true, 1000u)]
    [InlineData(false, 1000u)]
    public void Dockers_filter_is_loaded_with_and_without_no_new_privileges(bool noNewPrivileges, uint uid)
    {
        Bundle.Set("/linux/seccomp", DockerProfile()).Set("/process/noNewPrivileges", noNewPrivileges).User(uid, uid);
        Container container = StartSleeping();

        container.Status("Seccomp").Should().Be("2");
        container.Status("Seccomp_filters").Should().Be("1");
        container.Status("NoNewPrivs").Should().Be(noNewPrivileges ? "1" : "0");
        container.Status("Uid").Should().StartWith(uid + "\t");
    }

    [Fact]
    public void An_engines_filter_is_there_while_the_container_waits()
    {
        Bundle.Set("/linux/seccomp", DockerProfile()).Sleeps();
        Container container = Create();

        container.Status("Seccomp").Should().Be("2");
        container.Start().Status("Seccomp").Should().Be("2");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_filter_that_allows_execve_alone_lets_the_program_start(bool noNewPrivileges)
    {
        // Without no_new_privs the filter comes before the change of user and capabilities, which it then has to allow.
        string more = noNewPrivileges ? "" : """, "capset", "capget", "prctl", "setgroups", "setresuid", "setresgid", "setuid", "setgid", "close_range", "close", "umask" """;
        Filter($$"""{ "defaultAction": "SCMP_ACT_KILL_PROCESS", "syscalls": [ { "names": [ "execve" {{more}} ], "action": "SCMP_ACT_ALLOW" } ] }""")
            .Set("/process/noNewPrivileges", noNewPrivileges).Args("true");

        // The program dies by its own first call, not init.
        CommandResult result = NewContainer().Run();

        result.ExitCode.Should().Be(128 + 31, result.Stderr);
        result.Stderr.Should().BeEmpty();
    }

    [Fact]
    public void Calls_of_32_bit_programs_are_another_architectures()
    {
        Filter("""{ "defaultAction": "SCMP_ACT_ALLOW", "architectures": [ "SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32" ], "flags": [ "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW" ] }""");

        RunScript("echo in").Output.Should().Be("in");
    }

    [Theory]
    [InlineData("""{ "defaultAction": "SCMP_ACT_NONSENSE" }""", "/linux/seccomp/defaultAction")]
    [InlineData("""{ "defaultAction": "SCMP_ACT_ALLOW", "architectures": [ "SCMP_ARCH_NONSENSE" ] }""", "/linux/seccomp/architectures/0")]
    [InlineData("""{ "defaultAction": "SCMP_ACT_ALLOW", "flags": [ "NONSENSE" ] }""", "/linux/seccomp/flags/0")]
    [InlineData("""{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [ { "names": [], "action": "SCMP_ACT_ERRNO" } ] }""", "/linux/seccomp/syscalls/0")]
    [InlineData("""{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [ { "names": [ "read" ], "action": "SCMP_ACT_KILL", "errnoRet": 1 } ] }""", "/linux/seccomp/syscalls/0")]
    public void Wrong_filters_are_errors(string json, string pointer)
    {
        Filter(json);

        CreationError().Should().Contain(pointer);
    }

    [Fact]
    public void A_call_that_no_kernel_has_is_skipped()
    {
        Filter(Forbid("""[ "mkdir", "no_such_call" ]""", "SCMP_ACT_ERRNO"));

        RunScript("echo in").Output.Should().Be("in");
    }

    /// <summary>Of a config.json that Docker wrote.</summary>
    private static JsonObject DockerProfile() =>
        JsonNode.Parse(File.ReadAllText(AppContext.BaseDirectory + "/Samples/docker-run.json"))!["linux"]!["seccomp"]!.DeepClone().AsObject();
}
