using System.Collections.Generic;
using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Security;

/// <summary>What lade puts into a container is the container's own: masks and devices are no inodes of the host's or of another container's.</summary>
public sealed class HostObjectTests : ContainerTest
{
    private static readonly string[] s_devices = ["null", "zero", "full", "random", "urandom", "tty"];

    public static IEnumerable<object[]> Attacks() =>
        from ns in (string[])["none", "user", "identity", "joined"]
        from rights in (string[])["default", "admin", "all"]
        select new object[] { ns, rights };

    [Theory]
    [MemberData(nameof(Attacks))]
    public void Nothing_that_is_done_to_a_mask_or_device_is_seen_outside(string ns, string rights)
    {
        string[] paths = ["/proc/keys", "/proc/timer_list", "/proc/acpi", "/sys/firmware", .. s_devices.Select(d => "/dev/" + d), "/dev/lade-test"];
        Prepare(Bundle, ns, rights);
        Bundle other = NewBundle().Sleeps();
        Prepare(other, ns, rights);
        Container bystander = NewContainer(other, "bystander").RunDetached();
        string Others() => Machine.Sh($"for p in {string.Join(' ', paths)}; do stat -c '%n %a %u:%g %Y %i' /proc/{bystander.Pid}/root$p; done 2>&1; exit 0");
        string Host() => Machine.Sh($"for d in {string.Join(' ', s_devices)}; do stat -c '%n %a %u:%g %Y' /dev/$d; done");
        string host = Host(), others = Others();
        Bundle.Script(string.Join('\n', from path in paths
                                        from attack in (string[])
                                        [
                                            "chmod 0 P", "chown 7:7 P", "touch -d 1980-01-01 P", "mount -o remount,bind,rw P && chmod 0 P; chown 7:7 P; touch -d 1980-01-01 P",
                                            "exec 9<P; chmod 0 /proc/self/fd/9; exec 9<&-", "echo x >P/x", "ln P /tmp/l",
                                        ]
                                        select "(" + attack.Replace("P", path) + ") 2>/dev/null") + "\ntrue");
        try
        {
            CommandResult result = NewContainer("attacker").Run();
            result.ExitCode.Should().Be(0, result.Stderr);
        }
        finally
        {
            if (Host() != host)
                Machine.Sh("for d in null zero full random urandom tty; do chmod 666 /dev/$d; chown root:root /dev/$d; touch /dev/$d; done; chgrp tty /dev/tty");
        }

        Host().Should().Be(host);
        Others().Should().Be(others);
        foreach (string path in paths)
        {
            string inside = Machine.Sh($"stat -c '%d:%i' /proc/{bystander.Pid}/root{path} 2>/dev/null || true");
            if (path.StartsWith("/dev/") && File.Exists(path))
                inside.Should().NotBe(Machine.Sh("stat -c '%d:%i' " + path), path);
        }
    }

    /// <summary>Without a mode in config.json a device is as open as on the host, and no more.</summary>
    [Theory]
    [InlineData(null, "600")]
    [InlineData(0x1b0, "660")]
    public void A_device_in_a_user_namespace_has_the_hosts_mode_or_the_configs(int? mode, string expected)
    {
        Bundle.UserNamespace().SetJson("/linux/devices", """[{ "path": "/dev/port", "type": "c", "major": 1, "minor": 4 }]""").Sleeps();
        Machine.NeedsFile("/dev/port");
        if (mode is not null)
            Bundle.SetJson("/linux/devices/0/fileMode", mode.Value.ToString()).SetJson("/linux/devices/0/uid", "7").SetJson("/linux/devices/0/gid", "8");
        Container container = Create();

        string host = Machine.Sh("stat -c '%a %u:%g' /dev/port");
        Machine.Sh($"stat -c '%a %u:%g' '{container.PathOf("/dev/port")}'").Should().Be(mode is null ? host : expected + " 100007:100008");
    }

    [Fact]
    public void Who_may_not_make_nodes_masks_with_a_read_only_mount_of_the_hosts()
    {
        Bundle.Lade.Wrapper = "setpriv --bounding-set=-mknod";
        Bundle.Script("for p in /proc/keys /dev/null /dev/zero; do chmod 600 $p 2>&1; touch $p 2>&1; done; echo x >/dev/null && head -c 1 /dev/zero | wc -c");
        string before = Machine.Sh("stat -c '%a %Y' /dev/null /dev/zero");

        CommandResult result = NewContainer().Run();

        result.Lines.Count(line => line.Contains("Read-only file system")).Should().Be(6, result.Stdout);
        result.Lines[^1].Should().Be("1");
        Machine.Sh("stat -c '%a %Y' /dev/null /dev/zero").Should().Be(before);
    }

    private void Prepare(Bundle bundle, string ns, string rights)
    {
        string[] usual = ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_MKNOD", "CAP_SETUID", "CAP_SETGID", "CAP_SYS_CHROOT", "CAP_KILL"];
        bundle.Capabilities(rights switch
        {
            "default" => usual,
            "admin" => [.. usual, "CAP_SYS_ADMIN"],
            _ => Lade.Planning.CapabilityNames.All,
        });
        bundle.SetJson("/linux/devices", """[{ "path": "/dev/lade-test", "type": "c", "major": 1, "minor": 3, "fileMode": 438 }]""");
        bundle.SetJson("/linux/maskedPaths", """["/proc/keys", "/proc/timer_list", "/proc/acpi", "/sys/firmware"]""");
        switch (ns)
        {
            case "user":
                bundle.UserNamespace();
                break;
            case "identity":
                bundle.UserNamespace(0, 65536);
                break;
            case "joined":
                Bundle holder = NewBundle().Sleeps();
                holder.UserNamespace(0, 65536);
                Container container = NewContainer(holder, "holder" + bundle.Name).RunDetached();
                bundle.Namespace("user", "/proc/" + container.Pid + "/ns/user");
                break;
        }
    }
}
