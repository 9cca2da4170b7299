using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;
using Lade.Planning;
using Lade.Rootfs;

namespace Lade.Tests.Planning;

/// <summary>Hosts for planner tests.</summary>
internal static class Hosts
{
    public static TestHost Plain { get; } = new();

    public static TestHost WithUnifiedCgroup { get; } = Plain with
    {
        CgroupMounts = new CgroupMountFacts { IsUnified = true, UnifiedDirectory = "/sys/fs/cgroup/c1", UnifiedMount = "/sys/fs/cgroup" },
    };

    /// <summary>v1: one hierarchy with two controllers, one without the container, and the v2 one of a hybrid host.</summary>
    public static TestHost WithCgroupHierarchies { get; } = Plain with
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

/// <summary>A host and a request, with defaults that most tests do not care about, and the inputs of planners made from them.</summary>
internal sealed record TestHost
{
    public bool IsPrivileged { get; init; } = true;
    public ulong Capabilities { get; init; } = ulong.MaxValue;
    public int LastCapability { get; init; } = 40;
    public ulong IgnoredSignals { get; init; }
    public bool HasAppArmor { get; init; }
    public bool HasSelinux { get; init; }
    public LoadSeccomp? Seccomp { get; init; }
    public bool NoPivot { get; init; }
    public bool WaitsOnSocket { get; init; }
    public bool WaitsForUnit { get; init; }
    public bool StartsInCgroup { get; init; }
    public string? Keyring { get; init; }
    public IReadOnlyList<Slot> CgroupTasks { get; init; } = [];
    public CgroupMountFacts CgroupMounts { get; init; } = CgroupMountFacts.None;
    public IReadOnlyDictionary<string, string> SourceLinks { get; init; } = new Dictionary<string, string>();
    public HookStates HookStates { get; init; } = HookStates.None;

    public Host Host => new() { IsPrivileged = IsPrivileged, Uid = IsPrivileged ? 0u : 1000, Capabilities = Capabilities, LastCapability = LastCapability, IgnoredSignals = IgnoredSignals };

    public LabelSupport Labels => new(HasAppArmor, HasSelinux);

    private CgroupEntry Cgroup => new() { Tasks = CgroupTasks, StartsInside = StartsInCgroup, WaitsForUnit = WaitsForUnit };

    public ContainerPlan Compile(Spec spec) => CreatePlan.Compile(new CreateInputs
    {
        Spec = spec,
        Host = Host,
        Bundle = "/b",
        Rootfs = "/b/rootfs",
        NoPivot = NoPivot,
        WaitsOnSocket = WaitsOnSocket,
        Keyring = Keyring,
        Cgroup = Cgroup,
        CgroupMounts = CgroupMounts,
        SourceLinks = SourceLinks,
        Labels = Labels,
        Filter = Seccomp,
        HookStates = HookStates,
    });

    public ContainerPlan CompileExec(Spec spec, JoinPlan join, bool isDocument) => ExecPlan.Compile(new ExecInputs
    {
        Spec = spec,
        Process = spec.Process!,
        IsDocument = isDocument,
        Host = Host,
        Rootfs = "/b/rootfs",
        Join = join,
        Keyring = Keyring,
        Cgroup = Cgroup,
        Labels = Labels,
        Filter = Seccomp,
    });

    public Mounts MountsOf(Spec spec, bool hasCgroupNamespace = false, MountPropagation sources = MountPropagation.None, bool isReachable = true) => new(spec, new MountInputs
    {
        IsPrivileged = IsPrivileged,
        Bundle = "/b",
        HasSelinux = HasSelinux,
        SourceLinks = SourceLinks,
        CgroupMounts = CgroupMounts,
        HasCgroupNamespace = hasCgroupNamespace,
        SourcePropagation = sources,
        HostIsReachable = isReachable,
    });

    public ProcessPlan ProcessOf(ProcessSpec process, LinuxSpec? linux = null, bool userNamespace = false, bool keepsGroups = false, bool mayBeEarly = false) => new(process, linux ?? new LinuxSpec(), new ProcessInputs
    {
        Host = Host,
        Labels = Labels,
        Filter = Seccomp,
        FilterMayBeEarly = mayBeEarly,
        HasUserNamespace = userNamespace,
        KeepsGroups = keepsGroups,
    });
}
