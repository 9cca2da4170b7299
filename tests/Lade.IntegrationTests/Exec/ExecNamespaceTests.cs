using System.Globalization;
using System.IO;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Exec;

/// <summary>`exec` joins what the container has, of whatever origin.</summary>
public sealed class ExecNamespaceTests : ExecTest
{
    [Fact]
    public void A_user_namespace()
    {
        Bundle.UserNamespace(200000, 65536).Capabilities(["CAP_CHOWN", "CAP_KILL"]);
        Container container = StartSleeping();

        CommandResult result = ExecScript(container, "id -u; cat /proc/self/uid_map; readlink /proc/self/ns/user; touch /made; cat /proc/self/status");

        result.Lines[0].Should().Be("0");
        result.Lines[1].Split(' ', System.StringSplitOptions.RemoveEmptyEntries).Should().Equal("0", "200000", "65536");
        result.Lines[2].Should().Be(Machine.NamespaceOf(container.Pid, "user"));
        StatusLine(result, "CapEff").Should().Be("0000000000000021");
        Machine.Stat(Bundle.Rootfs + "/made").Should().EndWith(" 200000:200000");
    }

    [Fact]
    public void A_user_of_a_user_namespace_with_more_than_it_may_have_outside()
    {
        Bundle.UserNamespace().SetJson("/process/rlimits", """[ { "type": "RLIMIT_CORE", "soft": 512, "hard": 512 } ]""").Set("/process/oomScoreAdj", 200);
        Container container = StartSleeping();
        CommandResult result = ExecScript(container, "id -u; id -g; ulimit -c; cat /proc/self/oom_score_adj", "--user", "1000:1001");
        result.Lines.Should().Equal("1000", "1001", "1", "200");
    }

    [Fact]
    public void A_terminal_in_a_user_namespace_belongs_to_the_user()
    {
        Bundle.UserNamespace();
        ExecScript(StartSleeping(), "stat -c %u $(tty)", "--tty", "--user", "1000").Output.Trim().Should().Be("1000");
    }

    [Fact]
    public void A_created_container_with_a_user_namespace()
    {
        Bundle.UserNamespace().Sleeps();
        ExecScript(Create(), "id -u").Output.Should().Be("0");
    }

    [Fact]
    public void A_time_namespace()
    {
        const int Offset = 10_000_000;
        Bundle.Namespace("time").SetJson("/linux/timeOffsets/boottime", "{ \"secs\": " + Offset + " }");
        Container container = StartSleeping();

        CommandResult result = ExecScript(container, "cut -d. -f1 /proc/uptime; readlink /proc/self/ns/time");

        int.Parse(result.Lines[0], CultureInfo.InvariantCulture).Should().BeGreaterThan(Offset);
        result.Lines[1].Should().Be(Machine.NamespaceOf(container.Pid, "time"));
    }

    [Fact]
    public void A_namespace_that_the_container_joined()
    {
        NamespaceHolder holder = Keep(new NamespaceHolder("--net", "--uts"));
        Bundle.Namespace("network", holder.PathOf("net"));
        Container container = StartSleeping();
        ExecScript(container, "readlink /proc/self/ns/net").Output.Should().Be(Machine.NamespaceOf(holder.Pid, "net")).And.NotBe(Machine.OwnNamespace("net"));
    }

    [Fact]
    public void The_hosts_network_also_for_a_caller_that_has_another()
    {
        Bundle.WithoutNamespace("network");
        Container container = StartSleeping();
        ExecScript(container, "readlink /proc/self/ns/net").Output.Should().Be(Machine.OwnNamespace("net"));
        Bundle.Lade.Wrapper = "unshare --net --uts --ipc";
        ExecScript(container, "readlink /proc/self/ns/net").Output.Should().Be(Machine.OwnNamespace("net"));
    }

    [Fact]
    public void The_hosts_processes()
    {
        Bundle.WithoutNamespace("pid");
        Container container = StartSleeping();
        CommandResult result = ExecScript(container, "readlink /proc/self/ns/pid; cat /proc/" + container.Pid + "/comm");
        result.Lines.Should().Equal(Machine.OwnNamespace("pid"), "sleep");
    }

    [Fact]
    public void No_namespace_at_all()
    {
        Bundle.SetJson("/linux/namespaces", "[]").SetJson("/mounts", "[]").Remove("/hostname").Remove("/linux/maskedPaths").Remove("/linux/readonlyPaths");
        File.WriteAllText(Bundle.Rootfs + "/mark", "here");
        Container container = StartSleeping();

        // There is no procfs in the root, and the working directory lies in it.
        CommandResult result = ExecScript(container, "cat /mark; echo; pwd; ls /proc; cd ..; pwd");

        result.Lines.Should().Equal("here", "/", "/");
        ExecError(container, "--cwd", "/../../nope", "container", "true").Should().Contain("no such file or directory");
    }

    [Fact]
    public void The_keyring_is_the_containers()
    {
        Assert.SkipUnless(File.Exists("/proc/keys"), "the kernel has no keyrings");
        Bundle.Remove("/linux/maskedPaths");
        Container container = StartSleeping();
        string session = ExecScript(container, "cat /proc/keys").Output;
        session.Should().Contain("_ses." + container.Id);
        ExecScript(container, "grep -c _ses." + container.Id + " /proc/keys").Output.Should().Be("1", "the second process has joined the ring of the first");
    }
}
