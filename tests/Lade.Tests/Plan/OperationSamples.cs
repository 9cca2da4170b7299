using System;
using System.Collections.Generic;
using System.Linq;
using Lade.Plan;

namespace Lade.Tests.Plan;

/// <summary>One operation of each kind, with no property at its default.</summary>
internal static class OperationSamples
{
    public static readonly Slot Tree = new("mounts/0");

    public static IReadOnlyList<Type> Kinds { get; } =
        typeof(Operation).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Operation))).OrderBy(type => type.Name, StringComparer.Ordinal).ToList();

    public static IReadOnlyList<Operation> All { get; } =
    [
        new JoinCgroup(new Slot("cgroup/0")),
        new Unshare(CloneFlags.CLONE_NEWUSER) { Disowned = true },
        new JoinNamespace(new Slot("namespaces/network"), CloneFlags.CLONE_NEWNET, "/run/netns/a"),
        new Sync(SyncPoint.MapIds) { Dumpable = true },
        new Clone(CloneFlags.CLONE_NEWNS | CloneFlags.CLONE_NEWPID),
        new ResetSignals(1 << 12),
        new BecomeRoot { KeepGroups = true },
        new WriteProc("self/oom_score_adj", "-5") { Dumpable = true },
        new LoopbackUp(),
        new SetHostname("host"),
        new SetDomainname("domain"),
        new NewSession(),
        new JoinSessionKeyring("_ses.c1.hunter2"),
        new CloseDescriptors(new Slot("start")) { OfferNamespaces = true },
        new EmptyRoot(CloneFlags.CLONE_NEWUSER) { Disowned = true },
        new SetProcNamespace(new Slot("namespaces/pid"), "/proc/7/ns/pid") { IsJoined = true },
        new SetPropagation(MountPropagation.MS_SLAVE | MountPropagation.MS_REC),
        new OpenTree(Tree, "/src") { Recursive = true, NoFollow = true, Propagation = MountPropagation.MS_SLAVE },
        new SetTreeAttributes(Tree, "/src", MountAttributes.MOUNT_ATTR_RDONLY, MountAttributes.MOUNT_ATTR_NODEV)
        {
            Propagation = MountPropagation.MS_PRIVATE,
            Recursive = true,
        },
        new MapTreeIds(Tree, new Slot("idmaps/0"), "/src") { Recursive = true },
        new AttachRoot(new Slot("rootfs"), "/b/rootfs") { SharedParent = true },
        new Mount("tmpfs", "shm", "/dev/shm")
        {
            Options = [new FsOption("size", "1k"), new FsOption("noswap", null)],
            Attributes = MountAttributes.MOUNT_ATTR_NOSUID | MountAttributes.MOUNT_ATTR_NOEXEC,
            Propagation = MountPropagation.MS_SHARED | MountPropagation.MS_REC,
            NoSymlinks = true,
            RealPath = true,
            InheritMode = true,
            CopyUp = true,
            OptionalFlags = true,
            NoFollow = true,
            IdMap = new Slot("idmaps/1"),
            Fallback = new Slot("sys"),
        },
        new Attach(Tree, "/src", "/dst") { InProc = true, NoFollow = true, RealPath = true },
        new Remount("/dst")
        {
            Options = [new FsOption("ro", null)],
            Superblock = true,
            Set = MountAttributes.MOUNT_ATTR_RDONLY,
            Clear = MountAttributes.MOUNT_ATTR_NOEXEC,
            Recursive = true,
        },
        new SetTargetAttributes("/dst")
        {
            Set = MountAttributes.MOUNT_ATTR_RDONLY,
            Clear = MountAttributes.MOUNT_ATTR__ATIME,
            Propagation = MountPropagation.MS_UNBINDABLE,
            Recursive = true,
        },
        new Unmount("/dst", 70),
        new HoldMount("/dst", 70),
        new ReportMounts(),
        new MakeNodes(),
        new MakeNode("null", FileType.S_IFCHR | 0x1b6, 1, 3) { Uid = 7, Gid = 8, Like = "/dev/null" },
        new AttachNode("/dev/null", "null"),
        new DetachNodes(),
        new MakeDevice("/dev/x", FileType.S_IFBLK | 0x1b0, 8, 1) { Uid = 1000, Gid = 1001 },
        new MakeSymlink("/dev/fd", "/proc/self/fd") { Replace = true, OnlyIfExists = "/proc/self" },
        new MakeDirectory("/a/b", 0x1ed),
        new MaskPath("/proc/kcore") { AfterFallback = true },
        new ReadonlyPath("/proc/sys"),
        new OpenNull(),
        new PivotRoot { NoPivot = true, Propagation = MountPropagation.MS_SHARED },
        new ChangeRoot("/b/rootfs"),
        new OpenConsole(25, 80, 1000) { BindConsole = true },
        new ControllingTerminal(),
        new StandardStreams(1000),
        new ChangeDirectory("/work", 1000, 1001) { MustExist = true },
        new FindExecutable(["sh", "-c", "true"], ["SECRET=hunter2", "PATH=/old", "PATH=/bin:/usr/bin"], 1000, 1001),
        new FindHome(1000, 1001, 2),
        new WaitForStart(new Slot("start")),
        new RunHook("createContainer", 2, "/bin/hook")
        {
            Args = ["hook", "arg"],
            Env = ["SECRET=hunter2"],
            Confinement = new HookConfinement([new SetRlimit("RLIMIT_CORE", 4, 1, 2)], new LoadSeccomp(new byte[] { 6, 0, 0, 0, 0, 0, 0xff, 0x7f }, 2), new SetCapabilities(1, 3, 4, 8)),
            Timeout = 5,
        },
        new SetHookState("created", "{\"pid\":", ",\"annotations\":{\"token\":\"hunter2\"}}"),
        new SetHookOutput(new Slot("hooks/stderr"), 2, "/var/log/hooks"),
        new SetRlimit("RLIMIT_NOFILE", 7, 1024, ulong.MaxValue) { RaiseOnly = true },
        new SetUmask(18),
        new SetPersonality("LINUX32", 8),
        new SetGroups([10, 20]),
        new DropBounding(0x3f, 40),
        new SetUser(1000, 1001),
        new SetCapabilities(1, 3, 4, 8),
        new NoNewPrivileges(),
        new SetExecLabel(SecurityModule.Selinux, "system_u:object_r:container_t:s0"),
        new SetAffinity("0-3"),
        new SetScheduler("SCHED_DEADLINE", 6) { Flags = 1, Nice = -5, Priority = 7, Runtime = 10, Deadline = 20, Period = 30 },
        new SetIoPriority("IOPRIO_CLASS_BE", 2, 5),
        new SetMemoryPolicy("MPOL_BIND", 2, "0,65"),
        new LoadSeccomp(new byte[24], 2) { ListenerByNumber = true, IsEarly = true },
        new Execute("sh"),
    ];

    public static Operation Of(Type kind) => All.Single(operation => operation.GetType() == kind);
}
