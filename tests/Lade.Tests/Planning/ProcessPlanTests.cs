using System.Collections.Generic;
using System.Linq;
using FluentAssertions;
using Lade.Configuration;
using Lade.Plan;
using Lade.Planning;
using Lade.Tests.Configuration;
using Lade.Tests.Plan;
using Xunit;

namespace Lade.Tests.Planning;

public sealed class ProcessPlanTests
{
    private static readonly LoadSeccomp s_filter = new(new byte[16], 0) { Origin = JsonPointer.Of("linux", "seccomp") };

    private static readonly ProcessSpec s_process = new()
    {
        Cwd = "/work",
        Args = ["sh", "-c", "true"],
        Env = ["PATH=/bin", "A=1"],
        User = new UserSpec { Uid = 1000, Gid = 1001, Umask = 63, AdditionalGids = [5, 6] },
        Rlimits = [new RlimitSpec(Rlimit.Nofile, 1024, 2048), new RlimitSpec(Rlimit.Core, 0, ulong.MaxValue)],
        Capabilities = new CapabilitiesSpec { Bounding = ["CAP_KILL"], Permitted = ["CAP_KILL"], Effective = ["CAP_KILL"] },
        OomScoreAdj = 0,
    };

    // Capability bits: CAP_KILL is 1 << 5, CAP_SYS_ADMIN 1 << 21, CAP_SYS_NICE 1 << 23.
    private const string Limits0 = "SetRlimit(RLIMIT_NOFILE, 7, 1024, 2048) @/process/rlimits/0";
    private const string Limits1 = "SetRlimit(RLIMIT_CORE, 4, 0, 18446744073709551615) @/process/rlimits/1";
    private const string UmaskLine = "SetUmask(63) @/process/user/umask";
    private const string Bounding = "DropBounding(32, 40) @/process/capabilities/bounding";
    private const string User = "SetUser(1000, 1001) @/process/user";
    private const string Capabilities = "SetCapabilities(32, 32, 0, 0) @/process/capabilities";
    private const string WithSysAdmin = "SetCapabilities(2097184, 2097184, 0, 0) @/process/capabilities";
    private const string WithSysNice = "SetCapabilities(8388640, 8388640, 0, 0) @/process/capabilities";
    private const string Filter = "LoadSeccomp(16 bytes, 0) @/linux/seccomp";
    private const string EarlyFilter = "LoadSeccomp(16 bytes, 0) IsEarly @/linux/seccomp";
    private const string Execute = "Execute(sh) @/process/args/0";
    private const string Hook = "RunHook(startContainer, 0, /h)";

    private static readonly SchedulerSpec s_deadline = new() { Policy = SchedulerPolicy.Deadline, Runtime = 10, Deadline = 20, Period = 30 };

    private static readonly Operation[] s_hooks = [new RunHook("startContainer", 0, "/h")];

    /// <summary>Without no_new_privs it requires CAP_SYS_ADMIN, which init then need not keep while it waits.</summary>
    [Fact]
    public void PermissiveFilterIsLoadedEarly()
    {
        ProcessPlan plan = Plan(s_process, early: true);

        OperationText.Lines(plan.DropPrivileges()).Should().Equal(UmaskLine, Bounding, User, EarlyFilter, Capabilities);
        OperationText.Lines(plan.Execute([])).Should().Equal(Limits0, Limits1, Execute);
        OperationText.Lines(plan.Execute(s_hooks)).Should().Equal(Hook, Limits0, Limits1, Execute);
        Confines(plan, null, null);
    }

    [Fact]
    public void ForARestrictiveFilterOnlyCapSysAdminIsKept()
    {
        ProcessPlan plan = Plan(s_process, early: false);

        OperationText.Lines(plan.DropPrivileges()).Should().Equal(UmaskLine, Bounding, User, WithSysAdmin);
        OperationText.Lines(plan.Execute([])).Should().Equal(Limits0, Limits1, Filter, Capabilities, Execute);
        OperationText.Lines(plan.Execute(s_hooks)).Should().Equal(Hook, Limits0, Limits1, Filter, Capabilities, Execute);
        Confines(plan, s_filter, CapabilitiesOf(plan));
    }

    [Fact]
    public void WithNoNewPrivilegesARestrictiveFilterIsLoadedLast()
    {
        ProcessPlan plan = Plan(s_process with { NoNewPrivileges = true });

        OperationText.Lines(plan.DropPrivileges()).Should().Equal(UmaskLine, Bounding, User, "NoNewPrivileges @/process/noNewPrivileges", Capabilities);
        OperationText.Lines(plan.Execute([])).Should().Equal(Limits0, Limits1, Filter, Execute);
        Confines(plan, s_filter, null);
    }

    /// <summary>A container process that can trace `init` must not be able to make it do what the filter forbids.</summary>
    [Fact]
    public void WithNoNewPrivilegesAPermissiveFilterIsLoadedEarlyToo()
    {
        ProcessPlan plan = Plan(s_process with { NoNewPrivileges = true }, early: true);

        OperationText.Lines(plan.DropPrivileges()).Should().Equal(UmaskLine, Bounding, User, "NoNewPrivileges @/process/noNewPrivileges", EarlyFilter, Capabilities);
        OperationText.Lines(plan.Execute([])).Should().Equal(Limits0, Limits1, Execute);
        Confines(plan, null, null);
    }

    /// <summary>There is only one listener, which goes to whoever starts the program, so hooks run under the filter.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void NotifyingFilterIsLoadedOnceBeforeTheHooks(bool noNewPrivileges)
    {
        const uint NewListener = 8;
        const string Notifying = "LoadSeccomp(16 bytes, 8) @/linux/seccomp";
        ProcessPlan plan = Plan(s_process with { NoNewPrivileges = noNewPrivileges }, filter: s_filter with { Flags = NewListener });
        string[] last = noNewPrivileges ? [Execute] : [Capabilities, Execute];

        OperationText.Lines(plan.Execute([])).Should().Equal([Limits0, Limits1, Notifying, .. last]);
        OperationText.Lines(plan.Execute(s_hooks)).Should().Equal([Limits0, Limits1, "LoadSeccomp(16 bytes, 8) IsEarly @/linux/seccomp", Hook, .. last]);
        Confines(plan, null, noNewPrivileges ? null : CapabilitiesOf(plan));
    }

    /// <summary>SCHED_DEADLINE forbids fork, and SCHED_FLAG_RESET_ON_FORK would reset the policy in the child.</summary>
    [Theory]
    [InlineData("SCHED_DEADLINE", new string[0])]
    [InlineData("SCHED_OTHER", new[] { "SCHED_FLAG_RESET_ON_FORK" })]
    public void SchedulerThatIsNotInheritedIsSetLast(string policy, string[] flags)
    {
        ProcessSpec process = s_process with { Scheduler = new SchedulerSpec { Policy = SpecName.Policy(policy), Flags = SpecName.SchedulerFlags(flags) }, IoPriority = new IoPrioritySpec(IoPriorityClass.BestEffort, 3) };
        string scheduler = OperationText.Line(SchedulingPlan.Plan(process, JsonPointer.Of("process")).First());
        const string IoPriority = "SetIoPriority(IOPRIO_CLASS_BE, 2, 3) @/process/ioPriority";

        ProcessPlan early = Plan(process, early: true);
        OperationText.Lines(early.DropPrivileges()).Should().Equal(UmaskLine, Bounding, User, EarlyFilter, WithSysNice);
        OperationText.Lines(early.Execute(s_hooks)).Should().Equal(Hook, Limits0, Limits1, scheduler, IoPriority, Capabilities, Execute);
        Confines(early, null, CapabilitiesOf(early));

        ProcessPlan late = Plan(process, early: false);
        OperationText.Lines(late.DropPrivileges())[^1].Should().Be("SetCapabilities(10485792, 10485792, 0, 0) @/process/capabilities");
        OperationText.Lines(late.Execute(s_hooks)).Should().Equal(Hook, Limits0, Limits1, scheduler, IoPriority, Filter, Capabilities, Execute);

        // Loading the filter then requires no capability, so it need not allow capset.
        ProcessPlan confined = Plan(process with { NoNewPrivileges = true });
        OperationText.Lines(confined.DropPrivileges()).Should().Equal(UmaskLine, Bounding, User, "NoNewPrivileges @/process/noNewPrivileges", WithSysNice);
        OperationText.Lines(confined.Execute(s_hooks)).Should().Equal(Hook, Limits0, Limits1, scheduler, IoPriority, Capabilities, Filter, Execute);
    }

    [Fact]
    public void OtherSchedulersAreSetWithCapSysNiceAndAfterTheirLimits()
    {
        ProcessSpec process = s_process with
        {
            Scheduler = new SchedulerSpec { Policy = SchedulerPolicy.RoundRobin, Priority = 5 },
            IoPriority = new IoPrioritySpec(IoPriorityClass.BestEffort, 3),
            Rlimits = [new RlimitSpec(Rlimit.Nofile, 1024, 2048), new RlimitSpec(Rlimit.Rtprio, 5, 5), new RlimitSpec(Rlimit.Nice, 20, 20)],
        };
        ProcessPlan plan = Plan(process, early: true);

        OperationText.Lines(plan.DropPrivileges()).Should().Equal(
            UmaskLine,
            "SetRlimit(RLIMIT_RTPRIO, 14, 5, 5) @/process/rlimits/1",
            "SetRlimit(RLIMIT_NICE, 13, 20, 20) @/process/rlimits/2",
            "SetScheduler(SCHED_RR, 2) Priority=5 @/process/scheduler",
            "SetIoPriority(IOPRIO_CLASS_BE, 2, 3) @/process/ioPriority",
            Bounding, User, EarlyFilter, Capabilities);
        plan.Execute([]).Should().NotContain(o => o is SetScheduler || o is SetIoPriority || o is SetCapabilities);
    }

    /// <summary>Only capabilities that we have and that the program does not have are kept temporarily.</summary>
    [Theory]
    [InlineData(0x20UL, false, new[] { "CAP_KILL" }, 0x20UL, false)]
    [InlineData(0x20UL, true, new[] { "CAP_KILL" }, 0x200020UL, true)]
    [InlineData(ulong.MaxValue, false, new[] { "CAP_KILL", "CAP_SYS_ADMIN" }, 0x200020UL, false)]
    public void KeepsOnlyMissingCapabilities(ulong ours, bool userNamespace, string[] names, ulong kept, bool isDropped)
    {
        ProcessSpec process = s_process with { Capabilities = new CapabilitiesSpec { Bounding = names, Permitted = names, Effective = names } };
        ProcessPlan plan = Plan(process, host: Hosts.Plain with { Capabilities = ours }, userNamespace: userNamespace);

        CapabilitiesOf(plan.DropPrivileges()).Effective.Should().Be(kept);
        CapabilitiesOf(plan.DropPrivileges()).Permitted.Should().Be(kept);
        plan.Execute([]).OfType<SetCapabilities>().Should().HaveCount(isDropped ? 1 : 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WithoutAFilter(bool noNewPrivileges)
    {
        ProcessPlan plan = Plan(s_process with { NoNewPrivileges = noNewPrivileges }, seccomp: false);

        plan.DropPrivileges().Concat(plan.Execute(s_hooks)).Should().NotContain(o => o is LoadSeccomp);
        Confines(plan, null, null);
    }

    [Fact]
    public void MinimalProcess()
    {
        ProcessPlan plan = Plan(new ProcessSpec { Cwd = "/", Args = ["a"] }, seccomp: false);

        OperationText.Lines(plan.DropPrivileges()).Should().Equal(
            "SetUmask(18) @/process/user/umask",
            "DropBounding(0, 40) @/process/capabilities/bounding",
            "SetUser(0, 0) @/process/user",
            "SetCapabilities(0, 0, 0, 0) @/process/capabilities");
        OperationText.Lines(plan.Execute([])).Should().Equal("Execute(a) @/process/args/0");
        OperationText.Lines(plan.PrivilegedSteps()).Should().Equal("SetAffinity(null)");
        plan.Confinement.Should().BeNull();
    }

    [Theory]
    [InlineData(null, 18u)]
    [InlineData(0u, 0u)]
    [InlineData(511u, 511u)]
    public void Umask(uint? given, uint mask) =>
        Plan(s_process with { User = new UserSpec { Umask = given } }).DropPrivileges().OfType<SetUmask>().Should().ContainSingle().Which.Mask.Should().Be(mask);

    [Theory]
    [InlineData("LINUX", 0UL)]
    [InlineData("LINUX32", 8UL)]
    public void Personality(string domain, ulong persona) =>
        OperationText.Line(Plan(s_process, linux: new LinuxSpec { Personality = new PersonalitySpec { Domain = SpecName.PersonalityDomain(domain) } }).DropPrivileges().First())
            .Should().Be($"SetPersonality({domain}, {persona}) @/linux/personality/domain");

    [Theory]
    [InlineData(0, true, "")]
    [InlineData(-1000, true, "")]
    [InlineData(1000, false, " Dumpable")]
    public void OomScoreIsWrittenWithTheHostsPrivilegesOrWhileDumpable(int score, bool privileged, string dumpable) =>
        OperationText.Lines(Plan(s_process with { OomScoreAdj = score, Rlimits = [] }, host: Hosts.Plain with { IsPrivileged = privileged }).PrivilegedSteps()).Should().Equal(
            "SetAffinity(null)", $"WriteProc(self/oom_score_adj, {score}){dumpable} @/process/oomScoreAdj");

    [Fact]
    public void UnavailableProfileIsAWarning() =>
        Plan(s_process with { ApparmorProfile = "p" }).Warnings.Should().Equal(
            "/process/apparmorProfile: profile 'p' is not applied: AppArmor is not available on this host, or disabled");

    [Fact]
    public void MemoryPolicyIsCheckedByCreate() =>
        OperationText.Lines(Plan(s_process, new LinuxSpec { MemoryPolicy = new MemoryPolicySpec { Mode = MemoryPolicyMode.Bind, Nodes = "0" } }).CheckProgram())
            .Should().Contain("SetMemoryPolicy(MPOL_BIND, 2, 0) @/linux/memoryPolicy");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void HardLimitsAreRaisedBeforeAUserNamespace(bool userNamespace)
    {
        ProcessPlan plan = Plan(s_process with { OomScoreAdj = null }, userNamespace: userNamespace);

        OperationText.Lines(plan.PrivilegedSteps()).Should().Equal(
            "SetAffinity(null)",
            "SetRlimit(RLIMIT_NOFILE, 7, 1024, 2048) RaiseOnly @/process/rlimits/0",
            "SetRlimit(RLIMIT_CORE, 4, 0, 18446744073709551615) RaiseOnly @/process/rlimits/1");
        plan.Execute([]).OfType<SetRlimit>().Should().HaveCount(2).And.OnlyContain(limit => !limit.RaiseOnly);
    }

    [Fact]
    public void UserNamespaceGrantsEveryCapability()
    {
        TestHost nothing = Hosts.Plain with { Capabilities = 0 };

        Plan(s_process, host: nothing, userNamespace: true).Warnings.Should().BeEmpty();
        Plan(s_process, host: nothing).Warnings.Should().HaveCount(3);
    }

    [Fact]
    public void ProgramCwdAndHomeAreLookedUpWithTheUsersGroups() =>
        OperationText.Lines(Plan(s_process).CheckProgram()).Should().Equal(
            "SetGroups([5, 6]) @/process/user/additionalGids",
            "ChangeDirectory(/work, 1000, 1001) @/process/cwd",
            "FindExecutable([sh, -c, true], [PATH=/bin, A=1, HOME=/], 1000, 1001) @/process/args/0",
            "FindHome(1000, 1001, 2) @/process/user");

    [Fact]
    public void HomeIsNotLookedUpIfSet() =>
        Plan(s_process with { Env = ["HOME=/h"] }).CheckProgram().Should().NotContain(o => o is FindHome);

    [Fact]
    public void StandardStreamsUnlessThereIsATerminal()
    {
        OperationText.Lines(Plan(s_process).Streams()).Should().Equal("StandardStreams(1000) @/process");
        Plan(s_process).Session().Should().BeEmpty();
        Plan(s_process with { Terminal = true }).Streams().Should().BeEmpty();
        OperationText.Lines(Plan(s_process with { Terminal = true }).Session()).Should().Equal("ControllingTerminal @/process/terminal");
    }

    [Theory]
    [InlineData(true, "OpenConsole(25, 80, 1000) BindConsole @/process/terminal")]
    [InlineData(false, "OpenConsole(25, 80, 1000) @/process/terminal")]
    public void ConsoleIsBoundOnlyInAMountNamespace(bool mountNamespace, string expected)
    {
        ProcessSpec sized = s_process with { Terminal = true, ConsoleSize = new ConsoleSize(25, 80) };
        OperationText.Lines(Plan(sized).Terminal(mountNamespace)).Should().Equal(expected);
        Plan(sized with { Terminal = false }).Terminal(mountNamespace).Should().BeEmpty();
        OperationText.Lines(Plan(sized with { ConsoleSize = null }).Terminal(false)).Should().Equal("OpenConsole(0, 0, 1000) @/process/terminal");
    }

    private static SetCapabilities CapabilitiesOf(IEnumerable<Operation> operations) => operations.OfType<SetCapabilities>().Single();

    /// <summary>The program's, which come last.</summary>
    private static SetCapabilities CapabilitiesOf(ProcessPlan plan) => CapabilitiesOf(plan.Execute([]));

    private static ProcessPlan Plan(
        ProcessSpec process, LinuxSpec? linux = null, TestHost? host = null, bool seccomp = true, bool userNamespace = false, bool early = false, LoadSeccomp? filter = null) =>
        ((host ?? Hosts.Plain) with { Seccomp = seccomp ? filter ?? s_filter : null }).ProcessOf(process, linux, userNamespace, mayBeEarly: early);

    /// <summary>In addition to the limits, which `init` applies to itself last.</summary>
    private static void Confines(ProcessPlan plan, LoadSeccomp? filter, SetCapabilities? capabilities)
    {
        (plan.Confinement?.Filter, plan.Confinement?.Capabilities).Should().Be((filter, capabilities));
        OperationText.Bare(plan.Confinement?.Limits ?? []).Should().Equal(s_process.Rlimits.Select(limit => $"SetRlimit(RLIMIT_{limit.Type.ToString().ToUpperInvariant()}, {(int)limit.Type}, {limit.Soft}, {limit.Hard})"));
    }
}
