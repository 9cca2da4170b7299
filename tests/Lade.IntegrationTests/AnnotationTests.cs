using System;
using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests;

/// <summary>Annotations <c>run.oci.*</c> that change what lade does.</summary>
public sealed class AnnotationTests : ContainerTest
{
    private static readonly string[] s_allKinds = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"];

    private Bundle Annotate(string name, string value) => Bundle.Set("/annotations/" + name, value);

    [Fact]
    public void Original_groups_are_kept()
    {
        Annotate("run.oci.keep_original_groups", "1").User(1000, 1000, 5);
        Bundle.Lade.Wrapper = "setpriv --groups 4711,4712";

        Container container = StartSleeping();

        container.Status("Groups").Should().Be("4711 4712");
        container.Exec(container.Id, "grep", "Groups", "/proc/self/status").Stdout.Trim().Should().Be("Groups:\t4711 4712");
    }

    [Fact]
    public void Output_of_hooks_goes_to_files()
    {
        Annotate("run.oci.hooks.stdout", Bundle.Directory + "/out");
        Annotate("run.oci.hooks.stderr", "../err");
        foreach (string kind in s_allKinds)
            Bundle.HookScript(kind, "echo " + kind + "; echo not " + kind + " >&2");
        Bundle.Script("exit 0");

        NewContainer().Run().Should().Be(new CommandResult(0, "", ""));

        // startContainer hooks are the image's.
        string[] kinds = [.. s_allKinds.Where(kind => kind != "startContainer")];
        File.ReadAllLines(Bundle.Directory + "/out").Should().Equal(kinds);
        File.ReadAllLines(Bundle.Directory + "/err").Should().Equal(kinds.Select(kind => "not " + kind));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Hooks_of_the_operators_in_the_container_write_to_files_of_the_host_and_those_of_the_image_do_not(bool userNamespace)
    {
        if (userNamespace)
            Bundle.UserNamespace();
        Annotate("run.oci.hooks.stdout", Bundle.Directory + "/out").HookScript("createContainer", "echo creating").HookScript("startContainer", "echo starting; chmod 4755 /proc/self/fd/1; : >/proc/self/fd/1; echo said >&2; exit 0");
        Bundle.Script("ls -l /proc/self/fd; echo; exec sleep 1000");

        Container container = Create();
        File.ReadAllText(Bundle.Directory + "/out").Should().Be("creating\n");
        container.Start().WaitForOutput("\n\n");

        File.ReadAllText(Bundle.Directory + "/out").Should().Be("creating\n");
        Directory.GetFiles("/proc/" + container.Pid + "/fd").Select(Path.GetFileName).Should().BeEquivalentTo("0", "1", "2");
        container.Stdout.Should().NotContain(Bundle.Directory + "/out\n");
    }

    [Fact]
    public void A_failing_hook_keeps_what_is_not_written_to_a_file_for_the_message()
    {
        Annotate("run.oci.hooks.stdout", Bundle.Directory + "/out").HookScript("createContainer", "echo to file; echo reason >&2; exit 3");

        CreationError().Should().Contain("error running createContainer hook #0: exit status 3, stdout: , stderr: reason");

        File.ReadAllText(Bundle.Directory + "/out").Should().Be("to file\n");
    }

    [Fact]
    public void A_file_for_output_that_cannot_be_made_is_an_error()
    {
        Annotate("run.oci.hooks.stdout", Bundle.Directory + "/absent/out").HookScript("startContainer", "exit 0").Script("exit 0");

        CreationError().Should().Contain("open " + Bundle.Directory + "/absent/out: ENOENT");
    }

    [Fact]
    public void Hooks_of_a_start_and_a_delete_by_other_commands_write_there_too()
    {
        Annotate("run.oci.hooks.stdout", Bundle.Directory + "/out").HookScript("poststart", "echo started").HookScript("poststop", "echo stopped").Script("exit 0");
        Container container = Create().Start().WaitForExit();

        container.Delete().ExitCode.Should().Be(0);

        File.ReadAllText(Bundle.Directory + "/out").Should().Be("started\nstopped\n");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_compiled_filter_takes_the_place_of_the_profile(bool profile)
    {
        // Loads the number of the call; EPERM for mkdir (83), everything else is allowed.
        byte[] filter = Instructions((0x20, 0, 0, 0), (0x15, 0, 1, 83), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7fff0000));
        Annotate("run.oci.seccomp_bpf_data", Convert.ToBase64String(filter)).Script("mkdir /made; rmdir /tmp; echo $?");
        if (profile)
            Bundle.SetJson("/linux/seccomp", """{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [ { "names": [ "rmdir", "unlinkat" ], "action": "SCMP_ACT_ERRNO" } ] }""");

        CommandResult result = NewContainer().Run();

        result.Stdout.Should().Be("0\n");
        result.Stderr.Should().Contain("mkdir: can't create directory '/made': Operation not permitted");
    }

    [Fact]
    public void A_failure_after_start_of_a_container_with_a_compiled_filter_is_named_rightly()
    {
        // A program that the kernel refuses: its last instruction is no return.
        Annotate("run.oci.seccomp_bpf_data", Convert.ToBase64String(Instructions((0x20, 0, 0, 0))));
        Container container = Create();

        CommandResult result = container.TryStart();

        result.ExitCode.Should().Be(1);
        result.Error().Should().StartWith("/annotations/run.oci.seccomp_bpf_data: load seccomp filter").And.Contain("EINVAL");
    }

    [Fact]
    public void Unknown_calls_are_an_error_if_that_is_asked_for()
    {
        Bundle.SetJson("/linux/seccomp", """{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [ { "names": [ "nonesuch" ], "action": "SCMP_ACT_ERRNO" } ] }""");
        Bundle.Script("exit 0");
        NewContainer().Run().ExitCode.Should().Be(0);

        Annotate("run.oci.seccomp_fail_unknown_syscall", "1");

        CreationError().Should().Contain("unknown system calls: nonesuch");
    }

    [Fact]
    public void A_part_of_a_version_1_cgroup_is_given_to_nobody()
    {
        Machine.NeedsCgroup1();
        Annotate("run.oci.delegate-cgroup", "payload");

        CreationError().Should().Contain("lade create failed: /annotations/run.oci.delegate-cgroup: needs cgroup v2, which this host does not have");
    }

    [Fact]
    public void A_container_without_a_cgroup_has_no_part_to_give()
    {
        Annotate("run.oci.delegate-cgroup", "payload").Save();

        CommandResult result = Bundle.Lade.Run("--cgroup-manager", "disabled", "create", "--bundle", Bundle.Path, "container");

        result.Error().Should().EndWith("/annotations/run.oci.delegate-cgroup: the container has no cgroup of its own, or its user no permission to create one");
    }

    [Fact]
    public void A_handler_that_does_not_exist_is_a_warning()
    {
        Annotate("run.oci.handler", "krun").Mount("relative", "tmpfs", "tmpfs").Script("grep -c ' /relative ' /proc/mounts");

        CommandResult result = NewContainer().Run();

        result.Stdout.Should().Be("1\n");
        result.Warnings().Should().HaveCount(2).And.Contain(text => text.Contains("/annotations/run.oci.handler: there is no handler 'krun'"))
            .And.Contain(text => text.Contains("'relative' is relative"));
    }

    /// <summary>struct sock_filter: code, jumps, constant.</summary>
    private static byte[] Instructions(params (ushort Code, byte True, byte False, uint K)[] instructions)
    {
        using var bytes = new MemoryStream();
        foreach ((ushort code, byte yes, byte no, uint k) in instructions)
        {
            bytes.Write(BitConverter.GetBytes(code));
            bytes.WriteByte(yes);
            bytes.WriteByte(no);
            bytes.Write(BitConverter.GetBytes(k));
        }

        return bytes.ToArray();
    }
}
