using System.Collections.Generic;
using System.Linq;
using FluentAssertions;
using Lade.Configuration;
using Lade.Plan;
using Lade.Planning;
using Xunit;

namespace Lade.Tests.Planning;

/// <summary>
/// From the moment when `init` waits or is visible to container processes, it has no more privileges than the program. So for every case of `create` and
/// `exec`, no operation that needs privileges may come after dropping them, and none that opens or uses a descriptor after closing them. Operations not known
/// to be harmless count as violations, so that new ones have to be considered.
/// </summary>
public sealed class PrivilegesTests
{
    private const ulong CAP_SYS_ADMIN = 1UL << 21;
    private const ulong CAP_SYS_NICE = 1UL << 23;

    public static IEnumerable<object[]> Cases() => PlanCases.All.Keys.Select(name => new object[] { name });

    [Theory]
    [MemberData(nameof(Cases))]
    public void NoPrivilegesOrDescriptorsAreNeededOnceTheyAreGone(string name)
    {
        PlanCase c = PlanCases.All[name];
        // A process in a user namespace has every capability.
        PrivilegeViolation(c.Operations, c.Has(NamespaceType.User) ? ulong.MaxValue : c.Host.Capabilities).Should().BeNull();
        DescriptorViolation(c.Operations).Should().BeNull();
        foreach (IReadOnlyList<Operation> operations in Execs(c))
        {
            PrivilegeViolation(operations).Should().BeNull();
            DescriptorViolation(operations).Should().BeNull();
        }
    }

    /// <summary>The cases cover every way to load a filter.</summary>
    [Fact]
    public void CasesCoverEveryKindOfFilter()
    {
        Operation[][] plans = [.. PlanCases.All.Values.Select(c => c.Operations.ToArray())];

        plans.Any(plan => plan.Any(o => o is LoadSeccomp { IsEarly: true }) && plan.Count(o => o is SetCapabilities) == 1).Should().BeTrue();
        plans.Any(plan => plan.Any(o => o is LoadSeccomp { IsEarly: false }) && plan.Any(o => o is NoNewPrivileges)).Should().BeTrue();
        plans.Any(plan => plan.Any(o => o is LoadSeccomp { IsEarly: false }) && plan.Count(o => o is SetCapabilities) == 2).Should().BeTrue();
        plans.Any(plan => plan.SkipWhile(o => o is not LoadSeccomp).Any(o => o is RunHook)).Should().BeTrue();
    }

    [Fact]
    public void ChecksFindViolations()
    {
        Operation[] good =
        [
            new SetRlimit("RLIMIT_CPU", 0, 1, 1) { RaiseOnly = true }, new CloseDescriptors(null), new SetUser(0, 0), new SetCapabilities(0, 0, 0, 0),
            new SetRlimit("RLIMIT_CPU", 0, 1, 1), new Execute("a"),
        ];
        PrivilegeViolation(good).Should().BeNull();
        DescriptorViolation(good).Should().BeNull();

        // Each of these, before the program, needs a privilege that is gone.
        Operation[] needsPrivileges =
        [
            new SetHostname("a"), new LoadSeccomp(new byte[8], 0), new SetScheduler("SCHED_RR", 2), new SetCapabilities(1, 1, 0, 0), new SetUser(0, 0), new Clone(CloneFlags.CLONE_NEWNS),
            new SetRlimit("RLIMIT_CORE", 4, 1, 1), new Sync(SyncPoint.MapIds), new RunHook("createContainer", 0, "/h"),
        ];
        foreach (Operation wrong in needsPrivileges)
            PrivilegeViolation([.. good[..^1], wrong, good[^1]]).Should().NotBeNull(wrong.Description);
        PrivilegeViolation([.. good.Where(o => o is not SetCapabilities)]).Should().NotBeNull();
        PrivilegeViolation([.. good.Select(o => o is SetCapabilities ? new SetCapabilities(CAP_SYS_ADMIN, CAP_SYS_ADMIN, 0, 0) : o), new SetCapabilities(0, 0, 0, 0)])
            .Should().NotBeNull("there is no filter to keep it for");

        Operation[] needsDescriptor =
        [
            new OpenTree(new Slot("a"), "/a"), new OpenNull(), new WriteProc("self/comm", "a"), new JoinNamespace(new Slot("a"), CloneFlags.CLONE_NEWPID, "/p"),
            new StandardStreams(0), new FindHome(0, 0, 0), new WaitForStart(new Slot("start")), new OpenConsole(0, 0, 0), new CloseDescriptors(null),
        ];
        foreach (Operation wrong in needsDescriptor)
            DescriptorViolation([.. good[..^1], wrong, good[^1]]).Should().NotBeNull(wrong.Description);
        DescriptorViolation([.. good.Where(o => o is not CloseDescriptors)]).Should().NotBeNull();
    }

    /// <summary>The first operation that needs a privilege after the capabilities were first dropped; null if there is none.</summary>
    /// <param name="available">Capabilities that lade has: it cannot keep others, and the kernel reports their lack.</param>
    private static string? PrivilegeViolation(IReadOnlyList<Operation> operations, ulong available = ulong.MaxValue)
    {
        int drop = operations.ToList().FindIndex(o => o is SetCapabilities);
        if (drop < 0)
            return "privileges are never dropped";
        if (!operations.Take(drop).Any(o => o is SetUser) && operations.Any(o => o is Execute))
            return "the user does not change";
        var now = (SetCapabilities)operations[drop];
        var last = (SetCapabilities)operations.Last(o => o is SetCapabilities);
        Operation[] rest = [.. operations.Skip(drop + 1)];
        bool noNewPrivileges = operations.Any(o => o is NoNewPrivileges);
        ulong kept = now.Permitted & ~last.Permitted;
        ulong needed = (rest.Any(o => o is LoadSeccomp) && !noNewPrivileges ? CAP_SYS_ADMIN : 0) | (rest.Any(o => o is SetScheduler) ? CAP_SYS_NICE : 0);
        if ((kept & ~needed) != 0)
            return "kept unnecessarily: " + (kept & ~needed);

        foreach (Operation operation in rest)
        {
            bool allowed = operation switch
            {
                NoNewPrivileges or NewSession or ControllingTerminal or WaitForStart or SetHookState or SetGroups { Gids.Count: 0 } or Execute => true,
                Clone { Flags: CloneFlags.None } or Sync { Point: SyncPoint.Ready } or RunHook { List: "startContainer" } => true,
                // Up to the hard limit, which was raised earlier.
                SetRlimit { RaiseOnly: false } limit => operations.Take(drop).Any(o => o is SetRlimit raised && raised.Resource == limit.Resource && raised.Hard == limit.Hard),
                LoadSeccomp => noNewPrivileges || ((now.Effective | ~available) & CAP_SYS_ADMIN) != 0,
                SetScheduler or SetIoPriority => ((now.Effective | ~available) & CAP_SYS_NICE) != 0,
                SetCapabilities sets => (sets.Permitted & ~now.Permitted) == 0,
                _ => false,
            };
            if (!allowed)
                return operation.ToString();
            now = operation as SetCapabilities ?? now;
        }

        return null;
    }

    /// <summary>The first operation that opens a descriptor, or uses a closed one, after closing them; null if there is none.</summary>
    private static string? DescriptorViolation(IReadOnlyList<Operation> operations)
    {
        int close = operations.ToList().FindIndex(o => o is CloseDescriptors);
        if (close < 0)
            return "descriptors are never closed";
        Slot? kept = ((CloseDescriptors)operations[close]).Kept;
        return operations.Skip(close + 1).FirstOrDefault(operation => operation switch
        {
            Clone { Flags: CloneFlags.None } or NewSession or ControllingTerminal or Sync { Point: SyncPoint.Ready } or SetHookState or RunHook { List: "startContainer" } or Execute => false,
            SetPersonality or SetUmask or SetRlimit or SetScheduler or SetIoPriority or DropBounding or SetUser or SetGroups or SetCapabilities or NoNewPrivileges or LoadSeccomp => false,
            WaitForStart wait => wait.Listener != kept,
            _ => true,
        })?.ToString();
    }

    /// <summary>Plans of `exec` that join different sets of namespaces.</summary>
    private static IEnumerable<IReadOnlyList<Operation>> Execs(PlanCase c)
    {
        const CloneFlags Usual = CloneFlags.CLONE_NEWNS | CloneFlags.CLONE_NEWPID | CloneFlags.CLONE_NEWNET | CloneFlags.CLONE_NEWUTS | CloneFlags.CLONE_NEWIPC;
        if (c.Spec.Process is null)
            yield break;
        TestHost host = Hosts.Plain with
        {
            CgroupTasks = [new Slot("cgroup/0")],
            Keyring = "_ses.c1.x",
            HasAppArmor = true,
            // Scheduling is not tested without the capability for it.
            Capabilities = ulong.MaxValue,
            Seccomp = c.Host.Seccomp,
        };
        foreach (CloneFlags foreign in new[] { CloneFlags.None, Usual, Usual | CloneFlags.CLONE_NEWUSER })
        {
            yield return host.CompileExec(c.Spec, new JoinPlan(7, foreign) { UserNamespace = null }, isDocument: false).Operations;
            yield return host.CompileExec(c.Spec, new JoinPlan(7, foreign) { UserNamespace = null, ByFile = true }, isDocument: true).Operations;
        }
    }
}
