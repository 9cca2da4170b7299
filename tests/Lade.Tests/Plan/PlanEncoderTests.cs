using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using FluentAssertions;
using Lade.Plan;
using Xunit;

namespace Lade.Tests.Plan;

/// <summary>The bytes that `init` receives, decoded as native/init/plan.h and operations.h specify.</summary>
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
        plan["ops"].Should().Be(PlanFormat.HeaderSize, "there is no data");
        plan["slot_count"].Should().Be(PlanFormat.FirstSlot);
        plan["sync_fd"].Should().Be(7);
        plan["proc_fd"].Should().Be(8);
        plan["preserve_fds"].Should().Be(3);
    }

    [Fact]
    public void OperationsAreConsecutive()
    {
        var plan = new EncodedPlan(OperationSamples.All);

        (plan["ops"] % 4).Should().Be(0);
        OperationSamples.All.Select((_, i) => plan.Operation(i).Name).Should().Equal(
            OperationSamples.All.Select(operation => new EncodedPlan([operation]).Operation(0).Name));
        plan["slots"].Should().Be(plan["ops"] + (uint)OperationSamples.All.Select((_, i) => plan.Operation(i).Size).Sum());
    }

    [Fact]
    public void SlotsAreNumberedByFirstUseAndInheritedOnesAreOpen()
    {
        Slot inherited = new("start");
        Slot filled = new("mounts/0");
        var plan = new EncodedPlan(
            [new OpenTree(filled, "/a"), new WaitForStart(inherited), new Attach(filled, "/a", "/b")],
            new Dictionary<Slot, int> { [inherited] = 42, [new Slot("unused")] = 43 });

        plan.Slots.Should().Equal(-1, -1, -1, -1, -1, -1, 42);
        (plan["slots"] % 4).Should().Be(0);
        plan.Operation(0)["tree"].Should().Be(5);
        plan.Operation(1)["listener"].Should().Be(6);
        plan.Operation(2)["tree"].Should().Be(5);
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
    public void TextIsNulTerminatedUtf8AndNullIsOffsetZero()
    {
        EncodedOperation link = new EncodedPlan([new MakeSymlink("/ä", "")]).Operation(0);

        link.Text("path").Should().Be("/ä");
        link.Text("target").Should().BeEmpty();
        link["target"].Should().NotBe(0);
        link["only_if_exists"].Should().Be(0);
    }

    [Fact]
    public void VectorsAreAlignedAndTheBufferGrows()
    {
        string[] args = Enumerable.Range(0, 2000).Select(i => i + new string('x', 500)).ToArray();

        EncodedOperation find = new EncodedPlan([new FindExecutable(args, ["BC=d"], 0, 0)]).Operation(0);

        (find["args"] % 4, find["env"] % 4).Should().Be((0ul, 0ul));
        find.Vector("args").Should().Equal(args);
        find.Vector("env").Should().Equal("BC=d");
        new EncodedPlan([new FindExecutable(["a"], [], 0, 0)]).Operation(0).Vector("env").Should().BeEmpty();
    }

    [Theory]
    [InlineData("sh")]
    [InlineData("four")]
    public void BlobsAreAlignedToEight(string before)
    {
        byte[] program = [1, 2, 3, 4, 5, 6, 7, 8];
        EncodedOperation load = new EncodedPlan([new SetHostname(before), new LoadSeccomp(program, 5)]).Operation(1);

        ((load["program"] + 4) % 8).Should().Be(0);
        load.Blob("program").Should().Equal(program);
    }

    [Fact]
    public void OptionsAreKeysAndValuesAndFlagsHaveOffsetZero()
    {
        var mount = new Mount("tmpfs", null, "/a") { Options = [new FsOption("noswap", null), new FsOption("size", "1k"), new FsOption("x", "")] };

        EncodedOperation encoded = new EncodedPlan([mount]).Operation(0);

        encoded.Vector("options").Should().Equal("noswap", null, "size", "1k", "x", "");
        encoded["source"].Should().Be(0);
        new EncodedPlan([mount with { Options = [] }]).Operation(0)["options"].Should().Be(0);
    }

    [Fact]
    public void ProgramIsSearchedInTheLastPathOfTheEnvironment()
    {
        EncodedOperation find = new EncodedPlan([OperationSamples.Of(typeof(FindExecutable))]).Operation(0);

        find.Text("file").Should().Be("sh");
        find.Text("search_path").Should().Be("/bin:/usr/bin");
        new EncodedPlan([new FindExecutable(["sh"], ["XPATH=/a", "PATHS=/b"], 0, 0)]).Operation(0).Text("search_path").Should().Be("/usr/local/bin:/bin:/usr/bin");
    }

    [Fact]
    public void HookDefaultsToItsPathAndTheProgramsEnvironmentIsOffsetZero()
    {
        var hook = new RunHook("createContainer", 7, "/bin/hook");

        EncodedOperation encoded = new EncodedPlan([hook]).Operation(0);
        encoded.Vector("arguments").Should().Equal("/bin/hook");
        encoded.Vector("env").Should().BeEmpty();
        encoded.Blob("filter").Should().BeEmpty();
        encoded.Numbers.Should().BeEmpty();
        new EncodedPlan([hook with { Env = null }]).Operation(0)["env"].Should().Be(0);
        new EncodedPlan([hook with { Env = ["A=1"] }]).Operation(0).Vector("env").Should().Equal("A=1");
    }

    [Fact]
    public void HookConfinementIsAFilterOrCapabilitiesOrBoth()
    {
        byte[] program = [6, 0, 0, 0, 0, 0, 0xff, 0x7f, 6, 0, 0, 0, 1, 0, 5, 0];
        var filter = new LoadSeccomp(program, 5);
        var sets = new SetCapabilities(1, 3, 4, 1UL << 40);

        EncodedOperation both = Confined(new HookConfinement([], filter, sets));
        both.Blob("filter").Should().Equal(program);
        both.Numbers.Should().Be("filter_flags=5 effective=1 permitted=3 inheritable=4 ambient=1099511627776 limits_capabilities");

        EncodedOperation filterOnly = Confined(new HookConfinement([], filter, null));
        filterOnly.Blob("filter").Should().Equal(program);
        filterOnly.Numbers.Should().Be("filter_flags=5");

        EncodedOperation setsOnly = Confined(new HookConfinement([], null, sets));
        setsOnly.Blob("filter").Should().BeEmpty();
        setsOnly.Numbers.Should().Be("effective=1 permitted=3 inheritable=4 ambient=1099511627776 limits_capabilities");
        Confined(new HookConfinement([], null, new SetCapabilities(0, 0, 0, 0))).Numbers.Should().Be("limits_capabilities");

        static EncodedOperation Confined(HookConfinement confinement) =>
            new EncodedPlan([new RunHook("startContainer", 0, "/a") { Confinement = confinement }]).Operation(0);
    }

    [Fact]
    public void OptionalSlotsAreSlotNumbersOrNone()
    {
        Slot kept = new("start"), pid = new("namespaces/pid");

        var plan = new EncodedPlan([new OpenTree(OperationSamples.Tree, "/a"), new CloseDescriptors(kept)], new Dictionary<Slot, int> { [kept] = 42 });
        plan.Slots.Should().Equal(-1, -1, -1, -1, -1, -1, 42);
        plan.Operation(1)["kept"].Should().Be(6);
        new EncodedPlan([new CloseDescriptors(null)]).Operation(0)["kept"].Should().Be(PlanFormat.NoSlot);
        new EncodedPlan([new WaitForStart(null)]).Operation(0)["listener"].Should().Be(PlanFormat.NoSlot);

        EncodedOperation shown = new EncodedPlan([new SetProcNamespace(pid, "/p")], new Dictionary<Slot, int> { [pid] = 9 }).Operation(0);
        (shown["namespace"], shown.Numbers).Should().Be(((ulong)PlanFormat.FirstSlot, ""));
        new EncodedPlan([new SetProcNamespace(pid, "/p") { IsJoined = true }]).Operation(0).Numbers.Should().Be("is_joined");
    }

    [Fact]
    public void GroupsAreABlob()
    {
        EncodedOperation groups = new EncodedPlan([new SetGroups([10, 0xfffffffe])]).Operation(0);

        groups.Blob("gids").Should().Equal(10, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff);
        new EncodedPlan([new SetGroups([])]).Operation(0).Blob("gids").Should().BeEmpty();
    }

    [Fact]
    public void CpusAndNodesAreMasksOfWholeWords()
    {
        new EncodedPlan([new SetAffinity(null)]).Operation(0).Blob("cpu_mask").Should().HaveCount(1024).And.OnlyContain(b => b == 0xff);
        new EncodedPlan([new SetAffinity("0,3-5,64")]).Operation(0).Blob("cpu_mask").Should().Equal(0x39, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0);
        foreach ((string? nodes, int bytes) in new[] { (null, 0), ("0", 8), ("64", 16) })
            new EncodedPlan([new SetMemoryPolicy("MPOL_BIND", 0x8002, nodes)]).Operation(0).Blob("node_mask").Should().HaveCount(bytes);
    }

    public static IEnumerable<object[]> Numbers() =>
    [
        [new Unshare(CloneFlags.CLONE_NEWTIME), "flags=128"],
        [new JoinNamespace(new Slot("n"), CloneFlags.CLONE_NEWNET, "/n"), "type=1073741824"],
        [new JoinNamespace(new Slot("n"), CloneFlags.CLONE_NEWNS | CloneFlags.CLONE_NEWPID, "/n"), "type=537001984"],
        [new Sync(SyncPoint.Hooks), "point=3"],
        [new Sync(SyncPoint.MapIds) { Dumpable = true }, "point=1 dumpable"],
        [new ResetSignals(1 << 12), "mask=4096"],
        [new Clone(CloneFlags.CLONE_NEWPID | CloneFlags.CLONE_NEWNS), "flags=537001984"],
        [new BecomeRoot(), ""],
        [new BecomeRoot { KeepGroups = true }, "keep_groups"],
        [new WriteProc("self/oom_score_adj", "0") { Dumpable = true }, "dumpable"],
        [new SetPropagation(MountPropagation.MS_SLAVE | MountPropagation.MS_REC), "propagation=540672"],
        [new OpenTree(OperationSamples.Tree, "/a") { Recursive = true }, "recursive"],
        [new OpenTree(OperationSamples.Tree, "/a") { NoFollow = true, Propagation = MountPropagation.MS_SLAVE }, "propagation=524288 no_follow"],
        [Tree, "set=1 clear=4"],
        [Tree with { Recursive = true }, "set=1 clear=4 recursive"],
        [Tree with { Propagation = MountPropagation.MS_PRIVATE | MountPropagation.MS_REC }, "set=1 clear=4 propagation=278528"],
        [new AttachRoot(OperationSamples.Tree, "/a") { SharedParent = true }, "shared_parent"],
        [new Mount("proc", "proc", "/proc") { NoSymlinks = true }, "no_symlinks"],
        [new Mount("tmpfs", "t", "/a") { InheritMode = true }, "inherit_mode"],
        [new Mount("tmpfs", "t", "/a") { CopyUp = true, Attributes = MountAttributes.MOUNT_ATTR_NOSUID | MountAttributes.MOUNT_ATTR_NOEXEC }, "attributes=10 copy_up"],
        [new Mount("ext4", "t", "/a") { OptionalFlags = true, Propagation = MountPropagation.MS_SHARED | MountPropagation.MS_REC }, "propagation=1064960 optional_flags"],
        [new Attach(OperationSamples.Tree, "/a", "/b") { InProc = true }, "in_proc"],
        [new Remount("/a") { Superblock = true, Set = MountAttributes.MOUNT_ATTR_RDONLY, Clear = MountAttributes.MOUNT_ATTR_NOEXEC }, "set=1 clear=8 superblock"],
        [new Remount("/a") { Recursive = true }, "recursive"],
        [new SetTargetAttributes("/a") { Recursive = true, Clear = MountAttributes.MOUNT_ATTR__ATIME, Propagation = MountPropagation.MS_UNBINDABLE }, "clear=112 propagation=131072 recursive"],
        [new MakeDevice("/dev/x", 0x61b0, 8, 1) { Uid = 1000, Gid = 1001 }, "mode=25008 major=8 minor=1 uid=1000 gid=1001"],
        [new MakeNode("x", 0x61b0, 8, 1) { Uid = 1000, Gid = 1001 }, "mode=25008 major=8 minor=1 uid=1000 gid=1001"],
        [new MakeSymlink("/a", "b") { Replace = true }, "replace"],
        [new MaskPath("/a") { AfterFallback = true }, "after_fallback"],
        [new Unmount("/a", 1UL << 40), "id=1099511627776"],
        [new SetMemoryPolicy("MPOL_BIND", 0x8002, "0"), "number=32770"],
        [new PivotRoot { NoPivot = true }, "no_pivot"],
        [new PivotRoot { Propagation = MountPropagation.MS_SHARED | MountPropagation.MS_REC }, "propagation=1064960"],
        [new OpenConsole(25, 80, 1000) { BindConsole = true }, "rows=25 columns=80 uid=1000 bind_console"],
        [new ChangeDirectory("/work", 1000, 1001) { MustExist = true }, "uid=1000 gid=1001 must_exist"],
        [new SetRlimit("RLIMIT_NOFILE", 7, 1024, ulong.MaxValue) { RaiseOnly = true }, "resource=7 soft=1024 hard=18446744073709551615 raise_only"],
        [new SetUmask(18), "mask=18"],
        [new SetPersonality("LINUX32", 8), "persona=8"],
        [new SetIoPriority("IOPRIO_CLASS_IDLE", 3, 7), "value=24583"],
        [new SetScheduler("SCHED_DEADLINE", 6) { Flags = 3, Nice = -1, Priority = 7, Runtime = 10, Deadline = 20, Period = 1UL << 40 },
            "number=6 flags=3 nice=4294967295 priority=7 runtime=10 deadline=20 period=1099511627776"],
        [new DropBounding(0x1ffffffffff, 40), "keep=2199023255551 last=40"],
        [new SetUser(uint.MaxValue - 1, 5), "uid=4294967294 gid=5"],
        [new SetCapabilities(1, 2, 3, 1UL << 40), "effective=1 permitted=2 inheritable=3 ambient=1099511627776"],
        [new LoadSeccomp(new byte[8], 5) { ListenerByNumber = true }, "flags=5 listener_by_number"],
        [new LoadSeccomp(new byte[8], 0) { IsEarly = true }, "is_early"],
        [new NoNewPrivileges(), ""],
        [new Execute("sh"), ""],
        [new CloseDescriptors(null), ""],
        [new CloseDescriptors(null) { OfferNamespaces = true }, "offer_namespaces"],
        [new EmptyRoot(CloneFlags.CLONE_NEWUSER), "flags=268435456"],
        [new StandardStreams(uint.MaxValue - 1), "uid=4294967294"],
        [new FindHome(1000, 1001, 7), "uid=1000 gid=1001 variable=7"],
        [new SetHookOutput(new Slot("n"), 2, "/f"), "number=2"],
    ];

    [Theory]
    [MemberData(nameof(Numbers))]
    internal void NumbersAndFlagsOf(Operation operation, string numbers) => new EncodedPlan([operation]).Operation(0).Numbers.Should().Be(numbers);

    [Fact]
    public void MountHasTwoOptionalSlots()
    {
        var mount = new Mount("tmpfs", "shm", "/a");

        Slots(mount).Should().Be((PlanFormat.NoSlot, PlanFormat.NoSlot));
        Slots(mount with { IdMap = new Slot("idmaps/0") }).Should().Be((PlanFormat.FirstSlot, PlanFormat.NoSlot));
        Slots(mount with { Fallback = new Slot("sys") }).Should().Be((PlanFormat.NoSlot, PlanFormat.FirstSlot));

        static (ulong IdMap, ulong Fallback) Slots(Mount mount)
        {
            EncodedOperation encoded = new EncodedPlan([mount]).Operation(0);
            return (encoded["id_map"], encoded["fallback"]);
        }
    }

    [Theory]
    [InlineData(SecurityModule.AppArmor, "self/attr/apparmor/exec", "exec label")]
    [InlineData(SecurityModule.Selinux, "self/attr/exec", "label")]
    internal void LabelsAreWrittenToTheModulesFile(SecurityModule module, string path, string value)
    {
        EncodedOperation label = new EncodedPlan([new SetExecLabel(module, "label")]).Operation(0);

        (label.Text("file"), label.Text("value")).Should().Be((path, value));
    }

    [Theory]
    [InlineData(typeof(WriteProc), "path=self/oom_score_adj value=-5")]
    [InlineData(typeof(SetHostname), "name=host")]
    [InlineData(typeof(SetDomainname), "name=domain")]
    [InlineData(typeof(JoinSessionKeyring), "name=_ses.c1.hunter2")]
    [InlineData(typeof(OpenTree), "path=/src")]
    [InlineData(typeof(AttachRoot), "path=/b/rootfs")]
    [InlineData(typeof(Mount), "type=tmpfs source=shm target=/dev/shm")]
    [InlineData(typeof(Attach), "target=/dst")]
    [InlineData(typeof(Remount), "target=/dst")]
    [InlineData(typeof(SetTargetAttributes), "target=/dst")]
    [InlineData(typeof(MakeDevice), "path=/dev/x")]
    [InlineData(typeof(MakeNode), "name=null like=/dev/null")]
    [InlineData(typeof(AttachNode), "path=/dev/null name=null")]
    [InlineData(typeof(MakeSymlink), "path=/dev/fd target=/proc/self/fd only_if_exists=/proc/self")]
    [InlineData(typeof(MaskPath), "path=/proc/kcore")]
    [InlineData(typeof(ReadonlyPath), "path=/proc/sys")]
    [InlineData(typeof(ChangeRoot), "path=/b/rootfs")]
    [InlineData(typeof(ChangeDirectory), "path=/work")]
    public void Texts(Type kind, string texts)
    {
        EncodedOperation encoded = new EncodedPlan([OperationSamples.Of(kind)]).Operation(0);

        string.Join(' ', encoded.Structure.Arguments.Where((_, i) => encoded.Structure.Layout[i] is 's' or 'z' or 'p').Select(name => name + "=" + encoded.Text(name)))
            .Should().Be(texts);
    }

    private static SetTreeAttributes Tree { get; } =
        new(OperationSamples.Tree, "/a", MountAttributes.MOUNT_ATTR_RDONLY, MountAttributes.MOUNT_ATTR_NODEV);

    [Theory]
    [InlineData(0)]
    [InlineData(16 * 1024)]
    [InlineData(1_000_000)]
    public void ReservesRoomForTheHeader(int reserved)
    {
        var writer = new PlanWriter(reserved, 4);

        writer.Written.ContainsAnyExcept((byte)0).Should().BeFalse();
        writer.Length.Should().Be(reserved);
        uint at = writer.String("text");
        if (reserved > 0)
            writer.PutUInt32(reserved - 4, 7);

        at.Should().Be((uint)reserved);
        Encoding.UTF8.GetString(writer.Written[reserved..]).Should().Be("text\0");
    }
}
