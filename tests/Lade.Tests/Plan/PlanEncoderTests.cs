using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using FluentAssertions;
using Lade.Plan;
using Xunit;

namespace Lade.Tests.Plan;

/// <summary>The bytes that `init` gets, read back by the layout of native/init/plan.h.</summary>
public sealed class PlanEncoderTests
{
    [Fact]
    public void Header()
    {
        var plan = new EncodedPlan([new NewSession(), new OpenNull()], preserved: 3);

        plan["magic"].Should().Be(PlanFormat.Magic);
        plan["version"].Should().Be(PlanFormat.Version);
        plan["total_size"].Should().Be((uint)plan.Size);
        plan["op_count"].Should().Be(2);
        plan["ops"].Should().Be(PlanFormat.HeaderSize);
        plan["slot_count"].Should().Be(PlanFormat.FirstSlot);
        plan["sync_fd"].Should().Be(7);
        plan["proc_fd"].Should().Be(8);
        plan["preserve_fds"].Should().Be(3);
    }

    [Fact]
    public void EmptyPlanIsAHeaderAndFixedSlots()
    {
        var plan = new EncodedPlan([]);

        plan["op_count"].Should().Be(0);
        plan.Slots.Should().Equal(-1, -1, -1, -1);
    }

    [Fact]
    public void OperationsFollowEachOther()
    {
        var plan = new EncodedPlan(OperationSamples.All);

        (plan["ops"] % 8).Should().Be(0);
        OperationSamples.All.Select((_, i) => plan.Operation(i).Code).Should().Equal(
            OperationSamples.All.Select(operation => new EncodedPlan([operation]).Operation(0).Code));
    }

    [Fact]
    public void SlotsAreNumberedByFirstUseAndInheritedOnesAreOpen()
    {
        Slot inherited = new("start");
        Slot filled = new("mounts/0");
        var plan = new EncodedPlan(
            [new OpenTree(filled, "/a"), new WaitForStart(inherited), new Attach(filled, "/a", "/b")],
            new Dictionary<Slot, int> { [inherited] = 42, [new Slot("unused")] = 43 });

        plan.Slots.Should().Equal(-1, -1, -1, -1, -1, 42);
        (plan["slots"] % 4).Should().Be(0);
        plan.Operation(0).Slot.Should().Be(4);
        plan.Operation(1).Slot.Should().Be(5);
        plan.Operation(2).Slot.Should().Be(4);
    }

    [Theory]
    [InlineData(PlanFormat.MaxSlots - PlanFormat.FirstSlot, true)]
    [InlineData(PlanFormat.MaxSlots - PlanFormat.FirstSlot + 1, false)]
    public void SlotsAreLimited(int count, bool fits)
    {
        Operation[] operations = Enumerable.Range(0, count).Select(i => (Operation)new OpenTree(new Slot("mounts/" + i), "/a")).ToArray();
        Action encode = () => _ = new EncodedPlan(operations);

        if (fits)
            encode.Should().NotThrow();
        else
            encode.Should().Throw<LadeException>().WithMessage("too many mounts and namespaces: 4097 descriptors, at most 4096");
    }

    [Fact]
    public void TextIsUtf8WithNulAndNullIsOffsetZero()
    {
        EncodedOperation link = new EncodedPlan([new MakeSymlink("/ä", "")]).Operation(0);

        link.Text(0).Should().Be("/ä");
        link.Text(1).Should().BeEmpty();
        link.Arg(1).Should().NotBe(0);
        link.Arg(2).Should().Be(0);
    }

    [Fact]
    public void ManyLongStringsGrowTheBuffer()
    {
        string[] args = Enumerable.Range(0, 2000).Select(i => i + new string('x', 500)).ToArray();

        EncodedOperation find = new EncodedPlan([new FindExecutable(args, [], 0, 0)]).Operation(0);

        find.Vector(4).Should().Equal(args);
        find.Vector(5).Should().BeEmpty();
    }

    [Fact]
    public void VectorsBeginAtMultiplesOfFour()
    {
        EncodedOperation find = new EncodedPlan([new FindExecutable(["a"], ["BC=d"], 1, 2)]).Operation(0);

        (find.Arg(4) % 4).Should().Be(0);
        (find.Arg(5) % 4).Should().Be(0);
        find.Vector(5).Should().Equal("BC=d");
    }

    [Theory]
    [InlineData("sh")]
    [InlineData("four")]
    public void BlobContentBeginsAtAMultipleOfEight(string before)
    {
        byte[] program = [1, 2, 3, 4, 5, 6, 7, 8];
        EncodedOperation load = new EncodedPlan([new SetHostname(before), new LoadSeccomp(program, 5)]).Operation(1);

        ((load.Arg(0) + 4) % 8).Should().Be(0);
        load.Blob(0).Should().Equal(program);
        load.Args[1..].Should().Equal(5, 0, 0, 0, 0);
        new EncodedPlan([new LoadSeccomp(program, 0) { ListenerByNumber = true }]).Operation(0).Args[1..].Should().Equal(0, 1, 0, 0, 0);
        new EncodedPlan([new LoadSeccomp(program, 0) { IsEarly = true }]).Operation(0).Args[1..].Should().Equal(0, 0, 1, 0, 0);
    }

    [Fact]
    public void OptionsAreKeysAndValuesAndAFlagHasOffsetZero()
    {
        var mount = new Mount("tmpfs", null, "/a") { Options = [new FsOption("noswap", null), new FsOption("size", "1k"), new FsOption("x", "")] };

        EncodedOperation encoded = new EncodedPlan([mount]).Operation(0);

        encoded.Vector(2).Should().Equal("noswap", null, "size", "1k", "x", "");
        encoded.Arg(1).Should().Be(0);
    }

    [Fact]
    public void LastPathOfTheEnvironmentIsWhereTheProgramIsSought()
    {
        EncodedOperation find = new EncodedPlan([OperationSamples.Of(typeof(FindExecutable))]).Operation(0);

        find.Text(0).Should().Be("sh");
        find.Text(1).Should().Be("/bin:/usr/bin");
        new EncodedPlan([new FindExecutable(["sh"], ["XPATH=/a", "PATHS=/b"], 0, 0)]).Operation(0).Text(1).Should().Be("/usr/local/bin:/bin:/usr/bin");
    }

    [Fact]
    public void HookWithoutArgumentsGetsItsPath()
    {
        var hook = new RunHook("createContainer", 7, "/bin/hook") { StateHead = "{", StateTail = "}" };

        EncodedOperation encoded = new EncodedPlan([hook]).Operation(0);

        encoded.Vector(1).Should().Equal("/bin/hook");
        encoded.Vector(2).Should().BeEmpty();
        encoded.Arg(3).Should().Be(0);
        encoded.Vector(4).Should().Equal("{", "}");
        encoded.Arg(5).Should().Be(0);
    }

    [Fact]
    public void HookWithoutAnEnvironmentOfItsOwnHasTheProgramsWhichIsOffsetZero()
    {
        var hook = new RunHook("startContainer", 0, "/bin/hook") { StateHead = "{", StateTail = "}" };

        new EncodedPlan([hook with { Env = null }]).Operation(0).Arg(2).Should().Be(0);
        new EncodedPlan([hook with { Env = [] }]).Operation(0).Arg(2).Should().NotBe(0);
        new EncodedPlan([hook with { Env = ["A=1"] }]).Operation(0).Vector(2).Should().Equal("A=1");
    }

    /// <summary>struct lade_confinement; where its members are is held against the header by <see cref="PlanHeaderTests"/>.</summary>
    [Fact]
    public void ConfinementIsItsSetsAndTheFilterBehindThem()
    {
        byte[] program = [6, 0, 0, 0, 0, 0, 0xff, 0x7f, 6, 0, 0, 0, 1, 0, 5, 0];
        var filter = new LoadSeccomp(program, 5);
        var sets = new SetCapabilities(1, 3, 4, 1UL << 40);

        EncodedOperation both = Confined(new HookConfinement(filter, sets));
        byte[] blob = both.Blob(5);
        Words(blob, 0, 4).Should().Equal(1, 3, 4, 1UL << 40);
        Words(blob, EncodedPlan.Confinement["capabilities"], 1).Should().Equal(1 | (5UL << 32));
        blob[EncodedPlan.ConfinementSize..].Should().Equal(program);
        ((both.Arg(5) + 4) % 8).Should().Be(0, "it has words of eight bytes");

        byte[] filterOnly = Confined(new HookConfinement(filter, null)).Blob(5);
        Words(filterOnly, 0, 5).Should().Equal(0, 0, 0, 0, 5UL << 32);
        filterOnly[EncodedPlan.ConfinementSize..].Should().Equal(program);

        byte[] setsOnly = Confined(new HookConfinement(null, sets)).Blob(5);
        Words(setsOnly, 0, 5).Should().Equal(1, 3, 4, 1UL << 40, 1);
        setsOnly.Should().HaveCount(EncodedPlan.ConfinementSize);

        static EncodedOperation Confined(HookConfinement confinement) =>
            new EncodedPlan([new SetHostname("four"), new RunHook("startContainer", 0, "/a") { StateHead = "{", StateTail = "}", Confinement = confinement }]).Operation(1);

        static IEnumerable<ulong> Words(byte[] bytes, int from, int count) =>
            Enumerable.Range(0, count).Select(i => BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(from + (8 * i))));
    }

    [Fact]
    public void DescriptorsAreClosedButOneSlotOrNone()
    {
        Slot kept = new("start");

        var plan = new EncodedPlan([new OpenTree(OperationSamples.Tree, "/a"), new CloseDescriptors(kept)], new Dictionary<Slot, int> { [kept] = 42 });
        plan.Slots.Should().Equal(-1, -1, -1, -1, -1, 42);
        (plan.Operation(1).Code, plan.Operation(1).Slot).Should().Be((Opcode.CloseDescriptors, 5u));
        new EncodedPlan([new CloseDescriptors(null)]).Operation(0).Slot.Should().Be(PlanFormat.NoSlot);
    }

    [Fact]
    public void ThePidNamespaceOfAProcfsIsASlot()
    {
        Slot pid = new("namespaces/pid");

        EncodedOperation shown = new EncodedPlan([new SetProcNamespace(pid, "/p")], new Dictionary<Slot, int> { [pid] = 9 }).Operation(0);
        (shown.Code, shown.Slot, shown.Arg(0)).Should().Be((Opcode.ProcNamespace, (uint)PlanFormat.FirstSlot, 0ul));
        new EncodedPlan([new SetProcNamespace(pid, "/p") { IsJoined = true }]).Operation(0).Arg(0).Should().Be(1);
    }

    [Fact]
    public void WithoutAListenerStartComesOverTheSyncSocket() =>
        new EncodedPlan([new WaitForStart(null)]).Operation(0).Slot.Should().Be(PlanFormat.NoSlot);

    [Fact]
    public void GroupsAreABlobAndNoneMayBeRefused()
    {
        EncodedOperation groups = new EncodedPlan([new SetGroups([10, 0xfffffffe])]).Operation(0);

        groups.Blob(0).Should().Equal(10, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff);
        groups.Flags.Should().Be(OperationFlags.None);
        new EncodedPlan([new SetGroups([])]).Operation(0).Flags.Should().Be(OperationFlags.Optional);
    }

    [Fact]
    public void EveryCpuIsMoreThanAnyKernelHas()
    {
        byte[] mask = new EncodedPlan([new SetAffinity(null)]).Operation(0).Blob(0);

        mask.Should().HaveCount(1024).And.OnlyContain(b => b == 0xff);
    }

    [Fact]
    public void ListsOfCpusAreMasksOfWholeWords() =>
        new EncodedPlan([new SetAffinity("0,3-5,64")]).Operation(0).Blob(0).Should().Equal(0x39, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0);

    [Fact]
    public void SchedulerIsAStructure()
    {
        var scheduler = new SetScheduler("SCHED_DEADLINE", 6) { Flags = 3, Nice = -1, Priority = 7, Runtime = 10, Deadline = 20, Period = 1UL << 40 };

        new EncodedPlan([scheduler]).Operation(0).Blob(0).Should().Equal(
            56, 0, 0, 0, 6, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 7, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0,
            0, 0, 0, 0, 0, 0, 0, 0);
    }

    [Theory]
    [InlineData(null, 0, 0ul)]
    [InlineData("0", 8, 65ul)]
    [InlineData("64", 16, 129ul)]
    public void MemoryPolicyCountsTheBitsOfItsNodesFromOne(string? nodes, int bytes, ulong bits)
    {
        EncodedOperation policy = new EncodedPlan([new SetMemoryPolicy("MPOL_BIND", 0x8002, nodes)]).Operation(0);

        policy.Arg(0).Should().Be(0x8002);
        policy.Blob(1).Should().HaveCount(bytes);
        policy.Arg(2).Should().Be(bits);
    }

    public static IEnumerable<object[]> Flags() =>
    [
        [new Sync(SyncPoint.MapIds) { Dumpable = true }, OperationFlags.Dumpable],
        [new Sync(SyncPoint.Ready), OperationFlags.None],
        [new JoinSessionKeyring("a"), OperationFlags.Optional],
        [new SetPropagation(MountPropagation.MS_SLAVE), OperationFlags.None],
        [new SetPropagation(MountPropagation.MS_SLAVE | MountPropagation.MS_REC), OperationFlags.Recursive],
        [new OpenTree(OperationSamples.Tree, "/a") { Recursive = true }, OperationFlags.Recursive],
        [new OpenTree(OperationSamples.Tree, "/a") { NoFollow = true }, OperationFlags.Nofollow],
        [Tree with { Recursive = true }, OperationFlags.Recursive],
        [Tree with { Propagation = MountPropagation.MS_REC | MountPropagation.MS_SHARED }, OperationFlags.Recursive],
        [Tree, OperationFlags.None],
        [new Mount("proc", "proc", "/proc") { NoSymlinks = true }, OperationFlags.NoSymlinks],
        [new Mount("tmpfs", "t", "/a") { InheritMode = true }, OperationFlags.InheritMode],
        [new Mount("tmpfs", "t", "/a") { CopyUp = true }, OperationFlags.CopyUp],
        [new Mount("ext4", "t", "/a") { OptionalFlags = true }, OperationFlags.OptionalFlags],
        [new Attach(OperationSamples.Tree, "/a", "/b") { InProc = true }, OperationFlags.InProc],
        [new Remount("/a") { Superblock = true }, OperationFlags.Superblock],
        [new Remount("/a") { Recursive = true }, OperationFlags.Recursive],
        [new SetTargetAttributes("/a") { Recursive = true }, OperationFlags.Recursive],
        [new SetTargetAttributes("/a") { Propagation = MountPropagation.MS_REC | MountPropagation.MS_SHARED }, OperationFlags.Recursive],
        [new MakeSymlink("/a", "b") { Replace = true }, OperationFlags.Replace],
        [new PivotRoot { NoPivot = true }, OperationFlags.NoPivot],
        [new PivotRoot { Propagation = MountPropagation.MS_REC | MountPropagation.MS_SHARED }, OperationFlags.Recursive],
        [new OpenConsole(0, 0, 0) { BindConsole = true }, OperationFlags.BindConsole],
        [new SetRlimit("RLIMIT_CPU", 0, 1, 2) { RaiseOnly = true }, OperationFlags.RaiseOnly],
        [new WriteProc("self/oom_score_adj", "0") { Dumpable = true }, OperationFlags.Dumpable],
        [new AttachRoot(OperationSamples.Tree, "/a") { SharedParent = true }, OperationFlags.SharedParent],
    ];

    [Theory]
    [MemberData(nameof(Flags))]
    internal void FlagsOf(Operation operation, OperationFlags flags) => new EncodedPlan([operation]).Operation(0).Flags.Should().Be(flags);

    public static IEnumerable<object[]> Numbers() =>
    [
        [new Unshare(CloneFlags.CLONE_NEWTIME), new ulong[] { 0x80 }],
        [new JoinNamespace(new Slot("n"), CloneFlags.CLONE_NEWNET, "/n"), new ulong[] { 0x40000000 }],
        [new JoinNamespace(new Slot("n"), CloneFlags.CLONE_NEWNS | CloneFlags.CLONE_NEWPID, "/n"), new ulong[] { 0x20020000 }],
        [new Sync(SyncPoint.Hooks), new ulong[] { 3 }],
        [new ResetSignals(1 << 12), new ulong[] { 1 << 12 }],
        [new Clone(CloneFlags.CLONE_NEWPID | CloneFlags.CLONE_NEWNS), new ulong[] { 0x20020000 }],
        [new SetPropagation(MountPropagation.MS_SLAVE | MountPropagation.MS_REC), new ulong[] { 1 << 19 }],
        [Tree, new ulong[] { 1, 4 }],
        [Tree with { Propagation = MountPropagation.MS_PRIVATE | MountPropagation.MS_REC }, new ulong[] { 1, 4, 1 << 18 }],
        [new PivotRoot { Propagation = MountPropagation.MS_SHARED | MountPropagation.MS_REC }, new ulong[] { 1 << 20 }],
        [new OpenConsole(25, 80, 1000), new ulong[] { 25, 80, 1000 }],
        [new SetRlimit("RLIMIT_NOFILE", 7, 1024, ulong.MaxValue), new ulong[] { 7, 1024, ulong.MaxValue }],
        [new SetUmask(18), new ulong[] { 18 }],
        [new SetPersonality("LINUX32", 8), new ulong[] { 8 }],
        [new SetIoPriority("IOPRIO_CLASS_IDLE", 3, 7), new ulong[] { (3 << 13) | 7 }],
        [new DropBounding(0x1ffffffffff, 40), new ulong[] { 0x1ffffffffff, 40 }],
        [new SetUser(uint.MaxValue - 1, 5), new ulong[] { uint.MaxValue - 1, 5 }],
        [new SetCapabilities(1, 2, 3, 1UL << 40), new ulong[] { 1, 2, 3, 1UL << 40 }],
        [new NoNewPrivileges(), Array.Empty<ulong>()],
        [new Execute("sh"), Array.Empty<ulong>()],
        [new CloseDescriptors(null), Array.Empty<ulong>()],
        [new CloseDescriptors(null) { OfferNamespaces = true }, new ulong[] { 1 }],
        [new EmptyRoot(CloneFlags.CLONE_NEWUSER), new ulong[] { 0x10000000 }],
        [new EmptyRoot(CloneFlags.None), Array.Empty<ulong>()],
        [new StandardStreams(uint.MaxValue - 1), new ulong[] { uint.MaxValue - 1 }],
        [new FindHome(1000, 1001, 7), new ulong[] { 1000, 1001, 7 }],
        [new ControllingTerminal(), Array.Empty<ulong>()],
    ];

    [Theory]
    [MemberData(nameof(Numbers))]
    internal void NumbersOf(Operation operation, ulong[] numbers) =>
        new EncodedPlan([operation]).Operation(0).Args.Should().Equal(numbers.Concat(new ulong[PlanFormat.ArgumentCount - numbers.Length]));

    [Fact]
    public void MountArguments()
    {
        EncodedOperation mount = new EncodedPlan([OperationSamples.Of(typeof(Mount))]).Operation(0);

        (mount.Text(0), mount.Text(1), mount.Text(4)).Should().Be(("tmpfs", "shm", "/dev/shm"));
        mount.Arg(3).Should().Be(2 | 8);
        mount.Arg(5).Should().Be((1 << 20) | 0x4000);
    }

    [Fact]
    public void PathsAndNumbersOfOtherOperations()
    {
        EncodedOperation device = new EncodedPlan([OperationSamples.Of(typeof(MakeDevice))]).Operation(0);
        device.Text(0).Should().Be("/dev/x");
        device.Args[1..].Should().Equal(0x61b0, 8, 1, 1000, 1001);

        EncodedOperation remount = new EncodedPlan([OperationSamples.Of(typeof(Remount))]).Operation(0);
        remount.Text(0).Should().Be("/dst");
        remount.Vector(1).Should().Equal("ro", null);
        remount.Args[2..].Should().Equal(1, 8, 0, 0);

        EncodedOperation target = new EncodedPlan([OperationSamples.Of(typeof(SetTargetAttributes))]).Operation(0);
        target.Text(0).Should().Be("/dst");
        target.Args[1..].Should().Equal(1, 0x70, 1 << 17, 0, 0);

        EncodedOperation tree = new EncodedPlan([OperationSamples.Of(typeof(OpenTree))]).Operation(0);
        tree.Text(0).Should().Be("/src");
        tree.Args[1..].Should().Equal(1 << 19, 0, 0, 0, 0);

        EncodedOperation cwd = new EncodedPlan([OperationSamples.Of(typeof(ChangeDirectory))]).Operation(0);
        cwd.Text(0).Should().Be("/work");
        cwd.Args[1..].Should().Equal(1000, 1001, 1, 0, 0);
    }

    [Theory]
    [InlineData(SecurityModule.AppArmor, "self/attr/apparmor/exec", "exec label")]
    [InlineData(SecurityModule.Selinux, "self/attr/exec", "label")]
    internal void LabelsAreFiles(SecurityModule module, string path, string value)
    {
        EncodedOperation label = new EncodedPlan([new SetExecLabel(module, "label")]).Operation(0);

        (label.Code, label.Text(0), label.Text(1)).Should().Be((Opcode.WriteProc, path, value));
    }

    [Theory]
    [InlineData(typeof(WriteProc), "self/oom_score_adj", "-5")]
    [InlineData(typeof(SetHostname), "host", null)]
    [InlineData(typeof(SetDomainname), "domain", null)]
    [InlineData(typeof(JoinSessionKeyring), "_ses.c1.hunter2", null)]
    [InlineData(typeof(AttachRoot), "/b/rootfs", null)]
    [InlineData(typeof(Attach), "/dst", null)]
    [InlineData(typeof(MakeSymlink), "/dev/fd", "/proc/self/fd")]
    [InlineData(typeof(MaskPath), "/proc/kcore", null)]
    [InlineData(typeof(ReadonlyPath), "/proc/sys", null)]
    [InlineData(typeof(ChangeRoot), "/b/rootfs", null)]
    public void Texts(Type kind, string first, string? second)
    {
        EncodedOperation encoded = new EncodedPlan([OperationSamples.Of(kind)]).Operation(0);

        (encoded.Text(0), encoded.Text(1)).Should().Be((first, second));
    }

    private static SetTreeAttributes Tree { get; } =
        new(OperationSamples.Tree, MountAttributes.MOUNT_ATTR_RDONLY, MountAttributes.MOUNT_ATTR_NODEV, "/a");
}
