using System;
using System.Collections.Generic;
using System.Linq;
using FluentAssertions;
using Lade.Configuration;
using Lade.Plan;
using Lade.Planning;
using Lade.Tests.Plan;
using Lade.Tests.Rootfs;
using Xunit;

namespace Lade.Tests.Planning;

/// <summary>
/// The order of operations, and the reason for it (CreatePlan.cs). Each constraint is checked for every case, and must apply to at least one.
/// </summary>
public sealed class CreatePlanTests
{
    public static IEnumerable<object[]> Orders() =>
    [
        .. Order("signals are reset before anything else can fail", o => o is ResetSignals, o => o is not (JoinCgroup or ResetSignals or Sync { Point: SyncPoint.Cgroup })),
        .. Order("OOM score with the host's privileges", o => o is WriteProc { Path: "self/oom_score_adj" }, IsEntry),
        .. Order("hard limits with the host's privileges", o => o is SetRlimit { RaiseOnly: true }, IsEntry),
        .. Order("cgroup namespace after joining the cgroup", o => o is JoinCgroup, o => o is Unshare { Flags: CloneFlags.CLONE_NEWCGROUP }),
        .. Order("cgroup namespace of the container process", o => o is Clone, o => o is Unshare { Flags: CloneFlags.CLONE_NEWCGROUP } or LoopbackUp, c => !c.JoinsPid),
        .. Order("ID mappings before the container process", o => o is Sync { Point: SyncPoint.MapIds or SyncPoint.TimeOffsets } or BecomeRoot, o => o is Clone),
        .. Order("network devices are moved to the new namespace", o => o is Clone or LoopbackUp, o => o is Sync { Point: SyncPoint.Namespaces }, c => !c.JoinsPid),
        .. Order("the same in an existing pid namespace", o => o is Unshare or LoopbackUp, o => o is Sync { Point: SyncPoint.Namespaces }, c => c.JoinsPid),
        .. Order("host acts after the cgroup namespace has its root", o => o is Unshare { Flags: CloneFlags.CLONE_NEWCGROUP }, o => o is Sync { Point: SyncPoint.Namespaces }),
        .. Order("host acts before mounts and hooks", o => o is Sync { Point: SyncPoint.Namespaces }, o => IsMount(o) || o is Sync { Point: SyncPoint.Hooks } or RunHook),
        .. Order("session of the container process", o => o is Clone, o => o is NewSession),
        .. Order("names in the new namespaces", o => o is Clone, o => o is JoinSessionKeyring or SetHostname or SetDomainname, c => !c.JoinsPid),
        .. Order("names in unshared namespaces", o => o is Unshare, o => o is JoinSessionKeyring or SetHostname or SetDomainname, c => c.JoinsPid),
        .. Order("propagation before any mount", o => o is SetPropagation, IsMount),
        .. Order("root before the mounts in it", o => o is AttachRoot or ChangeRoot, o => o is Mount or Attach or Remount or MakeDevice or MakeSymlink),
        .. Order("devices after the mount on /dev", o => o is Mount { Target: "/dev" }, o => o is MakeDevice or MakeSymlink { Path: "/dev/fd" }),
        .. Order("host hooks after the mounts", o => o is Mount or MakeDevice, o => o is Sync { Point: SyncPoint.Hooks }),
        .. Order("host hooks before pivot_root", o => o is Sync { Point: SyncPoint.Hooks }, o => o is PivotRoot),
        .. Order("createContainer hooks after host hooks", o => o is Sync { Point: SyncPoint.Hooks }, o => o is RunHook { List: "createContainer" }),
        .. Order("createContainer hooks before pivot_root", o => o is RunHook { List: "createContainer" }, o => o is PivotRoot),
        .. Order("hook output is redirected before hooks", o => o is SetHookOutput, o => o is RunHook),
        .. Order("masks after opening the host's null device", o => o is OpenNull, o => o is MaskPath),
        .. Order("masks before detaching the old root", o => o is MaskPath or ReadonlyPath, o => o is PivotRoot),
        .. Order("masks after mounts and writes", o => o is Mount or Attach or MakeDevice or RunHook { List: "createContainer" } or WriteProc, o => o is MaskPath { AfterFallback: false } or ReadonlyPath),
        .. Order("terminal from the container's devpts", o => o is Mount or PivotRoot, o => o is OpenConsole),
        .. Order("controlling terminal of the program's session", o => o is OpenConsole or NewSession or Clone, o => o is ControllingTerminal),
        .. Order("controlling terminal before ready", o => o is ControllingTerminal, o => o is Sync { Point: SyncPoint.Ready }),
        .. Order("standard streams after the container's devices", o => o is Mount or MakeDevice or PivotRoot or ChangeRoot, o => o is StandardStreams),
        .. Order("standard streams while procfs is open", o => o is StandardStreams, o => o is CloseDescriptors),
        .. Order("home directory in the new root, for an existing environment", o => o is PivotRoot or ChangeRoot or FindExecutable, o => o is FindHome),
        .. Order("home directory while create can fail", o => o is FindHome, o => o is CloseDescriptors or Sync { Point: SyncPoint.Ready }),
        .. Order("terminal and cwd before anything becomes read-only", o => o is OpenConsole or ChangeDirectory, IsLateReadonly),
        .. Order("program is looked up in the new root", o => o is PivotRoot or ChangeRoot, o => o is ChangeDirectory or FindExecutable),
        .. Order("program is looked up with the user's groups", o => o is SetGroups, o => o is FindExecutable),
        .. Order("all of create before ready", o => IsMount(o) || o is FindExecutable or PivotRoot or MaskPath or RunHook { List: "createContainer" }, o => o is Sync { Point: SyncPoint.Ready }),
        .. Order("startContainer hooks after start", o => o is WaitForStart, o => o is RunHook { List: "startContainer" }),
        .. Order("startContainer hooks with the program's privileges", o => o is DropBounding or SetUser or NoNewPrivileges or SetExecLabel or ControllingTerminal, o => o is RunHook { List: "startContainer" }),
        .. Order("limits after the hooks", o => o is RunHook { List: "startContainer" }, o => o is SetRlimit { RaiseOnly: false }, c => !Notifies(c)),
        .. Order("hooks under a filter that notifies, which has a single listener", o => o is LoadSeccomp, o => o is RunHook { List: "startContainer" }, Notifies),
        .. Order("privileges are dropped before waiting", o => o is DropBounding or SetUser or NoNewPrivileges, o => o is Sync { Point: SyncPoint.Ready } or WaitForStart),
        .. Order("procfs shows a pid namespace joined later", o => o is SetProcNamespace, IsMount),
        .. Order("bounding set while we may drop from it", o => o is DropBounding, o => o is SetUser or SetCapabilities),
        .. Order("capabilities after the user change, which clears them", o => o is SetUser, o => o is SetCapabilities),
        .. Order("nothing but the program is opened after the limits", o => o is not (SetRlimit { RaiseOnly: false } or LoadSeccomp or SetCapabilities or SetScheduler or SetIoPriority or Execute), o => o is SetRlimit { RaiseOnly: false }, c => !Notifies(c)),
        .. Order("procfs before it is closed", o => o is WriteProc or SetExecLabel, o => o is CloseDescriptors),
    ];

    /// <param name="first">These come before every one of <paramref name="second"/>.</param>
    [Theory]
    [MemberData(nameof(Orders))]
    internal void ComesBefore(string why, Func<Operation, bool> first, Func<Operation, bool> second, Func<PlanCase, bool>? applies)
    {
        KeyValuePair<string, PlanCase>[] cases = PlanCases.All.Where(entry => applies is null || applies(entry.Value)).ToArray();
        foreach ((string name, PlanCase c) in cases)
            c.IsBefore(first, second).Should().BeTrue(why + ": " + name);
        cases.Should().Contain(entry => entry.Value.Any(first) && entry.Value.Any(second), "the constraint must apply somewhere: " + why);
    }

    private static IEnumerable<object[]> Order(string why, Func<Operation, bool> first, Func<Operation, bool> second, Func<PlanCase, bool>? applies = null) => [[why, first, second, applies!]];

    [Fact]
    public void CgroupIsJoinedFirst()
    {
        ForEach(c => c.Host.CgroupTasks.Count > 0, c => c.Operations.Take(2).Should().AllBeOfType<JoinCgroup>().And.HaveCount(2));
        ForEach(c => c.Host.WaitsForUnit, c => c.Operations[0].Should().Be(new Sync(SyncPoint.Cgroup) { Origin = JsonPointer.Of("linux", "cgroupsPath") }));
    }
    [Fact]
    public void StagedSourcesAreOpenedWithTheHostsPrivileges() =>
        ForEach(OpensFirst, c =>
        {
            c.IsBefore(o => o is OpenNull || IsSource(o), IsEntry).Should().BeTrue();
            c.Operations.Where(IsSource).Cast<OpenTree>().Should().OnlyContain(tree => tree.Propagation != MountPropagation.None, "they must not propagate to the host");
        });

    /// <summary>
    /// Without CAP_SYS_ADMIN over the mount namespace open_tree(2) clones mounts only in a mount namespace owned by the caller's user namespace.
    /// </summary>
    [Fact]
    public void SourcesOfAnUnprivilegedUserAreOpenedInTheirNamespaces() =>
        ForEach(c => IsStaged(c) && !c.Host.Host.CanMount, c => c.IsBefore(o => IsEntry(o) && !IsLastEntry(c, o), o => o is OpenNull || IsSource(o)).Should().BeTrue());


    [Fact]
    public void DirectSourcesAreOpenedInThePrivateMountNamespace() =>
        ForEach(c => !IsStaged(c) && c.Has(NamespaceType.Mount), c => c.IsBefore(o => o is SetPropagation, o => o is OpenTree or OpenNull).Should().BeTrue());

    [Fact]
    public void HostMovesTheProcessToTheDelegatedCgroup()
    {
        Spec spec = PlanCases.Everything with { Annotations = new Dictionary<string, string> { ["run.oci.delegate-cgroup"] = "payload" } };
        spec = spec with { Linux = spec.Linux! with { NetDevices = new Dictionary<string, NetDeviceSpec>() } };

        Hosts.WithUnifiedCgroup.Compile(spec).Operations.OfType<Sync>().Single(sync => sync.Point == SyncPoint.Namespaces)
            .Origin.ToString().Should().Be("/annotations/run.oci.delegate-cgroup");
    }

    [Fact]
    public void HostIsAskedForNetworkDevicesAndResctrlOnly() =>
        ForEach(_ => true, c => c.Any(o => o is Sync { Point: SyncPoint.Namespaces }).Should().Be(c.Spec.Linux is { NetDevices.Count: > 0 } or { IntelRdt: not null }));

    [Fact]
    public void ThereIsOneSession() => ForEach(_ => true, c => c.Operations.Should().ContainSingle(o => o is NewSession));

    [Fact]
    public void OnlyANewMountNamespaceHasItsPropagationSet() =>
        ForEach(_ => true, c => c.Operations.OfType<SetPropagation>().Should().HaveCount(c.Makes(NamespaceType.Mount) ? 1 : 0));

    [Fact]
    public void HostIsAskedForHooksOnlyIfThereAreAny() =>
        ForEach(_ => true, c => c.Any(o => o is Sync { Point: SyncPoint.Hooks }).Should().Be(c.Spec.Hooks.Prestart.Count + c.Spec.Hooks.CreateRuntime.Count > 0));

    /// <summary>The mask of the cgroups in the host's /sys belongs to that mount: later mounts may cover it.</summary>
    [Fact]
    public void MaskOfAFallbackFollowsItsMount() =>
        ForEach(c => c.Any(o => o is MaskPath { AfterFallback: true }), c =>
        {
            Operation[] operations = [.. c.Operations];
            operations[Array.FindIndex(operations, o => o is MaskPath { AfterFallback: true }) - 1].Should().BeOfType<Mount>().Which.Fallback.Should().NotBeNull();
        });

    [Fact]
    public void TerminalControlsTheSession() => ForEach(_ => true, c => c.Any(o => o is ControllingTerminal).Should().Be(c.Any(o => o is OpenConsole)));

    [Fact]
    public void StandardStreamsUnlessThereIsATerminal() => ForEach(_ => true, c => c.Any(o => o is StandardStreams).Should().Be(!c.Any(o => o is OpenConsole)));

    [Fact]
    public void ReadyThenWait() =>
        ForEach(_ => true, c =>
        {
            int ready = c.Operations.ToList().FindIndex(o => o is Sync { Point: SyncPoint.Ready });
            c.Operations[ready + 1].Should().Be(new WaitForStart(c.Host.WaitsOnSocket ? CreatePlan.StartListener : null));
            c.Operations.Count(o => o is WaitForStart).Should().Be(1);
        });

    [Fact]
    public void StartContainerHooksRunWithTheProgramsPrivileges() =>
        ForEach(c => c.Any(o => o is RunHook { List: "startContainer" }), c =>
        {
            var hook = (RunHook)c.Operations.First(o => o is RunHook { List: "startContainer" });
            Operation[] before = [.. c.Operations.TakeWhile(o => o is not RunHook { List: "startContainer" })];
            // Each is under the program's filter, through init or by itself, and has its capabilities.
            (before.Any(o => o is LoadSeccomp) || hook.Confinement?.Filter is not null).Should().Be(c.Any(o => o is LoadSeccomp));
            (hook.Confinement?.Capabilities ?? before.OfType<SetCapabilities>().Last()).Should().Be(c.Operations.OfType<SetCapabilities>().Last());
            before.Should().Contain(o => o is SetCapabilities);
        });

    [Fact]
    public void CapabilitiesAreDroppedBeforeReady() =>
        ForEach(_ => true, c =>
        {
            Operation[] operations = [.. c.Operations];
            Array.FindIndex(operations, o => o is SetCapabilities).Should().BePositive()
                .And.BeLessThan(Array.FindIndex(operations, o => o is Sync { Point: SyncPoint.Ready }));
            });

    /// <summary>Processes of an existing pid namespace can see ours once it is cloned.</summary>
    [Fact]
    public void ProcessInAnExistingPidNamespaceHasNothingOfTheHost() =>
        ForEach(c => c.JoinsPid, c =>
        {
            Operation[] operations = [.. c.Operations];
            int clone = Array.FindIndex(operations, o => o is Clone);
            operations[clone].Should().BeOfType<Clone>().Which.Flags.Should().Be(CloneFlags.None);
            operations.Count(o => o is Clone).Should().Be(1);
            clone.Should().BeGreaterThan(Array.FindIndex(operations, o => o is SetCapabilities)).And.BeGreaterThan(Array.FindIndex(operations, o => o is CloseDescriptors));
            operations.Skip(clone).Any(o => IsMount(o) || o is PivotRoot or MaskPath or WriteProc or JoinNamespace or RunHook { List: "createContainer" }).Should().BeFalse();
        });

    /// <summary>A child of ours, such as a hook, would be in it; with a user namespace it cannot be joined later.</summary>
    [Fact]
    public void ExistingPidNamespaceIsJoinedLast() =>
        ForEach(c => c.JoinsPid, c =>
        {
            Operation[] operations = [.. c.Operations];
            int join = Array.FindIndex(operations, o => o is JoinNamespace { Type: CloneFlags.CLONE_NEWPID });
            operations.Count(o => o is JoinNamespace { Type: CloneFlags.CLONE_NEWPID }).Should().Be(1);
            if (c.Has(NamespaceType.User))
                operations.Skip(join).Any(o => o is SetProcNamespace { IsJoined: true }).Should().BeTrue();
            else
                operations[join + 1].Should().BeOfType<CloseDescriptors>("its file is open until then");
        });

    /// <summary>Later messages may be forged.</summary>
    [Fact]
    public void MountsAreComparedBeforeOthersCanTraceUs() =>
        ForEach(_ => true, c =>
        {
            Operation[] operations = [.. c.Operations];
            int check = Array.FindIndex(operations, o => o is Sync { Point: SyncPoint.Check });
            (check >= 0).Should().Be(c.JoinsPid);
            if (!c.JoinsPid)
                return;
            check.Should().BeGreaterThan(Array.FindLastIndex(operations, o => o is Mount or Attach or MaskPath or ReadonlyPath or SetTargetAttributes or PivotRoot));
            check.Should().BeLessThan(Array.FindLastIndex(operations, o => o is Clone));
        });

    /// <summary>They could not be dropped in a user namespace that denies setgroups(2).</summary>
    [Fact]
    public void CallersGroupsAreDroppedBeforeAUserNamespace() =>
        ForEach(c => c.Has(NamespaceType.User) && c.Host.IsPrivileged && c.Any(o => o is SetGroups), c =>
            c.Operations.First(o => o is SetGroups or Unshare { Flags: CloneFlags.CLONE_NEWUSER } or JoinNamespace { Type: CloneFlags.CLONE_NEWUSER } or BecomeRoot).Should().BeOfType<SetGroups>());

    [Fact]
    public void ProcfsShowsTheExistingPidNamespace() => ForEach(_ => true, c => c.Operations.Count(o => o is SetProcNamespace).Should().Be(c.JoinsPid ? 1 : 0));

    [Fact]
    public void EarlyFilterIsLoadedBeforeDroppingThePrivilegeToLoadIt() =>
        ForEach(c => c.Any(o => o is LoadSeccomp { IsEarly: true }) && !Notifies(c), c =>
        {
            c.Operations.OfType<LoadSeccomp>().Should().ContainSingle().Which.IsEarly.Should().BeTrue();
            c.IsBefore(o => o is LoadSeccomp, o => o is SetCapabilities).Should().BeTrue();
        });

    /// <summary>Host hooks must not run with them; image hooks must.</summary>
    [Fact]
    public void LabelsApplyToTheProgramAndImageHooks()
    {
        Spec spec = PlanCases.Everything with { Process = PlanCases.Everything.Process! with { SelinuxLabel = "l" } };
        Operation[] operations = (Hosts.Plain with { HasAppArmor = true, HasSelinux = true }).Compile(spec).Operations.ToArray();

        Array.FindIndex(operations, o => o is SetExecLabel).Should().BeGreaterThan(Array.FindLastIndex(operations, o => o is RunHook { List: "createContainer" }));
        Array.FindLastIndex(operations, o => o is SetExecLabel).Should().BeLessThan(Array.FindIndex(operations, o => o is PivotRoot))
            .And.BeLessThan(Array.FindIndex(operations, o => o is RunHook { List: "startContainer" }));
        operations.Count(o => o is SetExecLabel).Should().Be(2);
    }

    [Fact]
    public void PlanEndsWithTheProgram()
    {
            ForEach(c => c.Spec.Process is not null, c =>
            {
                c.Operations[^1].Should().BeOfType<Execute>();
                c.Operations.Count(o => o is Execute).Should().Be(1);
            });
            ForEach(c => c.Spec.Process is null, c => c.Operations[^1].Should().NotBeOfType<Execute>());
        }

    [Fact]
    public void WithoutAMountNamespaceNothingIsMountedOnTheHost() =>
        ForEach(c => !c.Has(NamespaceType.Mount), c =>
        {
            c.Operations.Should().NotContain(o => IsMount(o) || o is OpenTree || o is PivotRoot || o is SetPropagation || o is MaskPath);
            c.Operations.OfType<ChangeRoot>().Should().ContainSingle().Which.Path.Should().Be("/b/rootfs");
        });

    [Fact]
    public void DevOfTheBundleIsNotModified()
    {
        Spec spec = PlanCases.Everything with { Mounts = [MountsTests.Entry("/dev", null, "/dev", "rbind")] };

        Hosts.Plain.Compile(spec).Operations.Should().NotContain(o => o is MakeDevice || o is MakeSymlink);
    }

    [Theory]
    [InlineData(null, 0)]
    [InlineData("_ses.c1.x", 1)]
    public void SessionKeyringUnlessDisabled(string? name, int count) =>
        (Hosts.Plain with { Keyring = name }).Compile(PlanCases.Everything).Operations.OfType<JoinSessionKeyring>()
            .Where(keyring => keyring.Name == name).Should().HaveCount(count);

    [Fact]
    public void EmptyNamesAreNotSet() =>
        Hosts.Plain.Compile(PlanCases.Everything with { Hostname = "", Domainname = null, Linux = new LinuxSpec() }).Operations
            .Should().NotContain(o => o is SetHostname || o is SetDomainname);

    [Fact]
    public void WarningsIncludeCapabilities()
    {
        var process = new ProcessSpec { Cwd = "/", Args = ["a"], Capabilities = new CapabilitiesSpec { Bounding = ["CAP_NOT_REAL"] } };

        Hosts.Plain.Compile(PlanCases.Everything with { Process = process }).Warnings.Should().ContainSingle().Which.Should().Contain("CAP_NOT_REAL");
    }

    [Fact]
    public void EveryPlanIsEncodable() =>
        ForEach(_ => true, c => new EncodedPlan(c.Operations)["op_count"].Should().Be((uint)c.Operations.Count));

    [Fact]
    public void SlotsAreFilledBeforeUseAndAllUsed() =>
        ForEach(_ => true, c =>
        {
            var open = new HashSet<Slot>(c.Operations.OfType<JoinCgroup>().Select(join => join.Tasks));
            open.UnionWith(c.Operations.OfType<JoinNamespace>().Select(join => join.Namespace));
            var attached = new HashSet<Slot>();
            foreach (Operation operation in c.Operations)
            {
                if (operation is OpenTree tree)
                    open.Add(tree.Tree).Should().BeTrue(tree.Description);
                if (operation is SetTreeAttributes change)
                    open.Should().Contain(change.Tree);
                if (operation is Mount { Fallback: { } fallback })
                    attached.Add(fallback).Should().BeTrue(operation.Description);
                if (operation is Attach or AttachRoot)
                    attached.Add(operation is Attach attach ? attach.Tree : ((AttachRoot)operation).Tree).Should().BeTrue(operation.Description);
            }

            attached.Should().BeEquivalentTo(c.Operations.OfType<OpenTree>().Select(tree => tree.Tree));
        });

    /// <summary>`start` needs them to name an operation that fails.</summary>
    [Fact]
    public void OperationsAfterTheWaitAreRecorded() =>
        ForEach(c => c.Host.WaitsOnSocket, c =>
        {
            var notes = StartNotes.From(c.Operations);

            for (int i = 0; i < c.Operations.Count; i++)
                notes.At(i).Should().Be(i < notes.First ? null : OperationNote.From(c.Operations[i]));
            c.Operations[notes.First - 1].Should().BeOfType<WaitForStart>();
            notes.At(c.Operations.Count).Should().BeNull();
        });

    private static bool IsStaged(PlanCase c) => new NamespacePlan(c.Spec.Linux ?? new LinuxSpec(), c.Host.Host).IsStaged;

    private static bool Notifies(PlanCase c) => c.Any(o => o is LoadSeccomp { Flags: var flags } && (flags & 8) != 0);

    /// <summary>The final step into an existing pid namespace.</summary>
    private static bool IsLastEntry(PlanCase c, Operation o) => c.JoinsPid && o is Clone or JoinNamespace { Type: CloneFlags.CLONE_NEWPID };

    private static bool OpensFirst(PlanCase c) => IsStaged(c) && c.Host.Host.CanMount;

    /// <summary>The end of privileges in the initial user namespace, or the start of another mount namespace.</summary>
    private static bool IsEntry(Operation o) => o is Unshare { Flags: not CloneFlags.CLONE_NEWCGROUP } or JoinNamespace or BecomeRoot or Clone;

    private static bool IsMount(Operation o) => o is AttachRoot or Mount or Attach or Remount or SetTargetAttributes;

    /// <summary>A clone of a host path from config.json; the container's user may also access parts of /sys and the cgroup directories.</summary>
    private static bool IsSource(Operation o) => o is OpenTree tree && !tree.Path.StartsWith("/sys", StringComparison.Ordinal);

    private static bool IsLateReadonly(Operation o) => o is SetTargetAttributes { Target: "/" or "/dev", Set: MountAttributes.MOUNT_ATTR_RDONLY };

    private static void ForEach(Func<PlanCase, bool> applies, Action<PlanCase> check)
    {
        KeyValuePair<string, PlanCase>[] cases = PlanCases.All.Where(entry => applies(entry.Value)).ToArray();
        cases.Should().NotBeEmpty();
        foreach ((_, PlanCase c) in cases)
            check(c);
    }
}
