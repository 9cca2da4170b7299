using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Exec;

/// <summary>Each option of `exec` that changes what the process inherits.</summary>
public sealed class ExecOptionTests : ExecTest
{
    [Fact]
    public void Directory_is_where_the_process_starts() => ExecScript(StartSleeping(), "pwd", "--cwd", "/usr").Output.Should().Be("/usr");

    [Fact]
    public void A_missing_directory_is_not_made()
    {
        Container container = StartSleeping();
        ExecError(container, "--cwd", "/nope", "container", "true").Should().Contain("chdir to cwd (\"/nope\") set in config.json failed").And.Contain("no such file or directory");
        Directory.Exists(Bundle.Rootfs + "/nope").Should().BeFalse();
    }

    [Fact]
    public void A_relative_directory_is_refused() =>
        ExecError(StartSleeping(), "--cwd", "usr", "container", "true").Should().Contain("'usr' is no absolute path");

    [Fact]
    public void Variables_are_added_and_win()
    {
        Bundle.Env("PATH=/bin", "A=1", "B=2");
        ExecScript(StartSleeping(), "echo $A $B $C", "-e", "A=3", "--env", "C=a,b c").Output.Should().Be("3 2 a,b c");
    }

    [Fact]
    public void A_variable_needs_a_value() => ExecError(StartSleeping(), "--env", "NOVALUE", "container", "true").Should().Contain("/process/env/");

    [Theory]
    [InlineData("1000", "1000 0")]
    [InlineData("1000:1000", "1000 1000")]
    [InlineData("1:5", "1 5")]
    [InlineData("0:5", "0 5")]
    [InlineData("4000000:4000001", "4000000 4000001")]
    public void User_and_group(string user, string ids)
    {
        CommandResult result = ExecScript(StartSleeping(), "echo $(id -u) $(id -g); cat /proc/self/status", "--user", user);

        result.Lines[0].Should().Be(ids);
        // All four of each: real, effective, saved and of the file system (CVE-2026-30892).
        StatusLine(result, "Uid").Split('\t').Distinct().Should().Equal(ids.Split(' ')[0]);
        StatusLine(result, "Gid").Split('\t').Distinct().Should().Equal(ids.Split(' ')[1]);
    }

    [Theory]
    [InlineData("sailor")]
    [InlineData("1000:")]
    [InlineData(":5")]
    [InlineData("-1")]
    [InlineData("1:2:3")]
    [InlineData("4294967295")]
    public void A_user_is_a_number(string user) => ExecError(StartSleeping(), "--user", user, "container", "true").Should().Contain("invalid --user argument");

    [Fact]
    public void Groups_are_added()
    {
        Bundle.User(0, 0, 5);
        ExecScript(StartSleeping(), "id -G", "-g", "20", "--additional-gids", "21").Output.Should().Be("0 5 20 21");
    }

    [Fact]
    public void A_group_is_a_number() => ExecError(StartSleeping(), "-g", "wheel", "container", "true").Should().Contain("invalid --additional-gids argument");

    [Fact]
    public void A_capability_is_added_and_never_inheritable()
    {
        Bundle.Capabilities(["CAP_KILL"]);

        CommandResult result = ExecScript(StartSleeping(), "cat /proc/self/status", "--cap", "CAP_CHOWN", "-c", "CAP_FOWNER");

        foreach (string set in (string[])["CapPrm", "CapEff", "CapBnd"])
            StatusLine(result, set).Should().Be("0000000000000029");
        // CVE-2022-29162, CVE-2022-27650.
        StatusLine(result, "CapInh").Should().Be("0000000000000000");
        StatusLine(result, "CapAmb").Should().Be("0000000000000000");
    }

    [Fact]
    public void A_capability_is_ambient_where_the_configuration_has_it_inheritable()
    {
        Bundle.Capabilities(["CAP_KILL"], ["CAP_KILL"]);

        CommandResult result = ExecScript(StartSleeping(), "cat /proc/self/status", "--cap", "CAP_KILL", "--cap", "CAP_CHOWN", "--user", "1000");

        StatusLine(result, "CapEff").Should().Be("0000000000000020");
        StatusLine(result, "CapInh").Should().Be("0000000000000020");
        StatusLine(result, "CapAmb").Should().Be("0000000000000020");
        StatusLine(result, "CapBnd").Should().Be("0000000000000021");
    }

    [Fact]
    public void An_unknown_capability_is_a_warning()
    {
        CommandResult result = StartSleeping().Exec("--cap", "CAP_NONE", "container", "true");
        result.ExitCode.Should().Be(0);
        result.Stderr.Should().Contain("level=warning").And.Contain("CAP_NONE ignored");
    }

    [Theory]
    [InlineData("true", "--no-new-privs=false", "0")]
    [InlineData("false", "--no-new-privs", "1")]
    public void No_new_privileges_are_as_asked(string configured, string option, string expected)
    {
        Bundle.SetJson("/process/noNewPrivileges", configured);
        StatusLine(ExecScript(StartSleeping(), "cat /proc/self/status", option), "NoNewPrivs").Should().Be(expected);
    }

    [Fact]
    public void An_apparmor_profile_without_apparmor_is_a_warning()
    {
        Assert.SkipWhen(Directory.Exists("/sys/module/apparmor"), "the machine has AppArmor");
        CommandResult result = StartSleeping().Exec("--apparmor", "strict", "container", "true");
        result.ExitCode.Should().Be(0);
        result.Stderr.Should().Contain("profile 'strict' is not applied");
    }

    [Fact]
    public void A_label_without_selinux_is_an_error()
    {
        Assert.SkipWhen(Directory.Exists("/sys/fs/selinux"), "the machine has SELinux");
        ExecError(StartSleeping(), "--process-label", "a:b:c:d", "container", "true").Should().Contain("selinux is disabled");
    }

    [Fact]
    public void Home_is_the_users_in_the_containers_file()
    {
        Bundle.Env("PATH=/bin");
        Container container = StartSleeping();
        ExecScript(container, "echo $HOME").Output.Should().Be("/root");
        ExecScript(container, "echo $HOME", "--user", "1000").Output.Should().Be("/home/sailor");
        ExecScript(container, "echo $HOME", "--user", "77").Output.Should().Be("/");
        ExecScript(container, "echo $HOME", "--env", "HOME=/given").Output.Should().Be("/given");
        // As it is now, not as it was at create.
        ExecScript(container, "echo 'cook:x:77:77::/galley:' >> /etc/passwd");
        ExecScript(container, "echo $HOME", "--user", "77").Output.Should().Be("/galley");
    }

    [Fact]
    public void Preserved_descriptors_arrive_and_no_others()
    {
        Container container = StartSleeping();
        Bundle.Lade.Surroundings = "exec 3</etc/hostname 4</etc/passwd 5</etc/group";
        ExecScript(container, "ls /proc/self/fd", "--preserve-fds", "2").Lines.Should().Equal("0", "1", "2", "3", "4", "5");
        // 5 is ls's own, of the directory.
        ExecScript(container, "readlink /proc/self/fd/5; readlink /proc/self/fd/3; readlink /proc/self/fd/4", "--preserve-fds", "2").Lines.Should().Equal("/etc/hostname", "/etc/passwd");
        ExecScript(container, "ls /proc/self/fd").Lines.Should().Equal("0", "1", "2", "3");
    }

    [Fact]
    public void A_preserved_descriptor_that_is_not_open_is_an_error() =>
        ExecError(StartSleeping(), "--preserve-fds", "1", "container", "true").Should().Contain("unable to stat preserved-fd");
}
