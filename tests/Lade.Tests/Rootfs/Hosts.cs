using Lade.Plan;

namespace Lade.Tests.Rootfs;

/// <summary>The machines of these tests.</summary>
internal static class Hosts
{
    public static HostFacts Plain { get; } = new() { ContainerId = "c1", Bundle = "/b", Rootfs = "/b/rootfs" };

    public static HostFacts WithUnifiedCgroup { get; } = Plain with
    {
        CgroupMounts = new CgroupMountFacts { IsUnified = true, UnifiedDirectory = "/sys/fs/cgroup/c1", UnifiedMount = "/sys/fs/cgroup" },
    };

    /// <summary>v1, one hierarchy with two controllers, one without the container, and the v2 one of a hybrid machine.</summary>
    public static HostFacts WithCgroupHierarchies { get; } = Plain with
    {
        CgroupMounts = new CgroupMountFacts
        {
            Hierarchies =
            [
                new CgroupHierarchyFacts("cpu,cpuacct", ["cpu", "cpuacct"], false, ["cpu", "cpuacct"], "/sys/fs/cgroup/cpu,cpuacct/c1"),
                new CgroupHierarchyFacts("systemd", ["name=systemd"], false, [], null),
                new CgroupHierarchyFacts("unified", [], true, [], "/sys/fs/cgroup/unified/c1"),
            ],
        },
    };
}
