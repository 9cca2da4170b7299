using System.Collections.Generic;
using System.Linq;
using FluentAssertions;
using Lade.Configuration;
using Lade.Plan;
using Lade.Planning;
using Lade.Seccomp;
using Lade.Tests.Planning;
using Xunit;

namespace Lade.Tests.Seccomp;

/// <summary>A filter is loaded early only if it allows everything that `init` does afterwards: denying a single call prevents it.</summary>
public sealed class EarlyFilterTests
{
    private const uint SECCOMP_FILTER_FLAG_NEW_LISTENER = 8;

    private static readonly string[] s_always = ["capset", "read", "write", "close", "prctl"];
    private static readonly string[] s_create = ["accept4"];
    private static readonly string[] s_clone = ["pipe2", "exit_group", "setsid", "clone"];

    private static readonly string[] s_hooks =
    [
        "mmap", "munmap", "pipe2", "vfork", "umask", "setpgid", "dup2", "execve", "exit_group", "pidfd_open", "fcntl", "rt_sigaction", "poll", "clock_gettime", "wait4", "kill", "getpid", "pidfd_send_signal", "close_range",
    ];

    private static readonly Spec s_least = new() { OciVersion = "1.3.0", Process = new ProcessSpec { Cwd = "/", Args = ["a"] } };

    private static readonly Spec s_hook = s_least with { Hooks = new HooksSpec { StartContainer = [new HookSpec { Path = "/h" }] } };

    private static readonly Spec s_terminal = With(s_least.Process! with { Terminal = true });

    private static readonly Spec s_limits = With(s_least.Process! with { Rlimits = [new RlimitSpec(Rlimit.Core, 0, 0)] });

    private static readonly Spec s_deadline = With(s_least.Process! with { Scheduler = new SchedulerSpec { Policy = SchedulerPolicy.Deadline } });

    private static readonly Spec s_deadlineAndPriority = With(s_deadline.Process! with { IoPriority = new IoPrioritySpec(IoPriorityClass.Realtime, 1) });

    private static readonly Spec s_joinedPid = WithNamespace(new NamespaceSpec(NamespaceType.Pid, "/p"));

    private static readonly Spec s_user = WithNamespace(new NamespaceSpec(NamespaceType.User, null));

    private static readonly Spec s_joinedUser = WithNamespace(new NamespaceSpec(NamespaceType.User, "/u"));

    /// <summary>Configurations with the calls that matter for create and exec, in addition to those that always do.</summary>
    private static readonly (string Name, Spec Spec, string[] Create, string[] Exec)[] s_cases =
    [
        ("least", s_least, [], []),
        ("hook of the image", s_hook, s_hooks, []),
        ("terminal", s_terminal, ["ioctl"], ["ioctl"]),
        ("limits", s_limits, ["prlimit64"], ["prlimit64"]),
        ("deadline", s_deadline, ["sched_setattr"], ["sched_setattr"]),
        ("deadline and priority", s_deadlineAndPriority, ["sched_setattr", "ioprio_set"], ["sched_setattr", "ioprio_set"]),
        ("pid namespace of others", s_joinedPid, s_clone, []),
        ("pid namespace", WithNamespace(new NamespaceSpec(NamespaceType.Pid, null)), [], []),
        ("user namespace", s_user, [], []),
        ("user namespace of others", s_joinedUser, [], []),
        ("everything", PlanCases.Everything with { Process = PlanCases.Everything.Process! with { NoNewPrivileges = false } }, [.. s_hooks, "ioctl", "prlimit64"], ["ioctl", "prlimit64"]),
    ];

    public static IEnumerable<object[]> Names() => s_cases.Select(c => new object[] { c.Name });

    /// <summary>Tested with all system calls: these matter and no others.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void EveryLaterCallMatters(string name)
    {
        (_, Spec spec, string[] create, string[] exec) = s_cases.Single(c => c.Name == name);
        string[] all = [.. Enumerable.Range(0, SystemCallTable.Count).Select(SystemCallTable.NameAt)];
        all.Should().Contain(s_hooks).And.Contain("landlock_create_ruleset");

        all.Where(call => !IsEarlyAtCreate(Forbidding(call), spec)).Should().BeEquivalentTo(s_always.Concat(s_create).Concat(create).Distinct());
        all.Where(call => !IsEarlyAtExec(Forbidding(call), spec)).Should().BeEquivalentTo(s_always.Concat(s_clone).Concat(exec).Distinct());
    }

    [Theory]
    [InlineData("prctl", 0u, 4UL)] // PR_SET_DUMPABLE
    [InlineData("prctl", 0u, 47UL)] // PR_CAP_AMBIENT
    [InlineData("clone", 0u, 0x8000UL)] // CLONE_PARENT
    [InlineData("ioctl", 1u, 0x540eUL)] // TIOCSCTTY
    public void ArgumentsMatter(string call, uint index, ulong value)
    {
        Spec spec = With(s_terminal.Process!, s_joinedPid.Linux);

        IsEarlyAtCreate(Forbidding(call, index, value), spec).Should().BeFalse();
        IsEarlyAtExec(Forbidding(call, index, value), spec).Should().BeFalse();
        IsEarlyAtCreate(Forbidding(call, index, value + 100), spec).Should().BeTrue();
        IsEarlyAtExec(Forbidding(call, index, value + 100), spec).Should().BeTrue();
    }

    /// <summary>Its listener goes to whoever starts the program.</summary>
    [Fact]
    public void NotifyingFilterIsNeverEarly()
    {
        LoadSeccomp filter = Forbidding("swapon");
        IsEarlyAtCreate(filter, s_least).Should().BeTrue();
        IsEarlyAtExec(filter, s_least).Should().BeTrue();

        IsEarlyAtCreate(filter with { Flags = SECCOMP_FILTER_FLAG_NEW_LISTENER }, s_least).Should().BeFalse();
        IsEarlyAtExec(filter with { Flags = SECCOMP_FILTER_FLAG_NEW_LISTENER }, s_least).Should().BeFalse();
    }

    /// <summary>A waiting `init` hands out its namespaces to the unprivileged user who created it.</summary>
    [Fact]
    public void SendmsgMattersWhereNamespacesAreHandedOut()
    {
        TestHost unprivileged = Hosts.Plain with { IsPrivileged = false, WaitsOnSocket = true };

        IsEarly((unprivileged with { Seccomp = Forbidding("sendmsg") }).Compile(s_user)).Should().BeFalse();
        IsEarly((unprivileged with { Seccomp = Forbidding("sendmsg"), WaitsOnSocket = false }).Compile(s_user)).Should().BeTrue();
        IsEarly((unprivileged with { Seccomp = Forbidding("swapon") }).Compile(s_user)).Should().BeTrue();
    }

    /// <summary>Without no_new_privs every operation after the filter must be known to EarlyFilter.</summary>
    [Fact]
    public void PermissiveFilterIsAlwaysEarly()
    {
        foreach (PlanCase c in PlanCases.All.Values.Where(c => c.Spec.Process is not null))
        {
            Spec spec = c.Spec with { Process = c.Spec.Process! with { NoNewPrivileges = false } };
            IsEarly((c.Host with { Seccomp = Forbidding("swapon") }).Compile(spec)).Should().BeTrue();
        }
    }

    private static bool IsEarlyAtCreate(LoadSeccomp filter, Spec spec) => IsEarly((Hosts.Plain with { Seccomp = filter, WaitsOnSocket = true }).Compile(spec));

    private static bool IsEarlyAtExec(LoadSeccomp filter, Spec spec) =>
        IsEarly((Hosts.Plain with { Seccomp = filter }).CompileExec(spec, new JoinPlan(7, CloneFlags.CLONE_NEWPID) { UserNamespace = null }, isDocument: false));

    private static bool IsEarly(ContainerPlan plan) => plan.Operations.OfType<LoadSeccomp>().Single().IsEarly;

    private static LoadSeccomp Forbidding(string call, uint? index = null, ulong value = 0)
    {
        var rule = new SeccompRule
        {
            Names = [call],
            Action = SeccompAction.Errno,
            Args = index is { } argument ? [new SeccompArg(argument, value, 0, SeccompOperator.Equal)] : [],
        };
        return new LoadSeccomp(SeccompCompiler.Compile(new SeccompSpec { DefaultAction = SeccompAction.Allow, Syscalls = [rule] }, SeccompArch.X86_64).Program, 0);
    }

    private static Spec With(ProcessSpec process, LinuxSpec? linux = null) => s_least with { Process = process, Linux = linux };

    private static Spec WithNamespace(NamespaceSpec ns) => s_least with { Linux = new LinuxSpec { Namespaces = [ns] } };
}
