using System.Collections.Generic;
using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests;

/// <summary>A mount of type cgroup on a machine with v1 hierarchies, with a cgroup namespace and without.</summary>
public sealed class CgroupMountTests : ContainerTest
{
    private static IReadOnlyList<MountInfo> Hierarchies(Container container) => [.. container.MountInfo().Where(m => m.Target.StartsWith("/sys/fs/cgroup/"))];

    public CgroupMountTests() => Machine.NeedsCgroup1();

    private Bundle Namespaced(bool own) => own ? Bundle.Namespace("cgroup") : Bundle.WithoutNamespace("cgroup");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_hierarchy_of_the_host_is_there(bool ownNamespace)
    {
        Namespaced(ownNamespace).Sleeps();
        Container container = Create();

        container.MountAt("/sys/fs/cgroup").Type.Should().Be("tmpfs");
        Hierarchies(container).Select(m => m.Device).Should().BeEquivalentTo(Machine.CgroupHierarchies.Select(m => m.Device));
        Hierarchies(container).Should().OnlyContain(m => m.Options.Contains("ro") && m.Options.Contains("nosuid") && m.Options.Contains("nodev") && m.Options.Contains("noexec"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_containers_own_cgroup_is_the_root_of_each(bool ownNamespace)
    {
        Namespaced(ownNamespace);

        string[] lines = RunScript("cat /sys/fs/cgroup/memory/cgroup.procs /sys/fs/cgroup/pids/cgroup.procs | sort -u; ls /sys/fs/cgroup/memory | grep lade-test; true").Lines;

        // The second process is cat or sort.
        lines.Should().Contain("1").And.OnlyContain(l => l.Length <= 2);
    }

    [Fact]
    public void Within_a_namespace_the_path_is_the_root()
    {
        Namespaced(true);

        RunScript("cut -d: -f3 /proc/self/cgroup | sort -u").Output.Should().Be("/");
    }

    [Fact]
    public void Without_a_namespace_the_directories_are_bound()
    {
        Namespaced(false).Sleeps();
        Container container = Create();

        Hierarchies(container).Where(m => m.Type == "cgroup").Should().OnlyContain(m => m.Root == Bundle.CgroupsPath);
        File.ReadAllLines("/proc/" + container.Pid + "/cgroup").Select(l => l.Split(':', 3)).Where(f => f[0] != "0").Should().OnlyContain(f => f[2] == Bundle.CgroupsPath);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Read_only_and_writable(bool ownNamespace)
    {
        Namespaced(ownNamespace).Capabilities(["CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE"]);
        RunScript("mkdir /sys/fs/cgroup/pids/sub 2>/dev/null || echo refused; mkdir /sys/fs/cgroup/sub 2>/dev/null || echo refused").Lines.Should().Equal("refused", "refused");

        Bundle.WithoutMount("/sys/fs/cgroup").Mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "rw");
        RunScript("mkdir /sys/fs/cgroup/pids/sub && echo made && rmdir /sys/fs/cgroup/pids/sub").Output.Should().Be("made");
    }

    [Fact]
    public void Without_a_cgroup_mount_there_is_none()
    {
        Bundle.WithoutMount("/sys/fs/cgroup").Sleeps();

        Create().MountInfo().Should().NotContain(m => m.Type == "cgroup" || m.Type == "cgroup2");
    }

    [Fact]
    public void A_cgroup_left_in_the_containers_hierarchy_goes_with_it()
    {
        Bundle.Capabilities(["CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE"]).WithoutMount("/sys/fs/cgroup").Mount("/sys/fs/cgroup", "cgroup", "cgroup", "rw");

        RunScript("mkdir -p /sys/fs/cgroup/pids/sub/deep && echo made").Output.Should().Be("made");
        NewContainer().Leftovers().Should().BeEmpty();
    }
}
