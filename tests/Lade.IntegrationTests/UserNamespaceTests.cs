using System;
using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests;

/// <summary>Containers in a user namespace: <c>linux.uidMappings</c>, and what works differently there.</summary>
public sealed class UserNamespaceTests : ContainerTest
{
    private static string[] Map(int pid, string file) => [.. File.ReadAllLines("/proc/" + pid + "/" + file).Select(l => string.Join(' ', l.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];

    [Fact]
    public void Ids_are_mapped()
    {
        Bundle.UserNamespace(200000, 1000);
        Container container = StartSleeping();

        Map(container.Pid, "uid_map").Should().Equal("0 200000 1000");
        Map(container.Pid, "gid_map").Should().Equal("0 200000 1000");
        container.Status("Uid").Should().Be("200000\t200000\t200000\t200000");
        container.Status("Gid").Should().Be("200000\t200000\t200000\t200000");
        container.Status("Groups").Should().BeEmpty();
    }

    [Theory]
    [InlineData]
    [InlineData("--no-pivot")]
    public void The_bundle_may_lie_where_only_the_machines_root_may_go(params string[] options)
    {
        // An engine's directory: root's, mode 0700.
        string source = Bundle.MakeDirectory("bundle/volume");
        File.WriteAllText(source + "/file", "content");
        Machine.Sh($"chmod 700 '{Bundle.Path}'");
        Bundle.UserNamespace().Mount("/mnt", null, source, "bind").Script("cat /mnt/file; echo; ls -d /bin /proc/self; grep -c . /proc/self/mountinfo; ls /..; stat -c %u:%g /bin");

        CommandResult result = NewContainer().Run(options);

        result.ExitCode.Should().Be(0, result.Stderr);
        result.Lines[0].Should().Be("content");
        result.Stdout.Should().NotContain("boot").And.Contain("0:0");
    }

    /// <summary>The host's network namespace is not the user namespace's, so that the kernel lets it mount no sysfs.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void With_the_hosts_network_the_hosts_sysfs_is_there_read_only(bool withCgroups)
    {
        Bundle.UserNamespace().WithoutNamespace("network");
        if (withCgroups)
            Bundle.Namespace("cgroup");
        else
            Bundle.WithoutMount("/sys/fs/cgroup");
        CommandResult result = RunScript("ls /sys/class/net; ls /sys/fs/cgroup | wc -l; mkdir /sys/fs/cgroup/x 2>&1; (: >/sys/power/state) 2>&1; (: >/sys/kernel/mm/ksm/run) 2>&1; true");

        result.Lines.Should().Contain("lo");
        result.Stdout.Should().Contain("Read-only file system").And.Contain("can't create /sys/kernel/mm/ksm/run: Read-only file system");
        int entries = int.Parse(result.Lines.First(line => int.TryParse(line, out _)));
        entries.Should().Match(n => withCgroups ? n > 0 : n == 0);
    }

    [Fact]
    public void Of_the_hosts_sysfs_nothing_comes_that_is_mounted_in_it()
    {
        Bundle.UserNamespace().WithoutNamespace("network").WithoutMount("/sys/fs/cgroup");

        RunScript("cut -d' ' -f5 /proc/self/mountinfo | grep '^/sys/'; ls /sys/fs/cgroup; echo end").Output.Should().NotContain("/sys/kernel/debug").And.NotContain("/sys/fs/cgroup").And.EndWith("end");
    }

    /// <summary>Whoever is host root inside could remount it, and would own its files.</summary>
    [Fact]
    public void The_hosts_sysfs_is_not_for_a_container_in_which_host_root_is_mapped()
    {
        Bundle.UserNamespace(0).WithoutNamespace("network").WithoutMount("/sys/fs/cgroup");

        CreationError().Should().Contain("mount sysfs on /sys").And.Contain("EPERM").And.Contain("not bind-mounted instead if host root is mapped");
    }

    [Fact]
    public void A_writable_sysfs_is_not_replaced_by_the_hosts()
    {
        Bundle.UserNamespace().WithoutNamespace("network").WithoutMount("/sys/fs/cgroup").WithoutMount("/sys").Mount("/sys", "sysfs", "sysfs", "nosuid");

        CreationError().Should().Contain("mount sysfs on /sys").And.Contain("EPERM").And.Contain("with the option ro the host's is bind-mounted instead");
    }

    [Fact]
    public void Several_ranges()
    {
        Bundle.UserNamespace()
            .SetJson("/linux/uidMappings/-", """{ "containerID": 70000, "hostID": 300000, "size": 5 }""")
            .SetJson("/linux/gidMappings/-", """{ "containerID": 70000, "hostID": 400000, "size": 5 }""")
            .User(70004, 70003, 70002, 7);
        Container container = StartSleeping();

        Map(container.Pid, "uid_map").Should().Equal("0 100000 65536", "70000 300000 5");
        container.Status("Uid").Should().StartWith("300004\t");
        container.Status("Gid").Should().StartWith("400003\t");
        container.Status("Groups").Split(' ').Order().Should().Equal("100007", "400002");
    }

    [Fact]
    public void What_the_container_makes_belongs_to_the_mapped_ids()
    {
        Bundle.UserNamespace().Capabilities(["CAP_CHOWN"]);

        RunScript("touch /made; mkdir /tmp/d; chown 5:6 /tmp/d; id -u").Output.Should().Be("0");
        Machine.Stat(Bundle.Rootfs + "/made").Should().EndWith(" 100000:100000");
        Machine.Stat(Bundle.Rootfs + "/tmp/d").Should().EndWith(" 100005:100006");
    }

    [Fact]
    public void Nothing_is_chowned_to_realise_the_map()
    {
        Bundle.Namespace("user")
            .SetJson("/linux/uidMappings", """[ { "containerID": 0, "hostID": 100000, "size": 65536 } ]""")
            .SetJson("/linux/gidMappings", """[ { "containerID": 0, "hostID": 100000, "size": 65536 } ]""");

        RunScript("stat -c %u /bin/busybox /etc").Lines.Should().Equal("65534", "65534");
        Machine.Sh($"find '{Bundle.Path}' -not -user 0").Should().BeEmpty();
    }

    [Fact]
    public void Devices_are_nodes_of_the_containers_own()
    {
        Bundle.UserNamespace().Sleeps();
        Container container = Create();

        foreach (string device in (string[])["null", "zero", "full", "random", "urandom", "tty"])
            container.MountAt("/dev/" + device).Options.Should().Contain(["ro", "nosuid", "noexec"]).And.NotContain("nodev");
        Machine.Sh($"stat -c '%d %i' '{container.PathOf("/dev/null")}'").Should().NotBe(Machine.Sh("stat -c '%d %i' /dev/null"));
        Machine.Stat(container.PathOf("/dev/null")).Should().StartWith("character special file 1:3 666");
        container.MountAt("/dev/pts").SuperOptions.Should().Contain("mode=620");
    }

    [Fact]
    public void Devices_of_the_config_are_bound_and_fifos_made()
    {
        Bundle.UserNamespace()
            .SetJson("/linux/devices", """[ { "path": "/dev/kmsg", "type": "c", "major": 1, "minor": 11 }, { "path": "/dev/pipe", "type": "p", "fileMode": 384, "uid": 7, "gid": 8 } ]""")
            .Sleeps();
        Container container = Create();

        Machine.Stat(container.PathOf("/dev/kmsg")).Should().StartWith("character special file 1:b ");
        Machine.Stat(container.PathOf("/dev/pipe")).Should().Be("fifo 0:0 600 100007:100008");
    }

    [Fact]
    public void All_default_mounts_masks_and_read_only_paths_are_there()
    {
        Bundle.UserNamespace();

        RunScript("echo x > /dev/null; ls /sys/fs/cgroup | grep -c .; cat /proc/keys | wc -c; echo 1 > /proc/sys/kernel/panic 2>/dev/null || echo refused").Lines[1..]
            .Should().Equal("0", "refused");
    }

    [Fact]
    public void Capabilities_are_those_of_the_namespace()
    {
        Bundle.UserNamespace().Capabilities(["CAP_SYS_ADMIN", "CAP_SYS_RESOURCE", "CAP_NET_ADMIN"]).Set("/process/noNewPrivileges", false);
        Container container = StartSleeping();

        container.Status("CapEff").Should().Be("0000000001201000");
        container.Status("CapBnd").Should().Be("0000000001201000");
    }

    [Fact]
    public void The_hostname_and_sysctls_of_own_namespaces_are_set()
    {
        Bundle.UserNamespace().SetJson("/linux/sysctl", """{ "net.ipv4.ip_forward": "1", "kernel.msgmax": "4096" }""");

        RunScript("hostname; cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax").Lines.Should().Equal(Bundle.Name, "1", "4096");
    }

    [Fact]
    public void A_source_that_only_the_hosts_root_can_reach_is_bound()
    {
        string secret = Bundle.MakeDirectory("secret");
        File.WriteAllText(secret + "/file", "reached");
        Machine.Sh($"chmod 700 '{secret}'; chmod 644 '{secret}/file'");
        Bundle.UserNamespace().Mount("/mnt/file", null, secret + "/file", "bind");

        RunScript("cat /mnt/file").Output.Should().Be("reached");
    }

    [Fact]
    public void The_oom_score_and_limits_are_set()
    {
        Bundle.UserNamespace().Set("/process/oomScoreAdj", 345).SetJson("/process/rlimits", """[ { "type": "RLIMIT_NOFILE", "soft": 100, "hard": 200 } ]""");

        RunScript("cat /proc/self/oom_score_adj; ulimit -S -n; ulimit -H -n").Lines.Should().Equal("345", "100", "200");
    }

    [Fact]
    public void The_waiting_init_cannot_be_traced_by_the_users_of_the_namespace()
    {
        Bundle.UserNamespace().Sleeps();
        Container container = Create();

        // The kernel gives the files of an undumpable process to root of the namespace that its program was started in.
        Machine.Stat("/proc/" + container.Pid + "/fd").Should().EndWith(" 0:0");
        container.Start();
        Machine.Stat("/proc/" + container.Pid + "/fd").Should().EndWith(" 100000:100000");
    }

    [Fact]
    public void A_user_that_is_not_mapped_is_an_error()
    {
        Bundle.UserNamespace(100000, 10).User(10, 11, 9, 12);

        CreationError().Should().Contain("/process/user/uid").And.Contain("/process/user/gid").And.Contain("/process/user/additionalGids/1").And.NotContain("/additionalGids/0");
    }

    [Fact]
    public void Overlapping_ranges_are_an_error()
    {
        Bundle.UserNamespace().SetJson("/linux/uidMappings/-", """{ "containerID": 5, "hostID": 300000, "size": 5 }""");

        CreationError().Should().Contain("uid");
    }

    [Fact]
    public void Maps_without_a_user_namespace_are_an_error()
    {
        Bundle.SetJson("/linux/uidMappings", """[ { "containerID": 0, "hostID": 100000, "size": 65536 } ]""");

        CreationError().Should().Contain("/linux/uidMappings");
    }

    [Fact]
    public void A_new_user_namespace_without_maps_is_an_error()
    {
        Bundle.Namespace("user");

        CreationError().Should().Contain("/linux/uidMappings");
    }
}
