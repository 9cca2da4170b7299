using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Situations;

/// <summary>Lives of containers, their cgroups and what they share, as other runtimes' suites try them.</summary>
public sealed class LifecycleSituationTests : ContainerTest
{
    [Fact]
    public void A_kept_container_keeps_its_cgroup_until_it_is_deleted()
    {
        Machine.NeedsCgroup1();
        Bundle.Args("true");
        Container container = NewContainer();

        container.Run("--keep").ExitCode.Should().Be(0);
        container.StatusWord.Should().Be("stopped");
        container.CgroupValue("pids", "pids.max").Should().Be("max");
        container.Delete().ExitCode.Should().Be(0);
        container.Leftovers().Should().BeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Delete_ends_what_outlived_the_first_process(bool force)
    {
        Machine.NeedsCgroup1();
        Bundle.WithoutNamespace("pid");
        Container container = StartSleeping();
        for (int i = 0; i < 5; i++)
            container.Exec("--detach", container.Id, "sleep", "1000").ExitCode.Should().Be(0);
        Machine.Kill(container.Pid);
        container.WaitForExit();
        int[] others = container.Processes();
        others.Should().HaveCount(5);

        container.Delete(force).ExitCode.Should().Be(0);
        container.Leftovers().Should().BeEmpty();
        others.Where(Machine.IsAlive).Should().BeEmpty();
    }

    [Fact]
    public void Containers_of_different_roots_do_not_know_each_other()
    {
        Bundle other = NewBundle();
        Container one = StartSleeping();
        other.Sleeps();
        Container two = NewContainer(other, "other").RunDetached();

        (one.StatusWord, two.StatusWord).Should().Be(("running", "running"));
        Bundle.Lade.Run("state", two.Id).ExitCode.Should().Be(1);
        other.Lade.Run("state", one.Id).ExitCode.Should().Be(1);
        Bundle.Lade.Run("list", "--quiet").Output.Should().Be(one.Id);
    }

    [Theory]
    [InlineData("createRuntime")]
    [InlineData("createContainer")]
    [InlineData("startContainer")]
    public void The_second_hook_is_named_by_its_number(string kind)
    {
        Bundle.Args("echo", "ran").Hook(kind, "/bin/true").Hook(kind, "/bin/false");
        CommandResult result = NewContainer().Run();

        result.ExitCode.Should().Be(1);
        result.Stdout.Should().BeEmpty();
        result.Stderr.Should().Contain("error running " + kind + " hook #1:");
    }

    [Fact]
    public void All_hooks_hear_of_the_bundle_by_the_path_that_was_given()
    {
        string link = Bundle.Directory + "/link";
        File.CreateSymbolicLink(link, Bundle.Path);
        foreach (string kind in (string[])["prestart", "createRuntime", "createContainer", "poststart", "poststop"])
            Bundle.HookScript(kind, $"cat >'{Bundle.Directory}/{kind}'");
        Bundle.Args("true").Save();

        Bundle.Lade.Run("run", "--bundle", link, "container").ExitCode.Should().Be(0);
        foreach (string kind in (string[])["prestart", "createRuntime", "createContainer", "poststart", "poststop"])
        {
            JsonNode state = JsonNode.Parse(File.ReadAllText(Bundle.Directory + "/" + kind))!;
            ((string)state["bundle"]!).Should().Be(link, kind);
            ((string)state["id"]!).Should().Be("container", kind);
        }
    }

    [Fact]
    public void CreateContainer_hooks_see_the_mounts_of_the_container_below_its_root()
    {
        Bundle.HookScript("createContainer", $"test -e '{Bundle.Rootfs}/proc/self' && grep -q ' {Bundle.Rootfs}/proc proc ' /proc/mounts && echo seen >'{Bundle.Directory}/seen'");

        RunScript("echo ran").Output.Should().Be("ran");
        File.ReadAllText(Bundle.Directory + "/seen").Should().Be("seen\n");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void All_namespaces_of_a_container_are_joined_by_their_paths(bool bound)
    {
        Machine.NeedsFile("/proc/self/timens_offsets");
        Bundle.UserNamespace(100000, 1000).Namespace("cgroup").Namespace("time").SetJson("/linux/timeOffsets", """{ "monotonic": { "secs": 7881 }, "boottime": { "secs": 1337 } }""");
        Container first = StartSleeping();
        Bundle joining = NewBundle().UserNamespace().Remove("/linux/uidMappings").Remove("/linux/gidMappings").Remove("/hostname").Sleeps();
        (string Type, string File)[] all = [("user", "user"), ("network", "net"), ("ipc", "ipc"), ("uts", "uts"), ("pid", "pid"), ("cgroup", "cgroup"), ("time", "time")];
        foreach ((string type, string file) in all)
        {
            string path = "/proc/" + first.Pid + "/ns/" + file;
            if (bound && type == "user")
            {
                path = Bundle.Directory + "/user";
                File.WriteAllText(path, "");
                Keep(new BoundFile(path, "/proc/" + first.Pid + "/ns/user"));
            }

            joining.Namespace(type, path);
        }

        Container second = NewContainer(joining, "second").RunDetached();

        foreach ((_, string file) in all)
            Machine.NamespaceOf(second.Pid, file).Should().Be(Machine.NamespaceOf(first.Pid, file));
        Machine.NamespaceOf(second.Pid, "mnt").Should().NotBe(Machine.NamespaceOf(first.Pid, "mnt"));
        second.Exec(second.Id, "sh", "-c", "ps -o comm,args | grep -c '^sleep *sleep 1000'").Output.Should().Be("2");
        second.Exec(second.Id, "awk", "{ print $1, $2, $3 }", "/proc/self/uid_map").Output.Should().Be("0 100000 1000");
        second.Exec(second.Id, "awk", "{ print $2 }", "/proc/self/timens_offsets").Lines.Should().Equal("7881", "1337");
    }

    [Fact]
    public void A_network_namespace_that_the_joined_user_namespace_does_not_own()
    {
        NamespaceHolder user = Keep(new NamespaceHolder("--user"));
        foreach (string map in (string[])["uid_map", "gid_map"])
            File.WriteAllText("/proc/" + user.Pid + "/" + map, "0 100000 65536\n");
        NamespaceHolder network = Keep(new NamespaceHolder("--net"));
        Bundle.UserNamespace().Remove("/linux/uidMappings").Remove("/linux/gidMappings").Namespace("user", user.PathOf("user")).Namespace("network", network.PathOf("net"))
            .WithoutMount("/sys/fs/cgroup").WithoutMount("/sys").Mount("/sys", "bind", "/sys", "rbind", "ro");
        Container container = StartSleeping();

        Machine.NamespaceOf(container.Pid, "user").Should().Be(Machine.NamespaceOf(user.Pid, "user"));
        Machine.NamespaceOf(container.Pid, "net").Should().Be(Machine.NamespaceOf(network.Pid, "net"));
        container.Exec(container.Id, "readlink", "/proc/self/ns/net").Output.Should().Be(Machine.NamespaceOf(network.Pid, "net"));
    }

    [Fact]
    public void Rules_for_devices_hold_without_a_gap_while_limits_change()
    {
        Machine.NeedsCgroup1();
        Bundle.SetJson("/linux/resources/devices", """[ { "allow": false, "access": "rwm" } ]""").SetJson("/linux/devices", """[ { "path": "/dev/kmsg", "type": "c", "major": 1, "minor": 11 } ]""")
            .Capabilities(["CAP_SYSLOG", "CAP_DAC_OVERRIDE"])
            .Script("echo ready; while :; do (: </dev/kmsg) 2>/dev/null && echo opened; (: </dev/null) || echo refused; done");
        Container container = NewContainer().RunDetached().WaitForOutput("ready");

        for (int i = 0; i < 20; i++)
            Bundle.Lade.Run("update", "--pids-limit", (50 + i).ToString(CultureInfo.InvariantCulture), container.Id).ExitCode.Should().Be(0);
        container.CgroupValue("pids", "pids.max").Should().Be("69");
        container.Stdout.Should().Be("ready\n");
    }

    [Fact]
    public void A_quota_and_a_shorter_period_change_below_a_limit_of_the_pod()
    {
        Machine.NeedsCgroup1();
        Container container = StartSleeping();
        string pod = Path.GetDirectoryName(container.Cgroup("cpu"))!;
        File.WriteAllText(pod + "/cpu.cfs_quota_us", "50000");

        Bundle.Lade.Run("update", "--cpu-quota", "60000", container.Id).ExitCode.Should().Be(1, "the pod may use half a CPU");
        Bundle.Lade.Run("update", "--cpu-period", "10000", "--cpu-quota", "3000", container.Id).ExitCode.Should().Be(0);
        (container.CgroupValue("cpu", "cpu.cfs_period_us"), container.CgroupValue("cpu", "cpu.cfs_quota_us")).Should().Be(("10000", "3000"));
    }

    [Theory]
    [InlineData("--cpu-period 50000", "50000 -1")]
    [InlineData("--cpu-quota 30000", "100000 30000")]
    public void A_quota_or_a_period_alone_where_none_was_set(string options, string expected)
    {
        Machine.NeedsCgroup1();
        Container container = StartSleeping();

        Bundle.Lade.Run(["update", .. options.Split(' '), container.Id]).ExitCode.Should().Be(0);
        (container.CgroupValue("cpu", "cpu.cfs_period_us") + " " + container.CgroupValue("cpu", "cpu.cfs_quota_us")).Should().Be(expected);
    }

    [Theory]
    [InlineData("""{ "period": 1000000 }""", "1000000 -1")]
    [InlineData("""{ "quota": 5000 }""", "100000 5000")]
    [InlineData("""{ "quota": -1 }""", "100000 -1")]
    public void A_quota_or_a_period_alone_in_the_configuration(string cpu, string expected)
    {
        Machine.NeedsCgroup1();
        Bundle.SetJson("/linux/resources/cpu", cpu);
        Container container = StartSleeping();

        (container.CgroupValue("cpu", "cpu.cfs_period_us") + " " + container.CgroupValue("cpu", "cpu.cfs_quota_us")).Should().Be(expected);
    }

    [Fact]
    public void A_period_that_the_kernel_refuses_leaves_nothing()
    {
        Machine.NeedsCgroup1();
        Bundle.SetJson("/linux/resources/cpu", """{ "period": 100 }""");

        CreationError().Should().Contain("/linux/resources/cpu/period");
    }

    /// <summary>A file that is bind-mounted on another for the time of a test.</summary>
    private sealed class BoundFile : System.IDisposable
    {
        private readonly string _path;

        public BoundFile(string path, string source)
        {
            _path = path;
            Machine.Sh($"mount --bind '{source}' '{path}'");
        }

        public void Dispose() => Machine.Sh($"umount '{_path}'");
    }
}
