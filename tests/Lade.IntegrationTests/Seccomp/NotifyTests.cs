using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Seccomp;

/// <summary>SCMP_ACT_NOTIFY with a real agent: how it gets the listener, and that no profile makes `init` and agent wait for each other.</summary>
public sealed class NotifyTests : ContainerTest
{
    private const int ENOTUNIQ = 76;
    private const int SysMkdir = 83;

    private string AgentPath => Bundle.Directory + "/agent";

    private Agent NewAgent(Answer answer) => Keep(new Agent(AgentPath, answer));

    private Bundle Notify(string calls, string more = "") => Bundle.SetJson("/linux/seccomp", $$"""
        {
            "defaultAction": "SCMP_ACT_ALLOW", "architectures": [ "SCMP_ARCH_X86_64" ], "listenerPath": "{{AgentPath}}", "listenerMetadata": "for \"you\"",
            "syscalls": [ { "names": {{calls}}, "action": "SCMP_ACT_NOTIFY" } {{more}} ]
        }
        """);

    private Bundle NotifyMkdir() => Notify("""[ "mkdir" ]""");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_agent_answers_for_the_kernel(bool noNewPrivileges)
    {
        NotifyMkdir().Set("/process/noNewPrivileges", noNewPrivileges).Script("mkdir /tmp/x 2>&1; echo $?");
        Agent agent = NewAgent(_ => ENOTUNIQ);

        CommandResult result = NewContainer().Run();

        result.Stderr.Should().BeEmpty();
        result.Lines.Should().Equal("mkdir: can't create directory '/tmp/x': Name not unique on network", "1");
        agent.Notifications.Select(n => n.Call).Should().Equal(SysMkdir);
    }

    [Fact]
    public void The_agent_gets_one_state_with_the_descriptor_at_start()
    {
        NotifyMkdir().SetJson("/annotations", """{ "a": "ä" }""").Script("mkdir /tmp/x && echo made; sleep 1000");
        Agent agent = NewAgent(_ => 0);
        Container container = Create();
        agent.States.Should().BeEmpty();

        container.Start().WaitForOutput("made");

        JsonNode state = agent.State;
        agent.Descriptors.Should().Be((1, 0));
        JsonNode.DeepEquals(state, JsonNode.Parse($$"""
            {
                "ociVersion": "{{Bundle.Config["ociVersion"]}}", "fds": [ "seccompFd" ], "pid": {{container.Pid}}, "metadata": "for \"you\"",
                "state": {
                    "ociVersion": "{{Bundle.Config["ociVersion"]}}", "id": "container", "status": "created", "pid": {{container.Pid}}, "bundle": "{{Bundle.Path}}",
                    "annotations": { "a": "ä" }
                }
            }
            """)).Should().BeTrue(state.ToJsonString());
        Directory.Exists(Bundle.Rootfs + "/tmp/x").Should().BeTrue();
    }

    [Theory]
    [InlineData(true, 0u)]
    [InlineData(false, 0u)]
    [InlineData(true, 1000u)]
    [InlineData(false, 1000u)]
    public void All_that_init_calls_itself_may_be_notified(bool noNewPrivileges, uint uid)
    {
        Notify("""
            [
                "execve", "read", "close", "close_range", "open", "openat", "sendmsg", "recvmsg", "recvfrom", "prctl", "capget", "capset", "setgroups", "setresuid", "setresgid",
                "setuid", "setgid", "fchown", "fstat"
            ]
            """).Set("/process/noNewPrivileges", noNewPrivileges).User(uid, uid).Script("echo in; id -u");
        Agent agent = NewAgent(_ => 0);

        CommandResult result = NewContainer().Run();

        result.Stderr.Should().BeEmpty();
        result.Lines.Should().Equal("in", uid.ToString());
        agent.Notifications.Should().Contain(n => n.Call == 59).And.Contain(n => n.Call == 0);
    }

    [Theory]
    [InlineData("SCMP_ACT_ERRNO", true)]
    [InlineData("SCMP_ACT_ERRNO", false)]
    [InlineData("SCMP_ACT_KILL_PROCESS", true)]
    [InlineData("SCMP_ACT_KILL_PROCESS", false)]
    public void A_profile_need_not_allow_sockets(string action, bool noNewPrivileges)
    {
        Notify("""[ "mkdir" ]""", $$""", { "names": [ "socket", "connect", "sendmsg", "sendto", "recvmsg", "recvfrom" ], "action": "{{action}}" } """)
            .Set("/process/noNewPrivileges", noNewPrivileges).Script("mkdir /tmp/x && echo made");
        NewAgent(_ => 0);

        NewContainer().Run().Should().Be(new CommandResult(0, "made\n", ""));
    }

    [Fact]
    public void A_failure_after_the_filter_is_reported_through_it()
    {
        Notify("""[ "mkdir" ]""", """, { "names": [ "sendmsg" ], "action": "SCMP_ACT_ERRNO" } """).File("/bin/broken", "no program").Args("/bin/broken");
        File.SetUnixFileMode(Bundle.Rootfs + "/bin/broken", (UnixFileMode)0x1ed);
        NewAgent(_ => 0);
        Container container = NewContainer();

        CommandResult result = container.Run();

        result.Stderr.Should().Contain("exec format error");
        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void A_user_namespace()
    {
        NotifyMkdir().UserNamespace().Script("mkdir /tmp/x 2>&1; echo $?");
        NewAgent(_ => ENOTUNIQ);

        NewContainer().Run().Lines.Should().Equal("mkdir: can't create directory '/tmp/x': Name not unique on network", "1");
    }

    [Fact]
    public void A_state_larger_than_any_buffer_comes_whole()
    {
        string large = new('x', 400_000);
        NotifyMkdir().Set("/annotations", new JsonObject { ["large"] = large }).Script("mkdir /tmp/x && echo made");
        Agent agent = NewAgent(_ => 0);

        NewContainer().Run().Output.Should().Be("made");

        ((string)agent.State["state"]!["annotations"]!["large"]!).Should().Be(large);
        agent.Descriptors.Should().Be((1, 0));
    }

    [Fact]
    public void Calls_fail_when_the_agent_has_died()
    {
        NotifyMkdir().Script("mkdir /tmp/x && echo made; until [ -e /tmp/dead ]; do sleep 0.01; done; mkdir /tmp/y 2>&1");
        Container container = NewContainer();
        using (new Agent(AgentPath, _ => 0))
            container.RunDetached().WaitForOutput("made");

        Bundle.File("/tmp/dead", "");

        container.WaitForOutput("mkdir: can't create directory '/tmp/y': Function not implemented");
    }

    [Theory]
    [InlineData("create")]
    [InlineData("run")]
    public void Without_an_agent_nothing_is_made(string command)
    {
        NotifyMkdir().Args("true");
        Container container = NewContainer();

        CommandResult result = command == "create" ? container.TryCreate() : container.Run();

        result.ExitCode.Should().Be(1);
        result.Stderr.Should().Contain("/linux/seccomp/listenerPath: stat the seccomp agent's socket " + AgentPath + ": ENOENT");
        container.Leftovers().Should().BeEmpty();
    }

    [Theory]
    [InlineData(SocketType.Stream, "ECONNREFUSED")]
    [InlineData(SocketType.Seqpacket, "EPROTOTYPE")]
    [InlineData(SocketType.Dgram, "EPROTOTYPE")]
    public void When_the_listener_cannot_be_sent_the_container_is_destroyed(SocketType type, string error)
    {
        // A socket of another type that listens; a stream on which nobody does.
        NotifyMkdir().Sleeps();
        using var socket = new Socket(AddressFamily.Unix, type, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(AgentPath));
        Container container = Create();
        int pid = container.Pid;

        CommandResult result = container.TryStart();

        result.ExitCode.Should().Be(1);
        result.Stderr.Should().Contain("connect to the seccomp agent at " + AgentPath + ": " + error);
        Machine.IsAlive(pid).Should().BeFalse();
        container.Leftovers().Should().BeEmpty();

        Container other = NewContainer("other");
        other.Run().Stderr.Should().Contain(error);
        other.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void Who_asks_nobody_needs_no_agent()
    {
        NotifyMkdir().Set("/linux/seccomp/syscalls/0/action", "SCMP_ACT_LOG");

        RunScript("echo in").Output.Should().Be("in");
    }

    [Theory]
    [InlineData("annotation")]
    [InlineData("environment")]
    public void The_agent_may_be_named_elsewhere(string where)
    {
        NotifyMkdir().Remove("/linux/seccomp/listenerPath").Remove("/linux/seccomp/listenerMetadata");
        if (where == "annotation")
            Bundle.Set("/annotations", new JsonObject { ["run.oci.seccomp.receiver"] = AgentPath });
        else
            Bundle.Lade.Environment["RUN_OCI_SECCOMP_RECEIVER"] = AgentPath;
        Agent agent = NewAgent(_ => 0);

        RunScript("mkdir /tmp/x && echo made").Output.Should().Be("made");
        agent.State.AsObject().Should().NotContainKey("metadata");
    }

    [Fact]
    public void An_agent_is_required()
    {
        NotifyMkdir().Remove("/linux/seccomp/listenerPath").Remove("/linux/seccomp/listenerMetadata");

        CreationError().Should().Contain("/linux/seccomp/listenerPath: is missing");
    }

    [Fact]
    public void A_relative_path_starts_at_the_bundle()
    {
        NotifyMkdir().Set("/linux/seccomp/listenerPath", "../agent");
        NewAgent(_ => 0);

        RunScript("mkdir /tmp/x && echo made").Output.Should().Be("made");
    }
}
