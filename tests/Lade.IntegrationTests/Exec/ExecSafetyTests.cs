using System;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Lade.IntegrationTests.Seccomp;
using Xunit;

namespace Lade.IntegrationTests.Exec;

/// <summary>What a hostile container may try on a process that joins it, replayed; and that what confines the container confines its guests.</summary>
public sealed class ExecSafetyTests : ExecTest
{
    private const int SysMkdir = 83;

    /// <summary>More than lade and `init` ever have open together.</summary>
    private const int MostDescriptors = 40;

    [Theory]
    [InlineData("/proc/self/fd/{0}")]
    [InlineData("/link{0}")]
    [InlineData("/proc/self/fd/{0}/../../..")]
    public void CVE_2024_21626_no_descriptor_leads_to_a_directory_of_the_host(string cwd)
    {
        for (int fd = 3; fd < MostDescriptors; fd++)
            Machine.Sh($"ln -s /proc/self/fd/{fd} '{Bundle.Rootfs}/link{fd}'");
        Container container = StartSleeping();
        // Whatever numbers lade itself has open, and one that its caller forgot.
        Bundle.Lade.Surroundings = "exec 7</ 8</sys/fs/cgroup";

        for (int fd = 3; fd < MostDescriptors; fd++)
            ExecError(container, "--cwd", string.Format(cwd, fd), "container", "pwd").Should().Contain("chdir to cwd");
    }

    [Fact]
    public void CVE_2024_21626_a_preserved_directory_is_no_way_out()
    {
        Container container = StartSleeping();
        Bundle.Lade.Surroundings = "exec 3</";
        ExecError(container, "--preserve-fds", "1", "--cwd", "/proc/self/fd/3", "container", "pwd").Should().Contain("chdir to cwd");
    }

    [Fact]
    public void CVE_2024_21626_no_executable_is_reached_by_a_descriptor()
    {
        Container container = StartSleeping();
        Bundle.Lade.Surroundings = "exec 7</ 8</bin";
        for (int fd = 3; fd < MostDescriptors; fd++)
            ExecError(container, "container", "/proc/self/fd/" + fd + "/../../bin/true").Should().Contain("exec: ");
        ExecScript(container, "ls /proc/self/fd").Lines.Should().Equal("0", "1", "2", "3");
    }

    [Fact]
    public void CVE_2019_5736_what_a_container_executes_as_itself_is_not_lade()
    {
        byte[] before = File.ReadAllBytes(LadeProgram.Path);
        Bundle.File("/bin/trap", "#!/proc/self/exe\n");
        Machine.Sh($"chmod 755 '{Bundle.Rootfs}/bin/trap'");
        Container container = StartSleeping();

        // Executed, it is init without a plan, which gives up.
        container.Exec("container", "/bin/trap").ExitCode.Should().Be(1);
        // While the program is looked for there is no process of ours that the container's procfs could show.
        container.Exec("container", "/proc/self/exe").Error().Should().Contain("exec: \"/proc/self/exe\": stat /proc/self/exe: no such file or directory");
        File.ReadAllBytes(LadeProgram.Path).SequenceEqual(before).Should().BeTrue();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void CVE_2016_9962_a_process_that_is_not_finished_yet_cannot_be_looked_into(bool userNamespace)
    {
        if (userNamespace)
            Bundle.UserNamespace();
        Bundle.Capabilities(["CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_SETUID", "CAP_KILL"]);
        Container container = StartSleeping();
        // Nobody takes the connections: lade waits for the second, and the process waits for lade.
        string path = Bundle.Directory + "/full";
        Socket listener = Listen(path, 0);
        Socket first = Keep(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified));
        first.Connect(new UnixDomainSocketEndPoint(path));
        RunningCommand exec = StartExec(container, "--pidfd-socket", path, "container", "echo", "done");
        int pid = container.OtherProcess(p => Machine.Proc(p, "syscall").StartsWith("0 "), "the process waits for lade");

        CommandResult attack = container.Exec("container", "sh", "-c", """
            for p in /proc/[0-9]*; do
                [ "$(cat $p/comm)" = lade-init ] || continue
                echo found
                for n in exe root cwd fd/0 fd/1 fd/2 fd/3 fd/4 fd/5; do readlink $p/$n; done 2>/dev/null
                for n in environ maps mem; do head -c 1 $p/$n; done 2>/dev/null
            done; true
            """);

        attack.Output.Should().Be("found");
        // What it has open all the same: the way back to lade.
        string[] open = [.. Directory.GetFiles("/proc/" + pid + "/fd").OrderBy(f => int.Parse(Path.GetFileName(f))).Select(f => new FileInfo(f).LinkTarget!)];
        open[3..].Should().ContainSingle().Which.Should().StartWith("socket:");
        new FileInfo("/proc/" + pid + "/exe").LinkTarget.Should().StartWith("/memfd:lade-init");
        Keep(listener.Accept());
        Keep(listener.Accept());
        exec.Wait(Bundle.Lade.Timeout).Should().Be(new CommandResult(0, "done\n", ""));
    }

    [Fact]
    public void CVE_2019_16884_labels_and_scores_do_not_go_through_the_containers_proc()
    {
        string fake = Bundle.MakeDirectory("fake");
        Machine.Sh($"cd '{fake}' && mkdir -p self/attr/apparmor && echo -n fake > self/oom_score_adj && echo -n fake > self/attr/exec");
        Bundle.WithoutMount("/proc").Mount("/proc", null, fake, "bind").Remove("/linux/maskedPaths").Remove("/linux/readonlyPaths").Set("/process/oomScoreAdj", 321);
        Container container = StartSleeping();
        RunningCommand exec = StartExec(container, "container", "sleep", "1000");
        int pid = container.OtherProcess("sleep");

        File.ReadAllText("/proc/" + pid + "/oom_score_adj").Should().Be("321\n");
        File.ReadAllText(fake + "/self/oom_score_adj").Should().Be("fake");
        Machine.Kill(pid);
        exec.Wait(Bundle.Lade.Timeout);
    }

    [Theory]
    [InlineData("rm /etc/passwd; mkdir /etc/passwd")]
    [InlineData("rm /etc/passwd; mkfifo /etc/passwd")]
    [InlineData("rm /etc/passwd; ln -s /dev/zero /etc/passwd")]
    [InlineData("rm /etc/passwd; ln -s /proc/self/fd/0 /etc/passwd")]
    [InlineData("rm /etc/passwd; ln -s passwd /etc/passwd")]
    [InlineData("rm /etc/passwd; yes | head -c 20000000 > /etc/passwd")]
    public void A_user_file_that_is_none_gives_no_home_and_no_harm(string script)
    {
        Bundle.Env("PATH=/bin");
        Container container = StartSleeping();
        ExecScript(container, script, "--env", "HOME=/");
        ExecScript(container, "echo $HOME").Output.Should().Be("/");
    }

    /// <summary>Opening a device or a fifo is an act of its own: whoever is on its other side must not see one.</summary>
    [Fact]
    public void A_user_file_that_is_a_fifo_is_not_opened()
    {
        Bundle.Env("PATH=/bin");
        Container container = StartSleeping();
        ExecScript(container, "rm /etc/passwd; mkfifo /etc/passwd; (: >/etc/passwd; touch /tmp/opened) >/dev/null 2>&1 & sleep 0.1", "--env", "HOME=/");

        ExecScript(container, "echo $HOME").Output.Should().Be("/");

        ExecScript(container, "sleep 0.2; ls /tmp; cat /etc/passwd & sleep 0.2; ls /tmp; kill $! 2>/dev/null; true", "--env", "HOME=/").Lines.Should().Equal("opened");
    }

    [Fact]
    public void A_user_file_outside_of_the_root_is_not_read()
    {
        Bundle.Env("PATH=/bin");
        string outside = Bundle.Directory + "/passwd";
        File.WriteAllText(outside, "x:x:0:0::/outside:/bin/sh\n");
        Machine.Sh($"rm '{Bundle.Rootfs}/etc/passwd'; ln -s ../../../../../../..{outside} '{Bundle.Rootfs}/etc/passwd'");
        ExecScript(StartSleeping(), "echo $HOME").Output.Should().Be("/");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_containers_filter_is_its_guests(bool noNewPrivileges)
    {
        Bundle.Set("/process/noNewPrivileges", noNewPrivileges).SetJson("/linux/seccomp", """
            { "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [ { "names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 76 } ] }
            """);
        CommandResult result = ExecScript(StartSleeping(), "mkdir /tmp/x 2>&1; grep Seccomp: /proc/self/status");
        result.Lines.Should().Equal("mkdir: can't create directory '/tmp/x': Name not unique on network", "Seccomp:\t2");
    }

    [Fact]
    public void An_agent_hears_of_each_process_of_a_running_container()
    {
        string path = Bundle.Directory + "/agent";
        Bundle.SetJson("/linux/seccomp", $$"""{ "defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "{{path}}", "syscalls": [] }""");
        Container container = StartSleeping();
        Agent agent = Keep(new Agent(path, _ => 76));
        // An agent of these tests serves one filter, so the container's own process has none that asks: the profile does from now on.
        string copy = container.StateDirectory + "/config.json";
        JsonNode config = JsonNode.Parse(File.ReadAllText(copy))!;
        config["linux"]!["seccomp"]!["syscalls"] = JsonNode.Parse("""[ { "names": ["mkdir"], "action": "SCMP_ACT_NOTIFY" } ]""");
        File.WriteAllText(copy, config.ToJsonString());

        CommandResult result = container.Exec("container", "sh", "-c", "mkdir /tmp/x 2>&1; true");

        result.Output.Should().Contain("Name not unique on network");
        agent.Notifications.Select(n => n.Call).Should().Equal(SysMkdir);
        ((string)agent.State["state"]!["status"]!).Should().Be("running");
        ((int)agent.State["state"]!["pid"]!).Should().Be(container.Pid);
        ((int)agent.State["pid"]!).Should().NotBe(container.Pid);
    }

    private Socket Listen(string path, int backlog)
    {
        Socket listener = Keep(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified));
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen(backlog);
        return listener;
    }
}
