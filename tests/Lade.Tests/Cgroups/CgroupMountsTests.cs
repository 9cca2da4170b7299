using System.Linq;
using FluentAssertions;
using Lade.Cgroups;
using Xunit;

namespace Lade.Tests.Cgroups;

public sealed class CgroupMountsTests
{
    [Fact]
    public void Describes_each_hierarchy_of_a_hybrid_host()
    {
        var mounts = CgroupMounts.Describe(CgroupHostTests.Detect(CgroupHostTests.SystemdMounts, CgroupHostTests.SystemdSelf));

        mounts.Should().BeEquivalentTo(
            [
                new CgroupMount("unified", "", [], true, []),
                new CgroupMount("systemd", "name=systemd", ["name=systemd"], false, []),
                new CgroupMount("cpu,cpuacct", "cpu,cpuacct", ["cpu", "cpuacct"], false, ["cpu", "cpuacct"]),
                new CgroupMount("net_cls,net_prio", "net_cls,net_prio", ["net_cls", "net_prio"], false, ["net_cls", "net_prio"]),
                new CgroupMount("freezer", "freezer", ["freezer"], false, []),
            ],
            o => o.WithStrictOrdering());
    }

    [Fact]
    public void On_v2_there_is_one_mount_at_the_destination_itself() =>
        CgroupMounts.Describe(CgroupHostTests.Detect(CgroupHostTests.UnifiedMounts, CgroupHostTests.UnifiedSelf))
            .Should().ContainSingle().Which.Should().BeEquivalentTo(new CgroupMount("", "", [], true, []));

    [Fact]
    public void A_hierarchy_mounted_under_one_of_its_names_links_the_others()
    {
        var host = CgroupHostTests.Detect("1 1 0:1 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n", "1:cpu,cpuacct:/");

        CgroupMounts.Describe(host).Single().Symlinks.Should().Equal("cpuacct");
    }
}
