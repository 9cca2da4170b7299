using System;
using System.Globalization;
using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests;

/// <summary><c>linux.namespaces</c> and <c>linux.timeOffsets</c>: new, shared with the host, joined.</summary>
public sealed class NamespaceTests : ContainerTest
{
    /// <summary>The types, as config.json and as /proc/PID/ns call them.</summary>
    public static TheoryData<string, string> Types => new()
    {
        { "pid", "pid" }, { "network", "net" }, { "mount", "mnt" }, { "ipc", "ipc" }, { "uts", "uts" }, { "cgroup", "cgroup" }, { "time", "time" }, { "user", "user" },
    };

    [Theory]
    [MemberData(nameof(Types))]
    public void A_listed_namespace_is_new(string type, string file)
    {
        if (type == "user")
            Bundle.UserNamespace();
        else
            Bundle.Namespace(type);
        Container container = StartSleeping();

        Machine.NamespaceOf(container.Pid, file).Should().NotBe(Machine.OwnNamespace(file));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void An_empty_path_means_a_new_one_too(string type, string file)
    {
        if (type == "user")
            Bundle.UserNamespace().WithoutNamespace(type);
        Bundle.Namespace(type, "");
        Container container = StartSleeping();

        Machine.NamespaceOf(container.Pid, file).Should().NotBe(Machine.OwnNamespace(file));
    }

    [Theory]
    [InlineData("pid", "pid")]
    [InlineData("network", "net")]
    [InlineData("ipc", "ipc")]
    [InlineData("cgroup", "cgroup")]
    [InlineData("time", "time")]
    [InlineData("user", "user")]
    public void A_namespace_that_is_not_listed_is_the_hosts(string type, string file)
    {
        Bundle.WithoutNamespace(type);
        if (type == "network")
            Bundle.WithoutMount("/sys/fs/cgroup").WithoutMount("/sys");
        if (type == "ipc")
            Bundle.WithoutMount("/dev/mqueue");
        Container container = StartSleeping();

        Machine.NamespaceOf(container.Pid, file).Should().Be(Machine.OwnNamespace(file));
    }

    [Fact]
    public void Without_a_uts_namespace_and_hostname_it_is_the_hosts()
    {
        Bundle.WithoutNamespace("uts").Remove("/hostname");
        Container container = StartSleeping();

        Machine.NamespaceOf(container.Pid, "uts").Should().Be(Machine.OwnNamespace("uts"));
    }

    [Theory]
    [InlineData("network", "net", "--net")]
    [InlineData("ipc", "ipc", "--ipc")]
    [InlineData("uts", "uts", "--uts")]
    [InlineData("cgroup", "cgroup", "--cgroup")]
    public void A_namespace_is_joined_by_its_path(string type, string file, string option)
    {
        NamespaceHolder holder = Keep(new NamespaceHolder(option));
        Bundle.Namespace(type, holder.PathOf(file));
        if (type == "uts")
            Bundle.Remove("/hostname");
        Container container = StartSleeping();

        Machine.NamespaceOf(container.Pid, file).Should().Be(Machine.NamespaceOf(holder.Pid, file));
        container.Delete(force: true);
        Machine.IsAlive(holder.Pid).Should().BeTrue("what was joined is not the container's");
    }

    [Fact]
    public void A_pid_namespace_is_joined_by_its_path()
    {
        Bundle first = NewBundle().Sleeps();
        Container other = NewContainer(first).RunDetached();
        Bundle.Namespace("pid", "/proc/" + other.Pid + "/ns/pid");
        Container container = StartSleeping();

        Machine.NamespaceOf(container.Pid, "pid").Should().Be(Machine.NamespaceOf(other.Pid, "pid"));
        container.Status("NSpid").Split('\t')[^1].Should().NotBe("1");
        container.Kill().ExitCode.Should().Be(0);
        container.WaitForExit();
        Machine.IsAlive(other.Pid).Should().BeTrue();
    }

    [Fact]
    public void A_pod_shares_the_namespaces_of_its_first_container()
    {
        Bundle first = NewBundle().Sleeps();
        Container sandbox = NewContainer(first).RunDetached();
        string ns = "/proc/" + sandbox.Pid + "/ns/";
        Bundle.Namespace("network", ns + "net").Namespace("ipc", ns + "ipc").Namespace("uts", ns + "uts").Namespace("pid", ns + "pid").Remove("/hostname");

        RunScript("hostname; ps | grep -c 'sleep 1000'").Lines[0].Should().Be(first.Name);
    }

    [Fact]
    public void A_mount_namespace_is_joined_by_its_path()
    {
        NamespaceHolder holder = Keep(new NamespaceHolder("--mount"));
        Bundle.Namespace("mount", holder.PathOf("mnt")).Remove("/linux/maskedPaths").Remove("/linux/readonlyPaths");
        Container container = StartSleeping();

        Machine.NamespaceOf(container.Pid, "mnt").Should().Be(Machine.NamespaceOf(holder.Pid, "mnt"));
        File.Exists(container.PathOf("/bin/busybox")).Should().BeTrue();
    }

    [Fact]
    public void A_time_namespace_is_joined_by_its_path()
    {
        NamespaceHolder holder = Keep(new NamespaceHolder("--time", "--boottime", "1000000"));
        Bundle.Namespace("time", holder.PathOf("time_for_children"));

        double.Parse(RunScript("cut -d' ' -f1 /proc/uptime").Output, CultureInfo.InvariantCulture).Should().BeGreaterThan(1000000);
    }

    [Fact]
    public void A_user_namespace_is_joined_by_its_path()
    {
        NamespaceHolder holder = Keep(new NamespaceHolder("--user"));
        foreach (string map in (string[])["uid_map", "gid_map"])
            File.WriteAllText("/proc/" + holder.Pid + "/" + map, "0 100000 65536\n");
        Machine.Sh($"find '{Bundle.Rootfs}' -type d -exec chown 100000:100000 {{}} +");
        Bundle.Namespace("user", holder.PathOf("user"));
        Container container = StartSleeping();

        Machine.NamespaceOf(container.Pid, "user").Should().Be(Machine.NamespaceOf(holder.Pid, "user"));
        container.Status("Uid").Should().StartWith("100000\t");
    }

    [Theory]
    [InlineData("network", "uts")]
    [InlineData("ipc", "net")]
    [InlineData("pid", "ipc")]
    [InlineData("uts", "mnt")]
    [InlineData("cgroup", "user")]
    [InlineData("mount", "pid")]
    [InlineData("user", "uts")]
    [InlineData("time", "uts")]
    public void A_file_of_another_type_is_an_error(string type, string file)
    {
        Bundle.Namespace(type, "/proc/self/ns/" + file).Remove("/hostname");

        CreationError().Should().Contain("/linux/namespaces/" + (Bundle.Config["linux"]!["namespaces"]!.AsArray().Count - 1)).And.Contain("/ns/" + file);
    }

    [Theory]
    [InlineData("/no/such/file", "no such file")]
    [InlineData("/etc/passwd", "is not a namespace")]
    public void A_file_that_is_no_namespace_is_an_error(string path, string reason)
    {
        Bundle.Namespace("network", path);

        CreationError().Should().Contain(path).And.Contain(reason);
    }

    [Fact]
    public void A_relative_path_is_an_error()
    {
        Bundle.Namespace("network", "self/ns/net");

        CreationError().Should().Contain("/linux/namespaces/").And.Contain("absolute");
    }

    [Fact]
    public void A_type_given_twice_is_an_error()
    {
        Bundle.SetJson("/linux/namespaces/-", """{ "type": "pid" }""");

        CreationError().Should().Contain("/linux/namespaces/");
    }

    [Fact]
    public void An_unknown_type_is_an_error()
    {
        Bundle.SetJson("/linux/namespaces/-", """{ "type": "nonsense" }""");

        CreationError().Should().Contain("/linux/namespaces/").And.Contain("nonsense");
    }

    [Fact]
    public void The_program_is_the_first_process_of_its_pid_namespace_and_session()
    {
        RunScript("echo $$; ps -o pid= | head -n 1").Lines.Select(l => l.Trim()).Should().Equal("1", "1");
        Container container = NewContainer("other");
        Bundle.Sleeps();
        container.RunDetached().Status("NSsid").Split('\t')[^1].Should().Be("1");
    }

    [Fact]
    public void The_loopback_of_a_new_network_namespace_is_up()
    {
        RunScript("cat /sys/class/net/lo/flags; ls /sys/class/net").Lines.Should().Equal("0x9", "lo");
    }

    [Theory]
    [InlineData("boottime", 1000000, 0)]
    [InlineData("boottime", -5, 999999999)]
    [InlineData("monotonic", 777, 5)]
    public void Time_offsets(string clock, int seconds, int nanoseconds)
    {
        Assert.SkipWhen(clock == "boottime" && seconds < 0 && Environment.TickCount64 < 60_000, "the machine has not been up for a minute");
        Bundle.Namespace("time").SetJson("/linux/timeOffsets/" + clock, $$"""{ "secs": {{seconds}}, "nanosecs": {{nanoseconds}} }""");
        Container container = StartSleeping();

        File.ReadAllLines("/proc/" + container.Pid + "/timens_offsets").Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Should().ContainEquivalentOf(new[] { clock, seconds.ToString(CultureInfo.InvariantCulture), nanoseconds.ToString(CultureInfo.InvariantCulture) });
    }

    [Fact]
    public void An_offset_of_an_unknown_clock_is_an_error()
    {
        Bundle.Namespace("time").SetJson("/linux/timeOffsets/realtime", """{ "secs": 1 }""");

        CreationError().Should().Contain("/linux/timeOffsets");
    }

    [Fact]
    public void An_offset_without_a_new_time_namespace_is_an_error()
    {
        Bundle.SetJson("/linux/timeOffsets/boottime", """{ "secs": 1 }""");

        CreationError().Should().Contain("/linux/timeOffsets");
    }
}
