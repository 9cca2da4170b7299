using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests;

/// <summary><c>process</c>: what is executed, where, as whom, and with which inheritance from the caller: none but the three standard descriptors.</summary>
public sealed class ProcessTests : ContainerTest
{
    [Fact]
    public void Arguments_are_passed_as_they_are()
    {
        Bundle.Args("sh", "-c", "sleep 1000; :", "", "a b", "ünïcode", "$HOME", "\n");
        Container container = NewContainer().RunDetached();

        File.ReadAllText("/proc/" + container.Pid + "/cmdline").Split('\0')[..^1].Should().Equal("sh", "-c", "sleep 1000; :", "", "a b", "ünïcode", "$HOME", "\n");
    }

    [Fact]
    public void The_environment_is_exactly_that_of_the_config()
    {
        Bundle.Env("PATH=/bin", "A=b", "EMPTY=", "SPACE= x y ", "U=ü", "HOME=/nowhere");
        Bundle.Lade.Environment["LEAK"] = "1";
        Bundle.Lade.Environment["LD_PRELOAD"] = "";
        Container container = StartSleeping();

        File.ReadAllText("/proc/" + container.Pid + "/environ").Split('\0')[..^1].Should().Equal("PATH=/bin", "A=b", "EMPTY=", "SPACE= x y ", "U=ü", "HOME=/nowhere");
    }

    [Theory]
    [InlineData(0u, "/root")]
    [InlineData(1000u, "/home/sailor")]
    [InlineData(4711u, "/")]
    public void HOME_is_looked_up_where_it_is_missing(uint uid, string home)
    {
        Bundle.User(uid, 0);

        RunScript("echo $HOME").Output.Should().Be(home);
    }

    [Fact]
    public void An_empty_HOME_counts_as_missing_and_of_equal_names_the_last_wins()
    {
        Bundle.Env("PATH=/bin", "HOME=", "A=1", "A=2");

        Container container = StartSleeping();

        File.ReadAllText("/proc/" + container.Pid + "/environ").Split('\0')[..^1].Should().Equal("PATH=/bin", "A=2", "HOME=/root");
    }

    [Fact]
    public void HOME_is_that_of_a_passwd_file_that_is_mounted()
    {
        File.WriteAllText(Bundle.MakeDirectory("source") + "/passwd", "root:x:0:0::/mounted:/bin/sh\n");
        Bundle.Mount("/etc/passwd", null, Bundle.Directory + "/source/passwd", "bind");

        RunScript("echo $HOME").Output.Should().Be("/mounted");
    }

    [Fact]
    public void The_program_is_searched_in_the_PATH_of_the_config()
    {
        Machine.Sh($"mkdir '{Bundle.Rootfs}/opt' && ln -s /bin/busybox '{Bundle.Rootfs}/opt/id'");
        Bundle.Env("PATH=/nowhere:/opt:/bin").Args("id", "-u");

        NewContainer().Run().Stdout.Should().Be("0\n");
    }

    [Fact]
    public void Without_PATH_the_usual_directories_are_searched()
    {
        Bundle.Env().Args("id", "-u");

        CommandResult result = NewContainer().Run();

        result.Stdout.Should().Be("0\n", result.Stderr);
    }

    [Fact]
    public void A_path_with_a_slash_starts_at_the_working_directory()
    {
        Bundle.Set("/process/cwd", "/usr").Args("../bin/pwd");

        NewContainer().Run().Stdout.Should().Be("/usr\n");
    }

    [Theory]
    [InlineData("nonesuch", "executable file not found in $PATH")]
    [InlineData("/nonesuch", "no such file or directory")]
    [InlineData("/etc/passwd", "permission denied")]
    [InlineData("/etc", "is a directory")]
    public void A_program_that_cannot_be_executed_makes_create_fail(string program, string reason)
    {
        Bundle.Args(program);

        CreationError().Should().Contain(program).And.Contain(reason);
    }

    [Fact]
    public void A_script_without_its_interpreter_makes_start_fail()
    {
        Bundle.File("/bin/script", "#!/no/interpreter\n").Args("/bin/script");
        Machine.Sh($"chmod 755 '{Bundle.Rootfs}/bin/script'");
        Container container = NewContainer();

        CommandResult result = container.Run();

        result.ExitCode.Should().Be(1);
        result.Stderr.Should().Contain("/bin/script").And.Contain("no such file or directory");
        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void The_working_directory()
    {
        Bundle.Set("/process/cwd", "/etc");

        RunScript("pwd; readlink /proc/self/cwd").Lines.Should().Equal("/etc", "/etc");
    }

    [Fact]
    public void A_missing_working_directory_is_made()
    {
        Bundle.Set("/process/cwd", "/new/place").Set("/root/readonly", true).User(1000, 1000);

        RunScript("pwd").Output.Should().Be("/new/place");
        Machine.Stat(Bundle.Rootfs + "/new/place").Should().Be("directory 0:0 755 0:0");
    }

    [Fact]
    public void A_working_directory_in_a_mount_that_only_the_user_may_enter()
    {
        string volume = Bundle.MakeDirectory("volume");
        Machine.Sh($"mkdir -m 700 '{volume}/own' && chown 1000:1000 '{volume}/own'");
        Bundle.Mount("/mnt", null, volume, "bind").Set("/process/cwd", "/mnt/own").User(1000, 1000).Capabilities([]);

        RunScript("pwd").Output.Should().Be("/mnt/own");
    }

    [Theory]
    [InlineData("tmp")]
    [InlineData("")]
    public void A_working_directory_that_is_not_absolute_is_an_error(string path)
    {
        Bundle.Set("/process/cwd", path);

        CreationError().Should().Contain("/process/cwd");
    }

    [Fact]
    public void A_working_directory_that_is_a_file_is_an_error()
    {
        Bundle.Set("/process/cwd", "/etc/passwd");

        CreationError().Should().Contain("/process/cwd").And.Contain("ENOTDIR");
    }

    [Fact]
    public void The_user_and_groups_are_exactly_the_configs()
    {
        Bundle.User(1000, 1001, 5, 2000, 6);
        Bundle.Lade.Wrapper = "setpriv --groups 4711,4712";
        Container container = StartSleeping();

        container.Status("Uid").Should().Be("1000\t1000\t1000\t1000");
        container.Status("Gid").Should().Be("1001\t1001\t1001\t1001");
        container.Status("Groups").Should().Be("5 6 2000");
    }

    [Fact]
    public void Groups_of_the_caller_are_not_inherited()
    {
        Bundle.Lade.Wrapper = "setpriv --groups 4711,4712";
        StartSleeping().Status("Groups").Should().BeEmpty();
    }

    [Theory]
    [InlineData(63u, "0077")]
    [InlineData(0u, "0000")]
    [InlineData(null, "0022")]
    public void The_umask(uint? value, string umask)
    {
        if (value is { } given)
            Bundle.Set("/process/user/umask", given);
        Bundle.Lade.Surroundings = "umask 007";

        StartSleeping().Status("Umask").Should().Be(umask);
    }

    [Theory]
    [InlineData(100, 0)]
    [InlineData(1000, 0)]
    [InlineData(0, 500)]
    [InlineData(null, 500)]
    [InlineData(null, 0)]
    public void The_oom_score(int? value, int callers)
    {
        if (value is { } given)
            Bundle.Set("/process/oomScoreAdj", given);
        Bundle.Lade.Surroundings = "echo " + callers + " > /proc/self/oom_score_adj";
        Container container = StartSleeping();

        File.ReadAllText("/proc/" + container.Pid + "/oom_score_adj").Should().Be((value ?? callers) + "\n");
    }

    [Fact]
    public void A_negative_oom_score_is_set_or_an_error()
    {
        Bundle.Set("/process/oomScoreAdj", -500).Sleeps();
        const int CAP_SYS_RESOURCE = 24;
        if (Machine.HasCapability(CAP_SYS_RESOURCE))
            File.ReadAllText("/proc/" + Create().Pid + "/oom_score_adj").Should().Be("-500\n");
        else
            CreationError().Should().Contain("/process/oomScoreAdj").And.Contain("EACCES");
    }

    [Theory]
    [InlineData(true, "1")]
    [InlineData(false, "0")]
    [InlineData(null, "0")]
    public void No_new_privileges(bool? value, string shown)
    {
        if (value is { } given)
            Bundle.Set("/process/noNewPrivileges", given);
        else
            Bundle.Remove("/process/noNewPrivileges");

        StartSleeping().Status("NoNewPrivs").Should().Be(shown);
    }

    [Theory]
    [InlineData("LINUX32", "i686", "00000008")]
    [InlineData("LINUX", "x86_64", "00000000")]
    public void The_personality(string domain, string machine, string value)
    {
        Bundle.Set("/linux/personality/domain", domain).Script("uname -m; sleep 1000");
        Container container = NewContainer().RunDetached().WaitForOutput("\n");

        container.Stdout.Should().Be(machine + "\n");
        File.ReadAllText("/proc/" + container.Pid + "/personality").Should().Be(value + "\n");
    }

    [Fact]
    public void Only_the_standard_descriptors_are_open()
    {
        Bundle.Lade.Surroundings = "exec 3</etc/passwd 7</ 9>/dev/null";
        Container container = StartSleeping();

        Descriptors(container.Pid).Should().Equal("0", "1", "2");
    }

    [Fact]
    public void Preserved_descriptors_are_passed_in_addition()
    {
        Bundle.Lade.Surroundings = "exec 3</etc/passwd 4</etc/group 5</etc/hostname 7</";
        Bundle.Script("cat <&3 | head -n 1; cat <&4 | head -n 1; sleep 1000");
        Container container = NewContainer().RunDetached("--preserve-fds", "2").WaitForOutput("root:x:0:\n");

        Descriptors(container.Pid).Should().Equal("0", "1", "2", "3", "4");
    }

    [Fact]
    public void A_preserved_descriptor_that_is_not_open_is_an_error()
    {
        Bundle.Lade.Surroundings = "exec 3</etc/passwd";
        CommandResult result = NewContainer().TryCreate("--preserve-fds", "2");

        result.ExitCode.Should().Be(1);
        result.Stderr.Should().Contain("unable to stat preserved-fd 1 (of 2)");
    }

    [Fact]
    public void The_signal_mask_and_dispositions_are_clean()
    {
        Bundle.Lade.Wrapper = "env --block-signal=USR1,TERM --ignore-signal=INT,HUP,PIPE,CHLD";
        Container container = StartSleeping();

        foreach (string set in (string[])["SigBlk", "SigIgn", "SigPnd", "SigCgt"])
            container.Status(set).Should().Be("0000000000000000", set);
    }

    [Fact]
    public void The_program_has_a_session_keyring_of_its_own()
    {
        Bundle.Remove("/linux/maskedPaths").Script("cat /proc/keys; sleep 1000");
        Container container = NewContainer("with-keyring");
        container.RunDetached().WaitForOutput("_ses.with-keyring");
    }

    [Fact]
    public void Annotations_stand_in_the_state()
    {
        Bundle.SetJson("/annotations", """{ "org.example.a": "1", "org.opencontainers.image.os": "linux", "empty": "", "ü": "\n" }""").Sleeps();
        Container container = Create();

        container.State()["annotations"]!.ToJsonString().Should().Be(Bundle.Config["annotations"]!.ToJsonString());
    }

    [Fact]
    public void Unknown_properties_are_ignored_at_every_level()
    {
        foreach (string pointer in (string[])["", "/root", "/process", "/process/user", "/mounts/0", "/linux", "/linux/resources", "/linux/namespaces/0"])
            Bundle.SetJson(pointer + "/unknown", """{ "a": [ 1, { "b": null } ] }""");

        RunScript("echo in").Output.Should().Be("in");
    }

    private static string[] Descriptors(int pid) => [.. Directory.GetFiles("/proc/" + pid + "/fd").Concat(Directory.GetDirectories("/proc/" + pid + "/fd")).Select(f => Path.GetFileName(f)!).Order()];
}
