using System.Linq;
using FluentAssertions;
using Lade.Configuration;
using Lade.Plan;
using Lade.Process;
using Lade.Tests.Plan;
using Lade.Tests.Rootfs;
using Xunit;

namespace Lade.Tests.Process;

public sealed class ProcessPlanTests
{
    private static readonly LoadSeccomp s_filter = new(new byte[16], 0) { Origin = JsonPointer.Of("linux", "seccomp") };

    private static readonly ProcessSpec s_process = new()
    {
        Cwd = "/work",
        Args = ["sh", "-c", "true"],
        Env = ["PATH=/bin", "A=1"],
        User = new UserSpec { Uid = 1000, Gid = 1001, Umask = 63, AdditionalGids = [5, 6] },
        Rlimits = [new RlimitSpec("RLIMIT_NOFILE", 1024, 2048), new RlimitSpec("RLIMIT_CORE", 0, ulong.MaxValue)],
        Capabilities = new CapabilitiesSpec { Bounding = ["CAP_KILL"], Permitted = ["CAP_KILL"], Effective = ["CAP_KILL"] },
        OomScoreAdj = 0,
    };

    [Fact]
    public void WithoutNoNewPrivilegesTheFilterIsLoadedWhileWeMay() =>
        Become(s_process).Should().Equal(
            "SetRlimit(RLIMIT_NOFILE, 7, 1024, 2048) @/process/rlimits/0",
            "SetRlimit(RLIMIT_CORE, 4, 0, 18446744073709551615) @/process/rlimits/1",
            "SetUmask(63) @/process/user/umask",
            "LoadSeccomp(16 bytes, 0) @/linux/seccomp",
            "DropBounding(32, 40) @/process/capabilities/bounding",
            "SetUser(1000, 1001) @/process/user",
            "SetCapabilities(32, 32, 0, 0) @/process/capabilities",
            "Execute(sh) @/process/args/0");

    [Fact]
    public void WithNoNewPrivilegesTheFilterIsTheLastBeforeTheProgram() =>
        Become(s_process with { NoNewPrivileges = true }).Should().Equal(
            "SetRlimit(RLIMIT_NOFILE, 7, 1024, 2048) @/process/rlimits/0",
            "SetRlimit(RLIMIT_CORE, 4, 0, 18446744073709551615) @/process/rlimits/1",
            "SetUmask(63) @/process/user/umask",
            "DropBounding(32, 40) @/process/capabilities/bounding",
            "SetUser(1000, 1001) @/process/user",
            "SetCapabilities(32, 32, 0, 0) @/process/capabilities",
            "NoNewPrivileges @/process/noNewPrivileges",
            "LoadSeccomp(16 bytes, 0) @/linux/seccomp",
            "Execute(sh) @/process/args/0");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WithoutAFilter(bool noNewPrivileges) =>
        Plan(s_process with { NoNewPrivileges = noNewPrivileges }, seccomp: false).Become().OfType<LoadSeccomp>().Should().BeEmpty();

    [Fact]
    public void LeastPossibleProcess() =>
        OperationText.Lines(Plan(new ProcessSpec { Cwd = "/", Args = ["a"] }, seccomp: false).Become()).Should().Equal(
            "SetUmask(18) @/process/user/umask",
            "DropBounding(0, 40) @/process/capabilities/bounding",
            "SetUser(0, 0) @/process/user",
            "SetCapabilities(0, 0, 0, 0) @/process/capabilities",
            "Execute(a) @/process/args/0");

    [Theory]
    [InlineData(null, 18u)]
    [InlineData(0u, 0u)]
    [InlineData(511u, 511u)]
    public void Umask(uint? given, uint mask) =>
        Plan(s_process with { User = new UserSpec { Umask = given } }).Become().OfType<SetUmask>().Should().ContainSingle().Which.Mask.Should().Be(mask);

    [Theory]
    [InlineData("LINUX", 0UL)]
    [InlineData("LINUX32", 8UL)]
    public void Personality(string domain, ulong persona) =>
        OperationText.Line(Plan(s_process, linux: new LinuxSpec { Personality = new PersonalitySpec { Domain = domain } }).Become().First())
            .Should().Be($"SetPersonality({domain}, {persona}) @/linux/personality/domain");

    [Theory]
    [InlineData(0)]
    [InlineData(-1000)]
    [InlineData(1000)]
    public void OomScoreNeedsTheHostsRights(int score) =>
        OperationText.Lines(Plan(s_process with { OomScoreAdj = score, Rlimits = [] }).OnHostSide()).Should().Equal("SetAffinity(null)", $"WriteProc(self/oom_score_adj, {score}) @/process/oomScoreAdj");

    [Fact]
    public void OomScoreOfAnUnprivilegedProcessIsWrittenWhileDumpable() =>
        OperationText.Lines(Plan(s_process with { Rlimits = [] }, host: Hosts.Plain with { IsPrivileged = false }).OnHostSide()).Should().Equal(
            "SetAffinity(null)",
            "WriteProc(self/oom_score_adj, 0) Dumpable @/process/oomScoreAdj");

    [Fact]
    public void LabelsAreAnnouncedBeforeTheLimits() =>
        OperationText.Lines(Plan(s_process with { ApparmorProfile = "p", SelinuxLabel = "l" }, host: Hosts.Plain with { HasAppArmor = true, HasSelinux = true }).Become().Take(3))
            .Should().Equal(
                "SetExecLabel(AppArmor, p) @/process/apparmorProfile", "SetExecLabel(Selinux, l) @/process/selinuxLabel",
                "SetRlimit(RLIMIT_NOFILE, 7, 1024, 2048) @/process/rlimits/0");

    [Fact]
    public void ProfileThatCannotBeAppliedIsAWarning() =>
        Plan(s_process with { ApparmorProfile = "p" }).Warnings.Should().Equal(
            "/process/apparmorProfile: profile 'p' is not applied: this machine has no AppArmor, or has it switched off");

    [Fact]
    public void UnsetOomScoreIsNotTouched() => OperationText.Lines(Plan(s_process with { OomScoreAdj = null, Rlimits = [] }).OnHostSide()).Should().Equal("SetAffinity(null)");

    /// <summary>Limits may grant what is asked for here; the user who comes after may not have the right to it, and the filter may forbid it.</summary>
    [Fact]
    public void SchedulingBetweenTheLimitsAndTheFilter() =>
        Become(s_process with
        {
            Scheduler = new SchedulerSpec { Policy = "SCHED_RR", Priority = 5, Flags = ["SCHED_FLAG_RESET_ON_FORK"] },
            IoPriority = new IoPrioritySpec("IOPRIO_CLASS_BE", 3),
        }).Skip(1).Take(5).Should().Equal(
            "SetRlimit(RLIMIT_CORE, 4, 0, 18446744073709551615) @/process/rlimits/1",
            "SetUmask(63) @/process/user/umask",
            "SetScheduler(SCHED_RR, 2) Flags=1 Priority=5 @/process/scheduler",
            "SetIoPriority(IOPRIO_CLASS_BE, 2, 3) @/process/ioPriority",
            "LoadSeccomp(16 bytes, 0) @/linux/seccomp");

    [Fact]
    public void MemoryPolicyIsAnErrorOfCreate() =>
        OperationText.Lines(Plan(s_process, new LinuxSpec { MemoryPolicy = new MemoryPolicySpec { Mode = "MPOL_BIND", Nodes = "0" } }).Check())
            .Should().Contain("SetMemoryPolicy(MPOL_BIND, 2, 0) @/linux/memoryPolicy");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void HardLimitsAreRaisedWhileCreateCanFailAndNoUserNamespaceForbidsIt(bool userNamespace)
    {
        ProcessPlan plan = Plan(s_process with { OomScoreAdj = null }, userNamespace: userNamespace);

        OperationText.Lines(plan.OnHostSide()).Should().Equal(
            "SetAffinity(null)",
            "SetRlimit(RLIMIT_NOFILE, 7, 1024, 2048) RaiseOnly @/process/rlimits/0",
            "SetRlimit(RLIMIT_CORE, 4, 0, 18446744073709551615) RaiseOnly @/process/rlimits/1");
        plan.Become().OfType<SetRlimit>().Should().HaveCount(2).And.OnlyContain(limit => !limit.RaiseOnly);
    }

    [Fact]
    public void UserNamespaceGrantsEveryCapability()
    {
        HostFacts nothing = Hosts.Plain with { Capabilities = 0 };

        Plan(s_process, host: nothing, userNamespace: true).Warnings.Should().BeEmpty();
        Plan(s_process, host: nothing).Warnings.Should().HaveCount(3);
    }

    [Fact]
    public void ProgramAndDirectoryAreCheckedAsTheUserWithItsGroups() =>
        OperationText.Lines(Plan(s_process, host: Hosts.Plain with { Home = "/home/u" }).Check()).Should().Equal(
            "SetGroups([5, 6]) @/process/user/additionalGids",
            "ChangeDirectory(/work, 1000, 1001) @/process/cwd",
            "FindExecutable([sh, -c, true], [PATH=/bin, A=1, HOME=/home/u], 1000, 1001) @/process/args/0");

    [Fact]
    public void TerminalOnlyWhenAsked() => Plan(s_process with { ConsoleSize = new ConsoleSize(1, 2) }).Terminal(true).Should().BeEmpty();

    [Theory]
    [InlineData(true, "OpenConsole(25, 80, 1000) BindConsole @/process/terminal")]
    [InlineData(false, "OpenConsole(25, 80, 1000) @/process/terminal")]
    public void ConsoleIsBoundOnlyInAMountNamespace(bool mountNamespace, string expected) =>
        OperationText.Lines(Plan(s_process with { Terminal = true, ConsoleSize = new ConsoleSize(25, 80) }).Terminal(mountNamespace)).Should().Equal(expected);

    [Fact]
    public void SizeOfTheTerminalMayBeMissing() =>
        OperationText.Lines(Plan(s_process with { Terminal = true }).Terminal(false)).Should().Equal("OpenConsole(0, 0, 1000) @/process/terminal");

    private static string[] Become(ProcessSpec process) => OperationText.Lines(Plan(process).Become());

    private static ProcessPlan Plan(ProcessSpec process, LinuxSpec? linux = null, HostFacts? host = null, bool seccomp = true, bool userNamespace = false) =>
        new(process, linux ?? new LinuxSpec(), (host ?? Hosts.Plain) with { Seccomp = seccomp ? s_filter : null }, userNamespace);
}
