using Lade.Tests.Planning;
using System.Linq;
using FluentAssertions;
using Lade.Configuration;
using Lade.Rootfs;
using Lade.Tests.Plan;
using Xunit;

namespace Lade.Tests.Rootfs;

/// <summary>A mount of type <c>cgroup</c> on each kind of host, with and without a cgroup namespace.</summary>
public sealed class CgroupMountPlanTests
{
    [Fact]
    public void UnifiedInItsNamespace() =>
        Apply(Hosts.WithUnifiedCgroup, ownNamespace: true, "ro,nosuid,memory_recursiveprot").Should().Equal(
            "Mount(cgroup2, cgroup, /sys/fs/cgroup) Options=[memory_recursiveprot] Attributes=RDONLY|NOSUID");

    [Fact]
    public void UnifiedWithoutANamespaceIsTheWholeHierarchy() =>
        Apply(Hosts.WithUnifiedCgroup, ownNamespace: false, "ro").Should().Equal("Mount(cgroup2, cgroup, /sys/fs/cgroup) Attributes=RDONLY");

    [Theory]
    [InlineData(true, "/sys/fs/cgroup/c1")]
    [InlineData(false, "/sys/fs/cgroup")]
    public void UserNamespaceFallsBackToTheHostsMount(bool ownNamespace, string directory) =>
        OperationText.Bare(Mounts(Hosts.WithUnifiedCgroup, ownNamespace, "ro,nosuid", NamespaceType.User).Apply()).Should().Equal(
            "OpenTree(cgroup-mount/unified, " + directory + ") Recursive",
            "SetTreeAttributes(cgroup-mount/unified, " + directory + ", RDONLY|NOSUID, None) Propagation=PRIVATE Recursive",
            "Mount(cgroup2, cgroup, /sys/fs/cgroup) Attributes=RDONLY|NOSUID Fallback=cgroup-mount/unified");

    [Fact]
    public void HierarchiesInTheirNamespace() =>
        Apply(Hosts.WithCgroupHierarchies, ownNamespace: true, "ro,nosuid").Should().Equal(
            "Mount(tmpfs, tmpfs, /sys/fs/cgroup) Options=[mode=755] Attributes=NOSUID",
            "Mount(cgroup, cgroup, /sys/fs/cgroup/cpu,cpuacct) Options=[cpu, cpuacct] Attributes=RDONLY|NOSUID",
            "MakeSymlink(/sys/fs/cgroup/cpu, cpu,cpuacct)",
            "MakeSymlink(/sys/fs/cgroup/cpuacct, cpu,cpuacct)",
            "Mount(cgroup, cgroup, /sys/fs/cgroup/systemd) Options=[name=systemd] Attributes=RDONLY|NOSUID",
            "Mount(cgroup2, cgroup, /sys/fs/cgroup/unified) Attributes=RDONLY|NOSUID",
            "SetTargetAttributes(/sys/fs/cgroup) Set=RDONLY");

    [Fact]
    public void HierarchiesWithoutANamespaceAreTheContainersDirectories() =>
        Apply(Hosts.WithCgroupHierarchies, ownNamespace: false, "").Should().Equal(
            "Mount(tmpfs, tmpfs, /sys/fs/cgroup) Options=[mode=755]",
            "OpenTree(cgroup-mount/cpu,cpuacct, /sys/fs/cgroup/cpu,cpuacct/c1)",
            "SetTreeAttributes(cgroup-mount/cpu,cpuacct, /sys/fs/cgroup/cpu,cpuacct/c1, None, None) Propagation=PRIVATE",
            "Attach(cgroup-mount/cpu,cpuacct, /sys/fs/cgroup/cpu,cpuacct/c1, /sys/fs/cgroup/cpu,cpuacct)",
            "MakeSymlink(/sys/fs/cgroup/cpu, cpu,cpuacct)",
            "MakeSymlink(/sys/fs/cgroup/cpuacct, cpu,cpuacct)",
            "OpenTree(cgroup-mount/unified, /sys/fs/cgroup/unified/c1)",
            "SetTreeAttributes(cgroup-mount/unified, /sys/fs/cgroup/unified/c1, None, None) Propagation=PRIVATE",
            "Attach(cgroup-mount/unified, /sys/fs/cgroup/unified/c1, /sys/fs/cgroup/unified)");

    [Theory]
    [InlineData("rro", "SetTargetAttributes(/sys/fs/cgroup) Set=RDONLY")]
    [InlineData("ro,rrw", "Mount(cgroup2, cgroup, /sys/fs/cgroup/unified)")]
    public void RecursiveOptionsApply(string options, string last) => Apply(Hosts.WithCgroupHierarchies, ownNamespace: true, options)[^1].Should().Be(last);

    [Fact]
    public void OriginIsTheMount() =>
        OperationText.Lines(Mounts(Hosts.WithUnifiedCgroup, true, "").Apply()).Should().Equal("Mount(cgroup2, cgroup, /sys/fs/cgroup) @/mounts/0");

    private static string[] Apply(TestHost host, bool ownNamespace, string options) => OperationText.Bare(Mounts(host, ownNamespace, options).Apply());

    private static Mounts Mounts(TestHost host, bool ownNamespace, string options, params NamespaceType[] namespaces) =>
        host.MountsOf(
            new Spec
            {
                OciVersion = "1.3.0",
                Mounts = [MountsTests.Entry("/sys/fs/cgroup", "cgroup", "cgroup", options)],
                Linux = new LinuxSpec { Namespaces = [.. namespaces.Select(type => new NamespaceSpec(type, null))] },
            },
            ownNamespace);
}
