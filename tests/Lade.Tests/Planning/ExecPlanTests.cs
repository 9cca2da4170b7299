using System;
using System.Collections.Generic;
using System.Linq;
using FluentAssertions;
using Lade.Configuration;
using Lade.Plan;
using Lade.Planning;
using Xunit;

namespace Lade.Tests.Planning;

/// <summary>The order in which a process joins a container, for the cases of <see cref="PlanCases"/>.</summary>
public sealed class ExecPlanTests
{
    private const CloneFlags Usual =
        CloneFlags.CLONE_NEWNS | CloneFlags.CLONE_NEWPID | CloneFlags.CLONE_NEWNET | CloneFlags.CLONE_NEWUTS | CloneFlags.CLONE_NEWIPC | CloneFlags.CLONE_NEWCGROUP;

    private static readonly TestHost s_host = Hosts.Plain with
    {
        CgroupTasks = [new Slot("cgroup/0"), new Slot("cgroup/1")],
        IgnoredSignals = 1 << 12,
        Keyring = "_ses.c1.x",
        HasAppArmor = true,
        Seccomp = new LoadSeccomp(new byte[8], 0) { Origin = JsonPointer.Of("linux", "seccomp") },
    };

    [Fact]
    public void CompleteOrder()
    {
        Spec spec = PlanCases.Everything with
        {
            Process = PlanCases.Everything.Process! with { ExecCpuAffinity = new ExecCpuAffinitySpec("0", "1") },
        };

        Kinds(spec, Usual | CloneFlags.CLONE_NEWUSER).Should().Equal(
            "SetAffinity", "JoinCgroup", "JoinCgroup", "ResetSignals", "WriteProc", "SetRlimit", "SetAffinity", "SetExecLabel", "SetGroups", "JoinNamespace", "Sync", "BecomeRoot",
            "JoinSessionKeyring", "OpenConsole", "SetGroups", "ChangeDirectory", "FindExecutable", "FindHome", "CloseDescriptors", "SetPersonality", "SetUmask",
            "DropBounding", "SetUser", "NoNewPrivileges", "SetCapabilities", "Clone", "NewSession", "ControllingTerminal", "Sync", "SetRlimit", "LoadSeccomp", "Execute");
    }

    [Fact]
    public void StandardStreamsAreSetUpBeforeDescriptorsAreClosed()
    {
        Spec spec = PlanCases.Everything with { Process = PlanCases.Everything.Process! with { Terminal = false } };

        string[] kinds = Kinds(spec, Usual);
        kinds.Should().NotContain("OpenConsole").And.NotContain("ControllingTerminal");
        kinds[Array.IndexOf(kinds, "StandardStreams") + 1].Should().Be("CloseDescriptors");
    }

    /// <summary>It is the container's keyring, whose name its state records.</summary>
    [Fact]
    public void KeyringIsJoinedInTheContainersUserNamespace()
    {
        Operation[] operations = [.. Compile(PlanCases.Everything, Usual | CloneFlags.CLONE_NEWUSER).Operations];

        operations.OfType<JoinSessionKeyring>().Single().Name.Should().Be("_ses.c1.x");
        Array.FindIndex(operations, o => o is JoinSessionKeyring).Should().BeGreaterThan(Array.FindIndex(operations, o => o is BecomeRoot));
        (s_host with { Keyring = null }).CompileExec(PlanCases.Everything, new JoinPlan(7, Usual) { UserNamespace = null }, isDocument: false).Operations
            .Should().NotContain(o => o is JoinSessionKeyring);
    }

    [Theory]
    [InlineData(false, null, "0")]
    [InlineData(false, "1", "0 1")]
    // A process started in the cgroup could not run on the initial CPUs: the kernel allows only those of the cpuset.
    [InlineData(true, null, "all")]
    [InlineData(true, "1", "all 1")]
    public void InitialAffinityAppliesUntilTheCgroupIsJoined(bool isBornThere, string? final, string cpus)
    {
        Spec spec = PlanCases.Everything with { Process = PlanCases.Everything.Process! with { ExecCpuAffinity = new ExecCpuAffinitySpec("0", final) } };

        IEnumerable<Operation> operations = (s_host with { StartsInCgroup = isBornThere }).CompileExec(spec, new JoinPlan(7, Usual) { UserNamespace = null }, isDocument: false).Operations;

        string.Join(' ', operations.OfType<SetAffinity>().Select(o => o.Cpus ?? "all")).Should().Be(cpus);
    }

    [Fact]
    public void NothingIsCreatedAgain()
    {
        foreach (PlanCase c in PlanCases.All.Values.Where(c => c.Spec.Process is not null))
        {
            IReadOnlyList<Operation> operations = Compile(c.Spec, Usual).Operations;
            operations.Should().NotContain(o => o is Mount || o is Attach || o is MakeDevice || o is MaskPath || o is RunHook || o is SetHostname || o is PivotRoot || o is Unshare);
            operations.OfType<ChangeDirectory>().Single().MustExist.Should().BeTrue();
            operations.OfType<OpenConsole>().Any(o => o.BindConsole).Should().BeFalse();
            operations[^1].Should().BeOfType<Execute>();
        }
    }

    [Theory]
    [InlineData(Usual)]
    [InlineData(Usual | CloneFlags.CLONE_NEWUSER)]
    [InlineData(CloneFlags.CLONE_NEWPID)]
    internal void VisibleProcessHasTheProgramsPrivilegesAndNoHostDescriptors(CloneFlags foreign)
    {
        foreach (PlanCase c in PlanCases.All.Values.Where(c => c.Spec.Process is not null))
        {
            Operation[] operations = [.. Compile(c.Spec, foreign).Operations];
            int clone = Array.FindIndex(operations, o => o is Clone);
            operations.Count(o => o is Clone).Should().Be(1);
            clone.Should().BeGreaterThan(Array.FindIndex(operations, o => o is SetCapabilities)).And.BeGreaterThan(Array.FindIndex(operations, o => o is CloseDescriptors));
            operations.Skip(clone).Should().NotContain(o => o is JoinNamespace || o is JoinCgroup || o is WriteProc || o is SetExecLabel || o is OpenConsole);
        }
    }

    /// <summary>There is no pid namespace to clone into.</summary>
    [Fact]
    public void NothingIsClonedInTheCallersPidNamespace() =>
        Compile(PlanCases.Everything, Usual & ~CloneFlags.CLONE_NEWPID).Operations.Should().NotContain(o => o is Clone).And.ContainSingle(o => o is NewSession);

    [Fact]
    public void WithoutAMountNamespaceTheRootIsChanged()
    {
        Spec spec = new() { OciVersion = "1.3.0", Process = new ProcessSpec { Cwd = "/", Args = ["a"] } };
        IReadOnlyList<Operation> operations = Compile(spec, CloneFlags.None).Operations;
        operations.OfType<ChangeRoot>().Single().Path.Should().Be("/b/rootfs");
        operations.Should().NotContain(o => o is JoinNamespace || o is Clone);
        operations.ToList().FindIndex(o => o is ChangeRoot).Should().BeLessThan(operations.ToList().FindIndex(o => o is SetGroups));
        Compile(PlanCases.Everything, Usual).Operations.Should().NotContain(o => o is ChangeRoot);
    }

    [Fact]
    public void PointersAreRelativeToTheProcessDocument()
    {
        IEnumerable<string> config = Compile(PlanCases.Everything, Usual).Operations.Select(o => o.Origin.ToString());
        IEnumerable<string> document = s_host.CompileExec(PlanCases.Everything, new JoinPlan(7, Usual) { UserNamespace = null }, isDocument: true).Operations.Select(o => o.Origin.ToString());

        config.Should().Contain(["/process/cwd", "/process/args/0", "/linux/seccomp"]);
        document.Should().Contain(["/cwd", "/args/0", "/linux/seccomp"]).And.NotContain(o => o.StartsWith("/process"));
    }

    private static ContainerPlan Compile(Spec spec, CloneFlags foreign) => s_host.CompileExec(spec, new JoinPlan(7, foreign) { UserNamespace = null }, isDocument: false);

    private static string[] Kinds(Spec spec, CloneFlags foreign) => Compile(spec, foreign).Operations.Select(operation => operation.Kind).ToArray();
}
