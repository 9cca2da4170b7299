using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lade.Configuration;
using Lade.Plan;
using Lade.Seccomp;
using Lade.Tests.Configuration;

namespace Lade.Tests.Planning;

/// <summary>Configurations compiled for hosts: those written by engines, and some that use every property.</summary>
internal static class PlanCases
{
    /// <summary>Has every property that affects the order.</summary>
    public static Spec Everything { get; } = ConfigDocument.Read(
        """
        {
          "ociVersion": "1.3.0",
          "root": { "path": "rootfs", "readonly": true },
          "hostname": "h",
          "domainname": "d",
          "annotations": { "run.oci.hooks.stdout": "out", "run.oci.hooks.stderr": "/err" },
          "process": {
            "terminal": true, "apparmorProfile": "p", "cwd": "/work", "args": ["sh"], "noNewPrivileges": true, "oomScoreAdj": 5,
            "user": { "uid": 1000, "gid": 1000, "additionalGids": [5] },
            "rlimits": [ { "type": "RLIMIT_NOFILE", "soft": 10, "hard": 20 } ]
          },
          "mounts": [
            { "destination": "/proc", "type": "proc", "source": "proc" },
            { "destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["ro"] },
            { "destination": "/dev/pts", "type": "devpts", "source": "devpts" },
            { "destination": "/data", "source": "data", "options": ["rbind", "ro"] },
            { "destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["ro"] }
          ],
          "hooks": {
            "prestart": [ { "path": "/h0" } ], "createRuntime": [ { "path": "/h1" } ], "createContainer": [ { "path": "/h2" } ],
            "startContainer": [ { "path": "/h3" } ], "poststart": [ { "path": "/h4" } ], "poststop": [ { "path": "/h5" } ]
          },
          "linux": {
            "namespaces": [
              { "type": "mount" }, { "type": "pid" }, { "type": "network" }, { "type": "uts" }, { "type": "ipc" }, { "type": "cgroup" }
            ],
            "sysctl": { "net.ipv4.ip_forward": "1", "kernel.domainname": "d" },
            "devices": [ { "type": "c", "path": "/dev/fuse", "major": 10, "minor": 229 } ],
            "netDevices": { "eth1": {} },
            "personality": { "domain": "LINUX32" },
            "maskedPaths": ["/proc/kcore"],
            "readonlyPaths": ["/proc/sys"],
            "rootfsPropagation": "rslave",
            "seccomp": { "defaultAction": "SCMP_ACT_ALLOW" }
          }
        }
        """);

    /// <summary>Cases by name, for failing tests. Declared after its parts: initializers run in order.</summary>
    public static IReadOnlyDictionary<string, PlanCase> All { get; } = Make();

    private static Dictionary<string, PlanCase> Make()
    {
        LinuxSpec linux = Everything.Linux!;
        NamespaceSpec user = new(NamespaceType.User, null);
        var specs = new Dictionary<string, Spec>
        {
            ["minimal"] = ConfigDocument.Read(ConfigDocument.Minimal),
            ["everything"] = Everything,
            ["everything, user namespace"] = Everything with { Linux = linux with { Namespaces = [.. linux.Namespaces, user] } },
            ["everything, time namespace"] = Everything with { Linux = linux with { Namespaces = [.. linux.Namespaces, new(NamespaceType.Time, null)] } },
            ["everything, joined network"] = Everything with
            {
                Linux = linux with { Namespaces = [.. linux.Namespaces.Where(ns => ns.Type != NamespaceType.Network), new(NamespaceType.Network, "/n")] },
            },
            ["everything, joined user namespace"] = Everything with
            {
                Linux = linux with { Namespaces = [.. linux.Namespaces, new(NamespaceType.User, "/u")] },
            },
            ["everything, joined pid namespace"] = WithJoinedPid(Everything),
            ["everything, joined pid namespace, user namespace"] = WithJoinedPid(Everything with { Linux = linux with { Namespaces = [.. linux.Namespaces, user] } }),
            ["everything, joined pid and user namespaces"] = WithJoinedPid(Everything with
            {
                Linux = linux with { Namespaces = [.. linux.Namespaces, new(NamespaceType.User, "/u")] },
            }),
            ["joined pid namespace without process"] = WithJoinedPid(Everything with { Process = null }),
            ["early filter"] = WithFilter(Everything, SeccompAction.Errno, "swapon"),
            ["early filter, joined pid namespace"] = WithJoinedPid(WithFilter(Everything, SeccompAction.Errno, "swapon")),
            ["late filter"] = WithFilter(Everything, SeccompAction.Errno, "capset"),
            ["late filter, no_new_privs"] = WithFilter(Everything, SeccompAction.Errno, "capset", noNewPrivileges: true),
            ["late filter, joined pid namespace"] = WithJoinedPid(WithFilter(Everything, SeccompAction.Errno, "capset")),
            ["notifying filter"] = WithFilter(Everything, SeccompAction.Notify, "mkdir"),
            ["notifying filter, no_new_privs"] = WithFilter(Everything, SeccompAction.Notify, "mkdir", noNewPrivileges: true),
            ["notifying filter without hooks"] = WithFilter(Everything, SeccompAction.Notify, "mkdir") with { Hooks = HooksSpec.None },
            ["deadline"] = WithScheduler(Everything),
            ["deadline, early filter"] = WithScheduler(WithFilter(Everything, SeccompAction.Errno, "swapon")),
            ["deadline, late filter"] = WithScheduler(WithFilter(Everything, SeccompAction.Errno, "capset")),
            ["without process"] = Everything with { Process = null },
            ["without mount namespace"] = new Spec
            {
                OciVersion = "1.3.0",
                Root = new RootSpec { Path = "rootfs" },
                Process = new ProcessSpec { Cwd = "/", Args = ["a"] },
            },
        };
        foreach (string path in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Samples"), "*.json"))
        {
            string name = Path.GetFileNameWithoutExtension(path);
            if (!name.Contains("process", StringComparison.Ordinal) && !name.StartsWith("seccomp-", StringComparison.Ordinal))
                specs.Add(name, ConfigDocument.Read(File.ReadAllText(path)));
        }

        var cases = new Dictionary<string, PlanCase>();
        foreach ((string name, Spec spec) in specs)
        {
            foreach ((string machine, TestHost host) in Machines())
            {
                TestHost facts = host with { HasAppArmor = true, Seccomp = ContainerFilter.Compile(spec, Log.ToStandardError()) };
                cases.Add(name + ", " + machine, new PlanCase(spec, facts, facts.Compile(spec)));
            }
        }

        return cases;
    }

    private static Spec WithJoinedPid(Spec spec) => spec with
    {
        Linux = spec.Linux! with { Namespaces = [.. spec.Linux!.Namespaces.Where(ns => ns.Type != NamespaceType.Pid), new(NamespaceType.Pid, "/p")] },
    };

    /// <summary>Allows everything but one call.</summary>
    private static Spec WithFilter(Spec spec, SeccompAction action, string call, bool noNewPrivileges = false) => spec with
    {
        Process = spec.Process! with { NoNewPrivileges = noNewPrivileges },
        Linux = spec.Linux! with
        {
            Seccomp = new SeccompSpec
            {
                DefaultAction = SeccompAction.Allow,
                Syscalls = [new SeccompRule { Names = [call], Action = action }],
            },
        },
    };

    private static Spec WithScheduler(Spec spec) => spec with
    {
        Process = spec.Process! with { Scheduler = new SchedulerSpec { Policy = SchedulerPolicy.Deadline, Runtime = 10, Deadline = 20, Period = 30 } },
    };

    private static IEnumerable<(string Name, TestHost Host)> Machines() =>
    [
        ("v1", Hosts.WithCgroupHierarchies with { Keyring = "_ses.c1.x", CgroupTasks = [new Slot("cgroup/0"), new Slot("cgroup/1")], IgnoredSignals = 1 << 12, WaitsOnSocket = true }),
        ("v2, systemd", Hosts.WithUnifiedCgroup with { Keyring = "_ses.c1.x", WaitsForUnit = true }),
        ("v2, unprivileged", Hosts.WithUnifiedCgroup with { IsPrivileged = false, Capabilities = 0, WaitsOnSocket = true }),
    ];
}

/// <summary>A configuration, a host, and the plan.</summary>
internal sealed record PlanCase(Spec Spec, TestHost Host, ContainerPlan Plan)
{
    public IReadOnlyList<Operation> Operations => Plan.Operations;

    public bool Has(NamespaceType type) => Spec.Linux?.Namespaces.Any(ns => ns.Type == type) ?? false;

    /// <summary>Joins an existing pid namespace.</summary>
    public bool JoinsPid => Spec.Linux?.Namespaces.Any(ns => ns is { Type: NamespaceType.Pid, Path: not null }) ?? false;

    public bool Makes(NamespaceType type) => Spec.Linux?.Namespaces.Any(ns => ns.Type == type && ns.Path is null) ?? false;

    /// <summary>Whether all operations matched by the first precede all matched by the second.</summary>
    public bool IsBefore(Func<Operation, bool> first, Func<Operation, bool> second)
    {
        int last = -1;
        for (int i = 0; i < Operations.Count; i++)
        {
            if (first(Operations[i]))
                last = i;
        }

        return !Operations.Take(last + 1).Any(second);
    }

    public bool Any(Func<Operation, bool> holds) => Operations.Any(holds);
}
