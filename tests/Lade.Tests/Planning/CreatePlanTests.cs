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
/// What must come before what, and why (CreatePlan.cs). Each constraint is held for every case; each is also seen at work in at least one, so that none
/// is true of nothing.
/// </summary>
public sealed class CreatePlanTests
{
    [Fact]
    public void CgroupFirstOfAllSoThatEverythingLaterIsCharged() =>
        ForEach(c => c.Host.CgroupTasks.Count > 0, c => c.Operations.Take(2).Should().AllBeOfType<JoinCgroup>().And.HaveCount(2));

    [Fact]
    public void SystemdPutsInitIntoItsUnitFirstOfAll() =>
        ForEach(c => c.Host.WaitsForUnit, c => c.Operations[0].Should().Be(new Sync(SyncPoint.Cgroup) { Origin = JsonPointer.Of("linux", "cgroupsPath") }));

    [Fact]
    public void IgnoredSignalsAreResetBeforeAnythingElseCanFail() =>
        Before(o => o is ResetSignals, o => o is not (JoinCgroup or ResetSignals or Sync { Point: SyncPoint.Cgroup }));

    [Fact]
    public void OomScoreWhileWeHaveTheHostsRights() => Before(o => o is WriteProc { Path: "self/oom_score_adj" }, IsEntry);

    [Fact]
    public void HardLimitsWhileWeHaveTheHostsRights() => Before(o => o is SetRlimit { RaiseOnly: true }, IsEntry);

    [Fact]
    public void StagedSourcesAreOpenedWhileWeAreStillSomebody() =>
        ForEach(OpensFirst, c => c.IsBefore(o => o is OpenNull || IsSource(o), IsEntry).Should().BeTrue());

    /// <summary>open_tree(2) copies a mount only with CAP_SYS_ADMIN over the mount namespace: without it, in one of his own user namespace.</summary>
    [Fact]
    public void SourcesOfAnOrdinaryUserAreOpenedInHisNamespaces() =>
        ForEach(c => IsStaged(c) && !c.Host.Host.CanMount, c => c.IsBefore(o => IsEntry(o) && !IsAppearance(c, o), o => o is OpenNull || IsSource(o)).Should().BeTrue());

    [Fact]
    public void StagedSourcesAreSetApartFromTheHost() =>
        ForEach(OpensFirst, c => c.Operations.Where(IsSource).Cast<OpenTree>().Should().OnlyContain(tree => tree.Propagation != MountPropagation.None));

    [Fact]
    public void DirectSourcesAreOpenedInTheMountNamespaceThatIsSetApart() =>
        ForEach(c => !IsStaged(c) && c.Has(NamespaceType.Mount), c => c.IsBefore(o => o is SetPropagation, o => o is OpenTree or OpenNull).Should().BeTrue());

    [Fact]
    public void CgroupNamespaceAfterJoiningTheCgroup() => Before(o => o is JoinCgroup, o => o is Unshare { Flags: CloneFlags.CLONE_NEWCGROUP });

    [Fact]
    public void CgroupNamespaceIsTheRealProcesss() =>
        Before(o => o is Clone, o => o is Unshare { Flags: CloneFlags.CLONE_NEWCGROUP } or LoopbackUp, c => !c.JoinsPid);

    [Fact]
    public void IdsAreMappedBeforeTheRealProcessIsCloned() => Before(o => o is Sync { Point: SyncPoint.MapIds or SyncPoint.TimeOffsets } or BecomeRoot, o => o is Clone);

    [Fact]
    public void TheHostMovesTheProcessToItsPartOfTheCgroup()
    {
        Spec spec = PlanCases.Everything with { Annotations = new Dictionary<string, string> { ["run.oci.delegate-cgroup"] = "payload" } };
        spec = spec with { Linux = spec.Linux! with { NetDevices = new Dictionary<string, NetDeviceSpec>() } };

        Hosts.WithUnifiedCgroup.Compile(spec).Operations.OfType<Sync>().Single(sync => sync.Point == SyncPoint.Namespaces)
            .Origin.ToString().Should().Be("/annotations/run.oci.delegate-cgroup");
    }

    [Fact]
    public void NetworkDevicesComeBeforeAnybodyCanLookForThem()
    {
        Before(o => o is Clone or LoopbackUp, o => o is Sync { Point: SyncPoint.Namespaces }, c => !c.JoinsPid);
        Before(o => o is Unshare or LoopbackUp, o => o is Sync { Point: SyncPoint.Namespaces }, c => c.JoinsPid);
        Before(o => o is Unshare { Flags: CloneFlags.CLONE_NEWCGROUP }, o => o is Sync { Point: SyncPoint.Namespaces });
        Before(o => o is Sync { Point: SyncPoint.Namespaces }, o => IsMount(o) || o is Sync { Point: SyncPoint.Hooks } or RunHook);
        ForEach(_ => true, c => c.Any(o => o is Sync { Point: SyncPoint.Namespaces }).Should().Be(c.Spec.Linux is { NetDevices.Count: > 0 } or { IntelRdt: not null }));
    }

    [Fact]
    public void SessionAndNamesBelongToTheRealProcess()
    {
        Before(o => o is Clone, o => o is NewSession);
        Before(o => o is Clone, o => o is JoinSessionKeyring or SetHostname or SetDomainname, c => !c.JoinsPid);
        Before(o => o is Unshare, o => o is JoinSessionKeyring or SetHostname or SetDomainname, c => c.JoinsPid);
        ForEach(_ => true, c => c.Operations.Should().ContainSingle(o => o is NewSession));
    }

    [Fact]
    public void PropagationBeforeAnythingIsMounted() => Before(o => o is SetPropagation, IsMount);

    [Fact]
    public void OnlyANewMountNamespaceIsSetApart() =>
        ForEach(_ => true, c => c.Operations.OfType<SetPropagation>().Should().HaveCount(c.Makes(NamespaceType.Mount) ? 1 : 0));

    [Fact]
    public void RootIsAttachedBeforeTheMountsInIt() => Before(o => o is AttachRoot or ChangeRoot, o => o is Mount or Attach or Remount or MakeDevice or MakeSymlink);

    [Fact]
    public void DevicesAfterTheMountsOfWhichDevIsOne() => Before(o => o is Mount { Target: "/dev" }, o => o is MakeDevice or MakeSymlink { Path: "/dev/fd" });

    [Fact]
    public void HooksOfTheHostWhenAllMountsAreMadeAndTheRootIsNotYetChanged()
    {
        Before(o => o is Mount or MakeDevice, o => o is Sync { Point: SyncPoint.Hooks });
        Before(o => o is Sync { Point: SyncPoint.Hooks }, o => o is PivotRoot);
    }

    [Fact]
    public void HostIsAskedForHooksOnlyWhenThereAreAny() =>
        ForEach(_ => true, c => c.Any(o => o is Sync { Point: SyncPoint.Hooks }).Should().Be(c.Spec.Hooks.Prestart.Count + c.Spec.Hooks.CreateRuntime.Count > 0));

    [Fact]
    public void CreateContainerHooksAfterThoseOfTheHostAndBeforeThePivot()
    {
        Before(o => o is Sync { Point: SyncPoint.Hooks }, o => o is RunHook { List: "createContainer" });
        Before(o => o is RunHook { List: "createContainer" }, o => o is PivotRoot);
        Before(o => o is SetHookOutput, o => o is RunHook);
    }

    [Fact]
    public void MasksWhileTheHostsNullDeviceCanBeCopied()
    {
        Before(o => o is OpenNull, o => o is MaskPath);
        Before(o => o is MaskPath or ReadonlyPath, o => o is PivotRoot);
    }

    [Fact]
    public void MasksAfterEverythingIsMountedAndWritten() =>
        Before(o => o is Mount or Attach or MakeDevice or RunHook { List: "createContainer" } or WriteProc, o => o is MaskPath { AfterFallback: false } or ReadonlyPath);

    /// <summary>What hides the host's cgroups in the host's /sys belongs to that mount: later mounts may lie over it.</summary>
    [Fact]
    public void TheMaskOfAFallbackFollowsItsMount() =>
        ForEach(c => c.Any(o => o is MaskPath { AfterFallback: true }), c =>
        {
            Operation[] operations = [.. c.Operations];
            operations[Array.FindIndex(operations, o => o is MaskPath { AfterFallback: true }) - 1].Should().BeOfType<Mount>().Which.Fallback.Should().NotBeNull();
        });

    [Fact]
    public void TerminalFromTheContainersOwnDevpts() => Before(o => o is Mount or PivotRoot, o => o is OpenConsole);

    /// <summary>Before the caller hears that all is done, by the process that leads the session, which a clone would not.</summary>
    [Fact]
    public void TheTerminalControlsTheSessionOfTheProgram()
    {
        Before(o => o is OpenConsole or NewSession or Clone, o => o is ControllingTerminal);
        Before(o => o is ControllingTerminal, o => o is Sync { Point: SyncPoint.Ready });
        ForEach(_ => true, c => c.Any(o => o is ControllingTerminal).Should().Be(c.Any(o => o is OpenConsole)));
    }

    /// <summary>The container's own /dev/null is there by then, and procfs, by which it is opened, still is.</summary>
    [Fact]
    public void StandardStreamsAreTheContainersOnceItsDevicesAreThere()
    {
        Before(o => o is Mount or MakeDevice or PivotRoot or ChangeRoot, o => o is StandardStreams);
        Before(o => o is StandardStreams, o => o is CloseDescriptors);
        ForEach(_ => true, c => c.Any(o => o is StandardStreams).Should().Be(!c.Any(o => o is OpenConsole)));
    }

    /// <summary>It is a variable of the environment that the search for the program makes, and an error of create.</summary>
    [Fact]
    public void TheHomeIsLookedForInTheNewRootWhenThereIsAnEnvironment()
    {
        Before(o => o is PivotRoot or ChangeRoot or FindExecutable, o => o is FindHome);
        Before(o => o is FindHome, o => o is CloseDescriptors or Sync { Point: SyncPoint.Ready });
    }

    [Fact]
    public void TerminalAndDirectoryBeforeAnythingBecomesReadOnly() => Before(o => o is OpenConsole or ChangeDirectory, IsLateReadonly);

    [Fact]
    public void ProgramIsLookedForInTheNewRoot() => Before(o => o is PivotRoot or ChangeRoot, o => o is ChangeDirectory or FindExecutable);

    [Fact]
    public void ProgramIsLookedForWithTheGroupsOfItsUser() => Before(o => o is SetGroups, o => o is FindExecutable);

    [Fact]
    public void EverythingThatCreateHasToDoBeforeReady() =>
        Before(o => IsMount(o) || o is FindExecutable or PivotRoot or MaskPath or RunHook { List: "createContainer" }, o => o is Sync { Point: SyncPoint.Ready });

    [Fact]
    public void ReadyThenWait() =>
        ForEach(_ => true, c =>
        {
            int ready = c.Operations.ToList().FindIndex(o => o is Sync { Point: SyncPoint.Ready });
            c.Operations[ready + 1].Should().Be(new WaitForStart(c.Host.WaitsOnSocket ? CreatePlan.StartListener : null));
            c.Operations.Count(o => o is WaitForStart).Should().Be(1);
        });

    [Fact]
    public void StartContainerHooksAfterStartAndWithTheProgramsRights()
    {
        Before(o => o is WaitForStart, o => o is RunHook { List: "startContainer" });
        Before(o => o is DropBounding or SetUser or NoNewPrivileges or SetExecLabel or ControllingTerminal, o => o is RunHook { List: "startContainer" });
        ForEach(c => c.Any(o => o is RunHook { List: "startContainer" }), c =>
        {
            var hook = (RunHook)c.Operations.First(o => o is RunHook { List: "startContainer" });
            Operation[] before = [.. c.Operations.TakeWhile(o => o is not RunHook { List: "startContainer" })];
            // Each is under the program's filter, by init's being under it or by itself, and has its capabilities.
            (before.Any(o => o is LoadSeccomp) || hook.Confinement?.Filter is not null).Should().Be(c.Any(o => o is LoadSeccomp));
            (hook.Confinement?.Capabilities ?? before.OfType<SetCapabilities>().Last()).Should().Be(c.Operations.OfType<SetCapabilities>().Last());
            before.Should().Contain(o => o is SetCapabilities);
        });
    }

    /// <summary>Limits are the program's own; a filter that notifies has its one listener, which is handed over with the limits set.</summary>
    [Fact]
    public void LimitsAfterTheHooksUnlessTheFilterNotifies() =>
        Before(o => o is RunHook { List: "startContainer" }, o => o is SetRlimit { RaiseOnly: false }, c => !Notifies(c));

    [Fact]
    public void HooksUnderAFilterThatNotifies() => Before(o => o is LoadSeccomp, o => o is RunHook { List: "startContainer" }, Notifies);

    [Fact]
    public void RightsGoBeforeAnybodyWaits()
    {
        Before(o => o is DropBounding or SetUser or NoNewPrivileges, o => o is Sync { Point: SyncPoint.Ready } or WaitForStart);
        ForEach(_ => true, c =>
        {
            Operation[] operations = [.. c.Operations];
            Array.FindIndex(operations, o => o is SetCapabilities).Should().BePositive()
                .And.BeLessThan(Array.FindIndex(operations, o => o is Sync { Point: SyncPoint.Ready }));
        });
    }

    /// <summary>The processes of a pid namespace that others are in see the process from the clone on.</summary>
    [Fact]
    public void InAPidNamespaceOfOthersTheProcessAppearsWithNothingThatIsTheHosts() =>
        ForEach(c => c.JoinsPid, c =>
        {
            Operation[] operations = [.. c.Operations];
            int clone = Array.FindIndex(operations, o => o is Clone);
            operations[clone].Should().BeOfType<Clone>().Which.Flags.Should().Be(CloneFlags.None);
            operations.Count(o => o is Clone).Should().Be(1);
            clone.Should().BeGreaterThan(Array.FindIndex(operations, o => o is SetCapabilities)).And.BeGreaterThan(Array.FindIndex(operations, o => o is CloseDescriptors));
            operations.Skip(clone).Any(o => IsMount(o) || o is PivotRoot or MaskPath or WriteProc or JoinNamespace or RunHook { List: "createContainer" }).Should().BeFalse();
        });

    /// <summary>A child of ours, such as a hook, would be in it; with a user namespace there is no later moment at which we may join.</summary>
    [Fact]
    public void APidNamespaceOfOthersIsJoinedWhenNothingElseIsLeftToDo() =>
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

    /// <summary>What it says afterwards another process may say in its place.</summary>
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

    /// <summary>In a user namespace that denies setgroups(2) they would stay.</summary>
    [Fact]
    public void TheCallersGroupsGoBeforeAUserNamespace() =>
        ForEach(c => c.Has(NamespaceType.User) && c.Host.IsPrivileged && c.Any(o => o is SetGroups), c =>
            c.Operations.First(o => o is SetGroups or Unshare { Flags: CloneFlags.CLONE_NEWUSER } or JoinNamespace { Type: CloneFlags.CLONE_NEWUSER } or BecomeRoot).Should().BeOfType<SetGroups>());

    [Fact]
    public void AProcfsShowsThePidNamespaceThatWeAreNotInYet()
    {
        Before(o => o is SetProcNamespace, IsMount);
        ForEach(_ => true, c => c.Operations.Count(o => o is SetProcNamespace).Should().Be(c.JoinsPid ? 1 : 0));
    }

    [Fact]
    public void BoundingSetWhileWeMayDropFromIt() => Before(o => o is DropBounding, o => o is SetUser or SetCapabilities);

    [Fact]
    public void UserBeforeItsCapabilitiesWhichTheChangeWouldClear() => Before(o => o is SetUser, o => o is SetCapabilities);

    [Fact]
    public void AFilterThatAllowsWhatFollowsBeforeTheRightToLoadItIsGivenUp() =>
        ForEach(c => c.Any(o => o is LoadSeccomp { IsEarly: true }) && !Notifies(c), c =>
        {
            c.Operations.OfType<LoadSeccomp>().Should().ContainSingle().Which.IsEarly.Should().BeTrue();
            c.IsBefore(o => o is LoadSeccomp, o => o is SetCapabilities).Should().BeTrue();
        });

    [Fact]
    public void NothingIsOpenedAfterTheLimitsExceptTheProgram() =>
        Before(o => o is not (SetRlimit { RaiseOnly: false } or LoadSeccomp or SetCapabilities or SetScheduler or SetIoPriority or Execute),
            o => o is SetRlimit { RaiseOnly: false }, c => !Notifies(c));

    [Fact]
    public void ProcfsIsNotUsedOnceItIsClosed() => Before(o => o is WriteProc or SetExecLabel, o => o is CloseDescriptors);

    /// <summary>Hooks of the host must not run under them; those of the image must.</summary>
    [Fact]
    public void LabelsAreForTheProgramAndTheHooksOfTheImage()
    {
        Spec spec = PlanCases.Everything with { Process = PlanCases.Everything.Process! with { SelinuxLabel = "l" } };
        Operation[] operations = (Hosts.Plain with { HasAppArmor = true, HasSelinux = true }).Compile(spec).Operations.ToArray();

        Array.FindIndex(operations, o => o is SetExecLabel).Should().BeGreaterThan(Array.FindLastIndex(operations, o => o is RunHook { List: "createContainer" }));
        Array.FindLastIndex(operations, o => o is SetExecLabel).Should().BeLessThan(Array.FindIndex(operations, o => o is PivotRoot))
            .And.BeLessThan(Array.FindIndex(operations, o => o is RunHook { List: "startContainer" }));
        operations.Count(o => o is SetExecLabel).Should().Be(2);
    }

    [Fact]
    public void ProgramIsTheLast() =>
        ForEach(c => c.Spec.Process is not null, c =>
        {
            c.Operations[^1].Should().BeOfType<Execute>();
            c.Operations.Count(o => o is Execute).Should().Be(1);
        });

    [Fact]
    public void WithoutAProcessThePlanEndsWithTheWait() => ForEach(c => c.Spec.Process is null, c => c.Operations[^1].Should().NotBeOfType<Execute>());

    [Fact]
    public void WithoutAMountNamespaceNothingIsMountedOnTheHost() =>
        ForEach(c => !c.Has(NamespaceType.Mount), c =>
        {
            c.Operations.Should().NotContain(o => IsMount(o) || o is OpenTree || o is PivotRoot || o is SetPropagation || o is MaskPath);
            c.Operations.OfType<ChangeRoot>().Should().ContainSingle().Which.Path.Should().Be("/b/rootfs");
        });

    [Fact]
    public void BundlesOwnDevIsLeftAlone()
    {
        Spec spec = PlanCases.Everything with { Mounts = [MountsTests.Entry("/dev", null, "/dev", "rbind")] };

        Hosts.Plain.Compile(spec).Operations.Should().NotContain(o => o is MakeDevice || o is MakeSymlink);
    }

    [Theory]
    [InlineData(null, 0)]
    [InlineData("_ses.c1.x", 1)]
    public void SessionKeyringUnlessToldNot(string? name, int count) =>
        (Hosts.Plain with { Keyring = name }).Compile(PlanCases.Everything).Operations.OfType<JoinSessionKeyring>()
            .Where(keyring => keyring.Name == name).Should().HaveCount(count);

    [Fact]
    public void EmptyNamesAreNotSet() =>
        Hosts.Plain.Compile(PlanCases.Everything with { Hostname = "", Domainname = null, Linux = new LinuxSpec() }).Operations
            .Should().NotContain(o => o is SetHostname || o is SetDomainname);

    [Fact]
    public void WarningsAreThoseOfTheCapabilities()
    {
        var process = new ProcessSpec { Cwd = "/", Args = ["a"], Capabilities = new CapabilitiesSpec { Bounding = ["CAP_NOT_REAL"] } };

        Hosts.Plain.Compile(PlanCases.Everything with { Process = process }).Warnings.Should().ContainSingle().Which.Should().Contain("CAP_NOT_REAL");
    }

    [Fact]
    public void EveryPlanIsEncodable() =>
        ForEach(_ => true, c => new EncodedPlan(c.Operations)["op_count"].Should().Be((uint)c.Operations.Count));

    [Fact]
    public void EverySlotIsFilledBeforeItIsUsedAndNoneIsFilledForNothing() =>
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

    /// <summary>What `create` records, so that `start` can name what fails then.</summary>
    [Fact]
    public void OperationsAfterTheWaitAreNoted() =>
        ForEach(c => c.Host.WaitsOnSocket, c =>
        {
            var notes = StartNotes.From(c.Operations);

            for (int i = 0; i < c.Operations.Count; i++)
                notes.At(i).Should().Be(i < notes.First ? null : OperationNote.From(c.Operations[i]));
            c.Operations[notes.First - 1].Should().BeOfType<WaitForStart>();
            notes.At(c.Operations.Count).Should().BeNull();
        });

    private static bool IsStaged(PlanCase c) => new NamespacePlan(c.Spec.Linux ?? new LinuxSpec(), c.Host.IsPrivileged).IsStaged;

    private static bool Notifies(PlanCase c) => c.Any(o => o is LoadSeccomp { Flags: var flags } && (flags & 8) != 0);

    /// <summary>The last step into a pid namespace that others are in, when all else is done.</summary>
    private static bool IsAppearance(PlanCase c, Operation o) => c.JoinsPid && o is Clone or JoinNamespace { Type: CloneFlags.CLONE_NEWPID };

    private static bool OpensFirst(PlanCase c) => IsStaged(c) && c.Host.Host.CanMount;

    /// <summary>Where rights of the initial user namespace end, or another mount namespace begins.</summary>
    private static bool IsEntry(Operation o) => o is Unshare { Flags: not CloneFlags.CLONE_NEWCGROUP } or JoinNamespace or BecomeRoot or Clone;

    private static bool IsMount(Operation o) => o is AttachRoot or Mount or Attach or Remount or SetTargetAttributes;

    /// <summary>A copy of a host path; the container's own cgroup directories are reached from inside too.</summary>
    /// <summary>What the config names; parts of the host's own /sys can be reached by the container's user too.</summary>
    private static bool IsSource(Operation o) => o is OpenTree tree && !tree.Path.StartsWith("/sys", StringComparison.Ordinal);

    private static bool IsLateReadonly(Operation o) => o is SetTargetAttributes { Target: "/" or "/dev", Set: MountAttributes.MOUNT_ATTR_RDONLY };

    private static void Before(Func<Operation, bool> first, Func<Operation, bool> second, Func<PlanCase, bool>? applies = null)
    {
        KeyValuePair<string, PlanCase>[] cases = PlanCases.All.Where(entry => applies is null || applies(entry.Value)).ToArray();
        foreach ((string name, PlanCase c) in cases)
            c.IsBefore(first, second).Should().BeTrue(name);
        cases.Should().Contain(entry => entry.Value.Any(first) && entry.Value.Any(second), "a constraint on what never happens says nothing");
    }

    private static void ForEach(Func<PlanCase, bool> applies, Action<PlanCase> check)
    {
        KeyValuePair<string, PlanCase>[] cases = PlanCases.All.Where(entry => applies(entry.Value)).ToArray();
        cases.Should().NotBeEmpty();
        foreach ((_, PlanCase c) in cases)
            check(c);
    }
}
