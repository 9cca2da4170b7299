using System.Linq;
using System.Text;
using FluentAssertions;
using Lade.Cgroups;
using Xunit;

namespace Lade.Tests.Cgroups;

public sealed class CgroupHostTests
{
    internal const string SplitMounts = """
        22 27 0:21 / /proc rw,relatime - proc proc rw
        23 27 0:22 / /sys rw,relatime - sysfs sysfs rw
        27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
        31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
        32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
        33 31 0:30 / /sys/fs/cgroup/cpuacct rw,relatime shared:7 - cgroup cgroup rw,cpuacct
        34 31 0:31 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset
        35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
        40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
        41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw

        """;

    internal const string SplitSelf = """
        9:name=systemd:/
        4:memory:/agent/8db9
        3:cpuset:/
        2:cpuacct:/
        1:cpu:/
        0::/

        """;

    internal const string SystemdMounts = """
        26 25 0:23 / /sys/fs/cgroup ro,nosuid,nodev,noexec shared:9 - tmpfs tmpfs ro,mode=755
        27 26 0:24 / /sys/fs/cgroup/unified rw,nosuid,nodev,noexec,relatime shared:10 - cgroup2 cgroup rw,nsdelegate
        28 26 0:25 / /sys/fs/cgroup/systemd rw,nosuid,nodev,noexec,relatime shared:11 - cgroup cgroup rw,xattr,name=systemd
        30 26 0:28 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid,nodev,noexec,relatime shared:15 - cgroup cgroup rw,cpu,cpuacct
        31 26 0:29 / /sys/fs/cgroup/net_cls,net_prio rw,nosuid,nodev,noexec,relatime shared:16 - cgroup cgroup rw,net_cls,net_prio
        32 26 0:30 / /sys/fs/cgroup/freezer rw,nosuid,nodev,noexec,relatime shared:17 - cgroup cgroup rw,freezer
        """;

    internal const string SystemdSelf = """
        5:cpu,cpuacct:/user.slice
        4:net_cls,net_prio:/
        3:freezer:/
        1:name=systemd:/user.slice/user-0.slice/session-1.scope
        0::/user.slice/user-0.slice/session-1.scope
        """;

    internal const string UnifiedMounts = "29 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n";
    internal const string UnifiedSelf = "0::/user.slice/user-1000.slice/session-3.scope\n";

    internal static CgroupHost Detect(string mounts, string self) => CgroupHost.Detect(Encoding.UTF8.GetBytes(mounts), Encoding.UTF8.GetBytes(self));

    [Theory]
    [InlineData(SplitMounts, SplitSelf, "Hybrid", "cpu@/sys/fs/cgroup/cpu=/ cpuacct@/sys/fs/cgroup/cpuacct=/ cpuset@/sys/fs/cgroup/cpuset=/ memory@/sys/fs/cgroup/memory=/agent/8db9 name=systemd@/sys/fs/cgroup/systemd=/ @/sys/fs/cgroup/unified=/")]
    [InlineData(SystemdMounts, SystemdSelf, "Hybrid", "@/sys/fs/cgroup/unified=/user.slice/user-0.slice/session-1.scope name=systemd@/sys/fs/cgroup/systemd=/user.slice/user-0.slice/session-1.scope cpu,cpuacct@/sys/fs/cgroup/cpu,cpuacct=/user.slice net_cls,net_prio@/sys/fs/cgroup/net_cls,net_prio=/ freezer@/sys/fs/cgroup/freezer=/")]
    [InlineData(UnifiedMounts, UnifiedSelf, "V2", "@/sys/fs/cgroup=/user.slice/user-1000.slice/session-3.scope")]
    [InlineData("30 1 0:5 / /cgroup/cpu rw - cgroup none rw,cpu", "1:cpu:/", "V1", "cpu@/cgroup/cpu=/")]
    [InlineData("1 1 8:1 / / rw - ext4 /dev/sda1 rw", "1:cpu:/\n0::/", "None", "")]
    public void Finds_the_hierarchies(string mounts, string self, string mode, string expected)
    {
        CgroupHost host = Detect(mounts, self);

        host.Mode.ToString().Should().Be(mode);
        string.Join(' ', host.Hierarchies.Select(h => h.Controllers + "@" + h.MountPoint + "=" + h.OwnPath)).Should().Be(expected);
    }

    [Fact]
    public void A_tmpfs_over_cgroup2_is_not_v2()
    {
        string mounts = UnifiedMounts + SystemdMounts;

        Detect(mounts, SystemdSelf).Mode.Should().Be(CgroupMode.Hybrid);
    }

    [Fact]
    public void Hierarchies_of_v1_are_ignored_on_a_v2_host()
    {
        CgroupHost host = Detect(UnifiedMounts + "77 1 0:9 / /mnt/net rw - cgroup cgroup rw,net_cls\n", "3:net_cls:/\n0::/x");

        host.Mode.Should().Be(CgroupMode.V2);
        host.Hierarchies.Should().ContainSingle().Which.Should().Be(new CgroupHierarchy("", "/sys/fs/cgroup", "/", "/x"));
    }

    [Theory]
    [InlineData("50 1 0:32 /c1 /srv/c1/sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n", "/sys/fs/cgroup/memory", "/")]
    [InlineData("35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n50 1 0:32 /c1 /srv/c1/sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n", "/sys/fs/cgroup/memory", "/")]
    [InlineData("35 31 0:32 / /sys/fs/cgroups/memory rw - cgroup cgroup rw,memory\n50 1 0:32 /c1 /sys/fs/cgroup/m rw - cgroup cgroup rw,memory\n", "/sys/fs/cgroup/m", "/c1")]
    public void Prefers_the_mount_below_the_default_root(string mounts, string mountPoint, string root)
    {
        CgroupHierarchy memory = Detect(mounts, "4:memory:/").Hierarchies.Should().ContainSingle().Subject;

        memory.MountPoint.Should().Be(mountPoint);
        memory.Root.Should().Be(root);
    }

    [Fact]
    public void Reads_escaped_mount_points_and_paths_with_colons()
    {
        CgroupHierarchy cpu = Detect(@"35 31 0:32 / /mnt/a\040b\134c rw - cgroup cgroup rw,cpu", "1:cpu:/a:b:c").Hierarchies.Should().ContainSingle().Subject;

        cpu.MountPoint.Should().Be(@"/mnt/a b\c");
        cpu.OwnPath.Should().Be("/a:b:c");
    }

    [Fact]
    public void A_controller_name_that_is_a_prefix_of_another_is_distinguished()
    {
        CgroupHost host = Detect("1 1 0:1 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n", "2:cpu:/a\n1:cpuset:/b");

        host.Hierarchies.Should().ContainSingle().Which.OwnPath.Should().Be("/b");
    }

    [Theory]
    [InlineData(SystemdMounts, SystemdSelf, "unified[]: systemd[name=systemd]: cpu,cpuacct[cpu cpuacct]:cpu,cpuacct net_cls,net_prio[net_cls net_prio]:net_cls,net_prio freezer[freezer]:")]
    [InlineData("1 1 0:1 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n", "1:cpu,cpuacct:/", "cpu[cpu cpuacct]:cpuacct")]
    public void Hierarchies_have_mount_options_and_links(string mounts, string self, string expected) =>
        string.Join(' ', Detect(mounts, self).Hierarchies.Select(h => h.Name + "[" + string.Join(' ', h.Options) + "]:" + string.Join(',', h.Links()))).Should().Be(expected);

    [Fact]
    public void Detects_the_host_it_runs_on()
    {
        CgroupHost host = CgroupHost.Detect();

        host.Hierarchies.Should().OnlyContain(h => System.IO.Directory.Exists(h.MountPoint));
    }
}
