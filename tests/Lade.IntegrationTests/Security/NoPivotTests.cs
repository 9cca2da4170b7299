using System.Collections.Generic;
using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Security;

/// <summary>`--no-pivot`: what is hidden of the host is gone.</summary>
public sealed class NoPivotTests : ContainerTest
{
    /// <summary>As on a host whose "/" is its initramfs, of which the kernel lets nobody pivot away.</summary>
    private const string Initramfs = "strace -f -qq -o /dev/null -e trace=pivot_root -e inject=pivot_root:error=EINVAL";

    private const string Attack = """
        unshare -U -r -m -p -f sh -c 'mount -t proc proc /mnt && ls /mnt/keys' 2>/dev/null && echo "proc is open"
        unshare -U -r -m -n sh -c 'mount -t sysfs s /mnt && ls /mnt/firmware' 2>/dev/null && echo "sysfs is open"
        mkdir -p /tmp/p && mount -t proc proc /tmp/p 2>/dev/null && v=$(cat /tmp/p/sys/kernel/core_pattern) && echo "$v" >/tmp/p/sys/kernel/core_pattern && echo "core_pattern is writable"
        for d in / /.. /../.. /proc/1/root/..; do ls $d; done | sort -u | tr '\n' ' '
        """;

    public static IEnumerable<object[]> Ways() =>
        from initramfs in (bool[])[false, true]
        from user in (uint[])[0, 1000]
        select new object[] { initramfs, user };

    [Theory]
    [MemberData(nameof(Ways))]
    public void No_procfs_or_sysfs_of_the_hosts_is_left_to_be_found(bool initramfs, uint user)
    {
        Bundle.MakeDirectory("mnt");
        Machine.Sh($"mkdir -p '{Bundle.Rootfs}/mnt'; chmod 777 '{Bundle.Rootfs}/mnt'");
        Bundle.User(user, user).Capabilities(user == 0 ? ["CAP_SYS_CHROOT", "CAP_DAC_OVERRIDE"] : []).Script(Attack);
        Bundle.Lade.Wrapper = initramfs ? Initramfs : "";

        CommandResult result = NewContainer().Run("--no-pivot");

        result.ExitCode.Should().Be(0, result.Stderr);
        string listing = result.Lines[^1];
        result.Lines.Should().HaveCount(1, result.Stdout);
        listing.Split(' ').Should().Contain("etc").And.NotContain("boot");
    }

    [Fact]
    public void The_mount_namespace_holds_nothing_of_the_hosts_but_the_initramfs()
    {
        Container container = NewContainer();
        Bundle.Sleeps().Save();
        Bundle.Lade.Wrapper = Initramfs;
        RunningCommand run = Bundle.Lade.Start("", "run", "--bundle", Bundle.Path, "--no-pivot", "container");
        Bundle.Lade.Wrapper = "";
        Machine.Eventually(() => run.HasEnded || (Directory.Exists(container.StateDirectory) && container.StatusWord == "running"), "the container runs");

        // As the namespace's own root sees it.
        string table = Machine.Sh($"nsenter -t {container.Pid} -m -p cat /proc/self/mountinfo");
        IReadOnlyList<MountInfo> mounts = MountInfo.Parse(table);

        mounts.Select(m => m.Target).Should().NotContain(t => t.StartsWith("/run/") || t.StartsWith("/boot") || t.StartsWith("/work"));
        mounts.Where(m => m.Type is "proc").Select(m => m.Target).Should().OnlyContain(t => t == "/proc" || t.StartsWith("/proc/"));
        mounts.Count(m => m.Type is "proc" && m.Target == "/proc").Should().Be(1);
        mounts.Count(m => m.Type is "sysfs" && m.Target == "/sys").Should().Be(1);
        container.Kill();
        run.Wait(Bundle.Lade.Timeout);
    }

    [Theory]
    [InlineData(100000)]
    [InlineData(0)]
    public void With_a_user_namespace_there_is_no_way_without_pivot(uint hostId)
    {
        Bundle.UserNamespace(hostId, 65536).Script("true").Lade.Wrapper = Initramfs;

        CommandResult result = NewContainer().Run("--no-pivot");

        result.ExitCode.Should().Be(1);
        result.Error().Should().Contain("--no-pivot").And.Contain("user namespace");
    }
}
