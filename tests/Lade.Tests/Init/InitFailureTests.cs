using System.Collections.Generic;
using FluentAssertions;
using Lade.Configuration;
using Lade.Init;
using Lade.Linux;
using Lade.Plan;
using Lade.Tests.Plan;
using Xunit;

namespace Lade.Tests.Init;

/// <summary>Error messages for failures of `init`. Engines match several of them, so they are compared literally.</summary>
public sealed class InitFailureTests
{
    private const int ENOENT = 2, EACCES = 13, EEXIST = 17, ENODEV = 19, ENOTDIR = 20, EISDIR = 21, EINVAL = 22, ENOEXEC = 8, EPERM = 1, ELOOP = 40;

    private static readonly JsonPointer s_origin = JsonPointer.Of("mounts", 3);

    private static readonly Operation s_find = new FindExecutable(["X", "arg"], [], 0, 0) { Origin = JsonPointer.Of("process", "args", 0) };

    private static readonly Operation s_path = new FindExecutable(["/etc/passwd"], [], 0, 0) { Origin = JsonPointer.Of("process", "args", 0) };

    private static readonly Operation s_execute = new Execute("X") { Origin = JsonPointer.Of("process", "args", 0) };

    private static readonly Operation s_mount = new Mount("tmpfs", "shm", "/dev/shm") { Origin = s_origin };

    private static readonly Operation s_proc = new Mount("proc", null, "/proc") { Origin = s_origin };

    private static readonly Operation s_attach = new Attach(OperationSamples.Tree, "/src", "/proc/x") { Origin = s_origin };

    private static readonly Operation s_cwd = new ChangeDirectory("/work", 0, 0) { Origin = JsonPointer.Of("process", "cwd") };

    private static readonly Operation s_hook = new RunHook("createContainer", 1, "/bin/hook") { Timeout = 2, Origin = JsonPointer.Of("hooks", "createContainer", 1) };

    private static readonly Operation s_device = new MakeDevice("/dev/x", 0, 0, 0) { Origin = JsonPointer.Of("linux", "devices", 0) };

    public static IEnumerable<object[]> Descriptions() =>
    [
        // The program.
        [s_find, Stage.Lookup, ENOENT, "", "/process/args/0: unable to start container process: exec: \"X\": executable file not found in $PATH"],
        [s_find, Stage.Lookup, EACCES, "", "/process/args/0: unable to start container process: error during container init: exec: \"X\": permission denied"],
        [s_path, Stage.Stat, ENOENT, "", "/process/args/0: unable to start container process: error during container init: exec: \"/etc/passwd\": stat /etc/passwd: no such file or directory"],
        [s_path, Stage.Stat, ENOTDIR, "", "/process/args/0: unable to start container process: error during container init: exec: \"/etc/passwd\": stat /etc/passwd: not a directory"],
        [s_path, Stage.Stat, EACCES, "", "/process/args/0: unable to start container process: error during container init: exec: \"/etc/passwd\": permission denied"],
        [s_path, Stage.Stat, EISDIR, "", "/process/args/0: unable to start container process: error during container init: exec: \"/etc/passwd\": is a directory"],
        [s_execute, Stage.Exec, ENOEXEC, "", "/process/args/0: unable to start container process: error during container init: exec: \"X\": exec format error"],
        [s_execute, Stage.Exec, ENOENT, "", "/process/args/0: unable to start container process: error during container init: exec: \"X\": no such file or directory"],
        [s_execute, Stage.None, EPERM, "", "/process/args/0: unable to start container process: error during container init: exec: \"X\": operation not permitted"],
        // The working directory.
        [s_cwd, Stage.None, EACCES, "", "/process/cwd: chdir to cwd (\"/work\") set in config.json failed: EACCES: permission denied"],
        [s_cwd, Stage.User, EINVAL, "", "/process/user: unable to start container process: unable to setup user: 0:0 has no mapping in the user namespace; see /proc/self/uid_map and gid_map"],
        [s_find, Stage.User, EINVAL, "", "/process/user: unable to start container process: unable to setup user: 0:0 has no mapping in the user namespace; see /proc/self/uid_map and gid_map"],
        [s_cwd, Stage.CwdEscaped, ENOENT, "", "/process/cwd: current working directory is outside of container mount namespace root -- possible container breakout detected"],
        // Mounts.
        [s_mount, Stage.Fsconfig, EINVAL, "tmpfs: Bad value for 'size'", "/mounts/3: error mounting \"shm\" to rootfs at \"/dev/shm\": mount tmpfs on /dev/shm: EINVAL: tmpfs: Bad value for 'size'"],
        [s_mount, Stage.Fsconfig, EINVAL, "", "/mounts/3: error mounting \"shm\" to rootfs at \"/dev/shm\": mount tmpfs on /dev/shm: EINVAL: invalid argument"],
        [s_mount, Stage.Fsopen, ENODEV, "", "/mounts/3: error mounting \"shm\" to rootfs at \"/dev/shm\": mount tmpfs on /dev/shm: ENODEV: the kernel does not support this file system type"],
        [
            new Mount("bind", "/src", "/dst"), Stage.Fsopen, ENODEV, "",
            "error mounting \"/src\" to rootfs at \"/dst\": mount bind on /dst: ENODEV: the kernel does not support this file system type; use the option bind or rbind for a bind mount",
        ],
        [s_mount, Stage.Fsopen, EPERM, "", "/mounts/3: error mounting \"shm\" to rootfs at \"/dev/shm\": mount tmpfs on /dev/shm: EPERM: operation not permitted"],
        [s_mount, Stage.Target, ELOOP, "", "/mounts/3: error mounting \"shm\" to rootfs at \"/dev/shm\": mount tmpfs on /dev/shm (preparing the target): ELOOP: too many levels of symbolic links"],
        [s_mount, Stage.Attributes, EPERM, "", "/mounts/3: error mounting \"shm\" to rootfs at \"/dev/shm\": mount tmpfs on /dev/shm (setting its attributes): EPERM: operation not permitted"],
        [s_mount, Stage.CopyUp, EACCES, "a/b", "/mounts/3: error mounting \"shm\" to rootfs at \"/dev/shm\": mount tmpfs on /dev/shm (copying the existing contents): a/b: EACCES: permission denied"],
        [s_proc, Stage.NotDirectory, ENOTDIR, "", "/mounts/3: error mounting \"proc\" to rootfs at \"/proc\": filesystem \"proc\" must be mounted on ordinary directory"],
        [s_attach, Stage.InsideProc, EPERM, "", "/mounts/3: error mounting \"/src\" to rootfs at \"/proc/x\": \"/proc/x\" cannot be mounted because it is inside /proc"],
        [s_attach, Stage.Move, EINVAL, "", "/mounts/3: error mounting \"/src\" to rootfs at \"/proc/x\": mount /src on /proc/x (attaching it): EINVAL: invalid argument"],
        [s_attach, Stage.NotDirectory, ENOTDIR, "", "/mounts/3: error mounting \"/src\" to rootfs at \"/proc/x\": filesystem \"/src\" must be mounted on ordinary directory"],
        [
            new OpenTree(OperationSamples.Tree, "/src") { Origin = s_origin }, Stage.Source, ENOENT, "",
            "/mounts/3: open /src: ENOENT: no such file or directory",
        ],
        // Hooks.
        [s_hook, Stage.HookStart, ENOENT, "", "/hooks/createContainer/1: error running createContainer hook #1: /bin/hook: ENOENT: no such file or directory"],
        [s_hook, Stage.HookStatus, 3 << 8, "no way", "/hooks/createContainer/1: error running createContainer hook #1: exit status 3, no way"],
        [s_hook, Stage.HookStatus, 9, "", "/hooks/createContainer/1: error running createContainer hook #1: signal 9"],
        [s_hook, Stage.HookTimeout, 0, "", "/hooks/createContainer/1: error running createContainer hook #1: hook ran past specified timeout of 2.0s"],
        // Devices and the terminal.
        [new OpenNull(), Stage.DeviceNull, EINVAL, "", "/dev/null is invalid: not the null device 1:3"],
        [
            new StandardStreams(0) { Origin = JsonPointer.Of("process") }, Stage.DeviceNull, EPERM, "",
            "/process: set up the standard streams: the container has no device of its own in /dev (null, zero, full, random, urandom) to replace the caller's; "
                + "mount one there, or use other standard streams: EPERM: operation not permitted",
        ],
        [new OpenNull(), Stage.None, ENOENT, "", "open /dev/null: ENOENT: no such file or directory"],
        [
            s_device, Stage.None, EEXIST, "",
            "/linux/devices/0: create device /dev/x: something else exists at /dev/x in the root file system; remove it or leave the device out of linux.devices",
        ],
        [s_device, Stage.None, EPERM, "", "/linux/devices/0: create device /dev/x: EPERM: operation not permitted"],
        [new OpenConsole(0, 0, 0), Stage.Pty, ENOENT, "", "open a terminal (a devpts mount at /dev/pts is needed): ENOENT: no such file or directory"],
        [new OpenConsole(0, 0, 0), Stage.ConsoleBind, EACCES, "", "open a terminal: EACCES: permission denied"],
        // Labels.
        [
            new SetExecLabel(SecurityModule.AppArmor, "p"), Stage.None, ENOENT, "",
            "apply apparmor profile 'p': the kernel has no such profile; load it first (apparmor_parser)",
        ],
        [new SetExecLabel(SecurityModule.Selinux, "l"), Stage.None, EINVAL, "", "apply selinux label 'l': the policy has no such label"],
        [new SetExecLabel(SecurityModule.Selinux, "l"), Stage.None, EACCES, "", "apply selinux label 'l': EACCES: permission denied"],
        // Everything else: description, the kernel's message, errno.
        [new PivotRoot(), Stage.Move, EINVAL, "", "pivot_root (if \"/\" is the initramfs, use --no-pivot, which does not work with a user namespace): EINVAL: invalid argument"],
        [new SetHostname("a"), Stage.None, EPERM, "", "set hostname a: EPERM: operation not permitted"],
        [new WriteProc("sys/kernel/shmmax", "x"), Stage.None, EINVAL, "detail", "write 'x' to /proc/sys/kernel/shmmax: detail: EINVAL: invalid argument"],
        [new JoinNamespace(new Slot("n"), CloneFlags.CLONE_NEWNET, "/n"), Stage.None, 1234, "", "join namespace /n: 1234: unknown error"],
        [new JoinNamespace(new Slot("n"), CloneFlags.CLONE_NEWNET, "/n"), Stage.None, 3, "", "cannot exec in a stopped container"],
        [
            new JoinNamespace(new Slot("n"), CloneFlags.CLONE_NEWNET, "/n") { Origin = JsonPointer.Of("linux", "namespaces", 0) }, Stage.None, 3, "",
            "/linux/namespaces/0: join namespace /n: ESRCH: no such process",
        ],
    ];

    [Theory]
    [MemberData(nameof(Descriptions))]
    internal void DescriptionOf(Operation operation, Stage stage, int error, string text, string description) =>
        InitFailure.Describe(Message(stage, error, text), operation).Description.Should().Be(description);

    /// <summary>Every error names the operation's operand and the config.json property.</summary>
    [Fact]
    public void EveryOperationAndStageHasADescription()
    {
        foreach (Operation sample in OperationSamples.All)
        {
            Operation operation = sample with { Origin = JsonPointer.Of("some", "where") };
            foreach (Stage stage in System.Enum.GetValues<Stage>())
            {
                string description = InitFailure.Describe(Message(stage, EINVAL, ""), operation).Description;

                // An ID without a mapping is an error of the user, not of the path.
                string place = stage == Stage.User && (operation is FindExecutable or ChangeDirectory) ? "/" : "/some/where: ";
                description.Should().StartWith(place).And.NotContain("hunter2").And.NotEndWith(": ").And.NotEndWith(".");
            }
        }
    }

    [Fact]
    public void ErrnoIsKept() =>
        InitFailure.Describe(Message(Stage.None, EPERM, ""), new SetHostname("a")).Errno.Should().Be(Errno.EPERM);

    [Theory]
    [InlineData(0, "set hostname a")]
    [InlineData(2, "set hostname c")]
    public void OperationIsIdentifiedByItsIndex(int index, string description) =>
        InitFailure.Describe(Message(Stage.None, EPERM, "") with { Operation = index }, [new SetHostname("a"), new SetHostname("b"), new SetHostname("c")], pid: 7)
            .Description.Should().StartWith(description + ": EPERM");

    /// <summary>`start` knows only the notes that `create` recorded.</summary>
    [Fact]
    public void NotesGiveTheSameErrorAsThePlan()
    {
        Operation[] plan = [new SetHostname("a"), new WaitForStart(new Slot("start")), s_hook, new SetRlimit("RLIMIT_CORE", 4, 1, 1) { Origin = JsonPointer.Of("process", "rlimits", 0) }, new Execute("sh") { Origin = JsonPointer.Of("process", "args", 0) }];
        StartNotes notes = StartNotes.From(plan);

        for (int i = 2; i < plan.Length; i++)
        {
            foreach (Stage stage in new[] { Stage.None, Stage.HookTimeout, Stage.HookStatus, Stage.Exec })
            {
                InitMessage message = Message(stage, EPERM, "what it said") with { Operation = i };
                LadeException described = InitFailure.Describe(message, notes), expected = InitFailure.Describe(message, plan, pid: 7);
                (described.Description, described.Errno, described.Pointer).Should().Be((expected.Description, expected.Errno, expected.Pointer));
            }
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(-1)]
    public void UnknownOperationIsStillReported(int index)
    {
        InitMessage message = Message(Stage.Plan, EINVAL, "what it said") with { Operation = index };

        InitFailure.Describe(message, [new OpenNull(), new OpenNull(), new OpenNull()], pid: 7).Description.Should().Be("init: operation " + index + ": EINVAL: invalid argument: what it said");
        InitFailure.Describe(message, StartNotes.None).Description.Should().Be("init: operation " + index + ": EINVAL: invalid argument: what it said");
    }

    [Fact]
    public void CgroupErrorNamesTheProcess() =>
        InitFailure.Describe(Message(Stage.None, EPERM, ""), [new JoinCgroup(new Slot("cgroup/0"))], pid: 4711).Description
            .Should().Be("error adding pid 4711 to cgroups: join cgroup/0: EPERM: operation not permitted");

    private static InitMessage Message(Stage stage, int error, string text) => new(MessageKind.Error, 0, stage, error, 1, text);
}
