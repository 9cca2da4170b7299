using System;
using System.Collections.Generic;
using Lade.Cgroups.Systemd;
using Lade.Configuration;
using Lade.Resctrl;
using Lade.Plan;
using Lade.State;

namespace Lade.Tests.State;

internal static class Samples
{
    public static ContainerState Minimal(string id = "c1") => new()
    {
        Id = ContainerId.Parse(id),
        OciVersion = "1.3.0",
        Bundle = "/b",
        Rootfs = "/b/rootfs",
        Created = new DateTime(2026, 11, 22, 12, 0, 5, DateTimeKind.Utc).AddTicks(1234500),
        Phase = ContainerPhase.Created,
        Creator = new ProcessIdentity(100, 1000),
    };

    public static ContainerState Full => Minimal() with
    {
        Phase = ContainerPhase.Started,
        Init = new ProcessIdentity(4242, ulong.MaxValue),
        OwnPidNamespace = true,
        NoNewKeyring = true,
        Keyring = "_ses.c1.0123456789abcdef",
        Cgroup = new CgroupState
        {
            
            Unit = new UnitRecord("lade-c1.scope", "unix:path=/run/dbus/system_bus_socket", ulong.MaxValue),
            Directories = ["/sys/fs/cgroup/memory/a \"b\"", "/sys/fs/cgroup/cpu/ü"],
            DelegatedPath = "/a/b",
        },
        IntelRdt = new ResctrlGroup { Root = "/sys/fs/resctrl", Directory = "/sys/fs/resctrl/c1", IsOurs = true, MonitoringDirectory = "/sys/fs/resctrl/c1/mon_groups/c1" },
        Hooks = HookKinds.Prestart | HookKinds.Poststop,
        OwnerUid = uint.MaxValue,
        StartNotes = new StartNotes(57, [new OperationNote("run it", new JsonPointer("/hooks/startContainer/0"), "/h", 3), new OperationNote("exec", JsonPointer.None, "sh", null), new OperationNote("limit", JsonPointer.None, null, null)]),
        Annotations = new Dictionary<string, string> { ["b"] = "2", ["a"] = "<x> \"y\"\n", ["empty"] = "" },
    };
}
