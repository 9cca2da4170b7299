using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests;

/// <summary>Containers that share namespaces with the host, down to a program in another root directory and nothing else.</summary>
public sealed class HostNamespaceTests : ContainerTest
{
    private static readonly string[] s_files = ["pid", "net", "mnt", "ipc", "uts", "cgroup", "time", "user"];

    [Theory]
    [InlineData("absent")]
    [InlineData("empty")]
    public void Without_namespaces_all_are_the_hosts(string list)
    {
        Bare();
        if (list == "absent")
            Bundle.Remove("/linux/namespaces");
        Container container = StartSleeping();

        NewNamespaces(container).Should().BeEmpty();
        Files(container).Should().Contain("bin").And.NotContain("boot");
        container.Kill().ExitCode.Should().Be(0);
        container.WaitForExit().Delete().ExitCode.Should().Be(0);
    }

    [Fact]
    public void Without_the_section_linux_too()
    {
        Bare().Remove("/linux").Sleeps();
        // The cgroup is called as the container.
        Container container = NewContainer(Bundle.Name).RunDetached();

        NewNamespaces(container).Should().BeEmpty();
        Files(container).Should().Contain("bin").And.NotContain("boot");
    }

    [Fact]
    public void The_programs_root_is_its_own_and_its_mounts_are_the_hosts()
    {
        Bare();

        // Nothing is mounted in the image: /proc is empty there.
        RunScript("cd /; pwd; ls -d bin; ls /proc | wc -l; cat /etc/hostname 2>/dev/null; echo $$ > /pid").Lines.Should().Equal("/", "bin", "0");
        File.ReadAllText(Bundle.Rootfs + "/pid").TrimEnd().Should().NotBe("1");
    }

    [Theory]
    [InlineData("pid", "pid")]
    [InlineData("network", "net")]
    [InlineData("mount", "mnt")]
    [InlineData("ipc", "ipc")]
    [InlineData("uts", "uts")]
    [InlineData("cgroup", "cgroup")]
    [InlineData("time", "time")]
    public void One_namespace_alone_leaves_the_others_the_hosts(string type, string file)
    {
        Bare();
        Bundle.Namespace(type);
        Container container = StartSleeping();

        NewNamespaces(container).Should().Equal(file);
        Files(container).Should().Contain("bin").And.NotContain("boot");
    }

    [Fact]
    public void A_mount_namespace_alone_is_joined_by_its_path()
    {
        NamespaceHolder holder = Keep(new NamespaceHolder("--mount"));
        Bare().Namespace("mount", holder.PathOf("mnt"));
        Container container = StartSleeping();

        NewNamespaces(container).Should().Equal("mnt");
        Machine.NamespaceOf(container.Pid, "mnt").Should().Be(Machine.NamespaceOf(holder.Pid, "mnt"));
    }

    [Fact]
    public void A_user_namespace_needs_a_mount_namespace()
    {
        Bare().UserNamespace().Sleeps();

        CreationError().Should().Contain("/linux/namespaces: has a user namespace but no mount namespace");
    }

    [Theory]
    [InlineData("/hostname", "\"x\"", "/hostname: needs a uts namespace")]
    [InlineData("/domainname", "\"x\"", "/domainname: needs a uts namespace")]
    [InlineData("/mounts", """[ { "destination": "/data", "type": "tmpfs", "source": "tmpfs" } ]""", "mount namespace")]
    [InlineData("/linux/maskedPaths", """[ "/proc/kcore" ]""", "/linux/maskedPaths: needs a mount namespace")]
    [InlineData("/linux/readonlyPaths", """[ "/proc/sys" ]""", "/linux/readonlyPaths: needs a mount namespace")]
    [InlineData("/root/readonly", "true", "mount namespace")]
    [InlineData("/linux/rootfsPropagation", "\"slave\"", "mount namespace")]
    [InlineData("/linux/uidMappings", """[ { "containerID": 0, "hostID": 0, "size": 1 } ]""", "/linux/uidMappings: needs a user namespace")]
    [InlineData("/linux/timeOffsets", """{ "boottime": { "secs": 1 } }""", "/linux/timeOffsets: needs a new time namespace")]
    [InlineData("/linux/sysctl", """{ "net.ipv4.ip_forward": "1" }""", "needs a namespace of type network")]
    [InlineData("/linux/sysctl", """{ "kernel.shmmax": "1" }""", "needs a namespace of type ipc")]
    [InlineData("/linux/netDevices", """{ "eth0": {} }""", "/linux/netDevices: needs a network namespace")]
    public void What_would_change_the_host_is_an_error(string pointer, string json, string error)
    {
        Bare().SetJson(pointer, json).Sleeps();

        CreationError().Should().Contain(error);
    }

    /// <summary>The default config without all that needs a namespace.</summary>
    private Bundle Bare() =>
        Bundle.SetJson("/linux/namespaces", "[]").SetJson("/mounts", "[]").Remove("/hostname").Remove("/linux/maskedPaths").Remove("/linux/readonlyPaths");

    private static string[] NewNamespaces(Container container) =>
        [.. s_files.Where(file => Machine.NamespaceOf(container.Pid, file) != Machine.OwnNamespace(file))];

    private static string[] Files(Container container) => [.. Directory.GetFileSystemEntries(container.PathOf("/")).Select(path => Path.GetFileName(path)!)];
}
