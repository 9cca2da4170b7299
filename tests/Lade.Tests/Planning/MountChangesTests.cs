using System.Collections.Generic;
using FluentAssertions;
using Lade.Configuration;
using Lade.Plan;
using Lade.Planning;
using Lade.Tests.Plan;
using Lade.Tests.Rootfs;
using Xunit;

namespace Lade.Tests.Planning;

/// <summary>The plans of `mounts add` and `mounts remove`.</summary>
public sealed class MountChangesTests
{
    private const CloneFlags Mount = CloneFlags.CLONE_NEWNS;

    [Fact]
    public void SourcesAreOpenedOutsideAndMountedInside() =>
        OperationText.Bare(Add(Changes(Mount), Spec(), Hosts.Plain, [])).Should().Equal(
            "OpenTree(mounts/0, /src) Propagation=SLAVE",
            "JoinNamespace(container, NEWNS, /proc/7/ns (CLONE_NEWNS))", "Sync(Joined)",
            "ReportMounts",
            "SetTreeAttributes(mounts/0, /src, NOSUID, None)",
            "Attach(mounts/0, /src, /a) RealPath",
            "Mount(tmpfs, t, /b) InheritMode RealPath",
            "SetTargetAttributes(/b) Set=RDONLY",
            "Sync(Ready)");

    [Fact]
    public void UnprivilegedUserOpensSourcesInTheContainersUserNamespace() =>
        OperationText.Bare(Add(Changes(Mount | CloneFlags.CLONE_NEWUSER), Spec(), Hosts.Plain with { IsPrivileged = false, Capabilities = 0 }, []))[..9].Should().Equal(
            "JoinNamespace(container, NEWUSER, /proc/7/ns (CLONE_NEWUSER))", "Sync(Joined)",
            "BecomeRoot",
            "Unshare(NEWNS)",
            "OpenTree(mounts/0, /src) Propagation=SLAVE",
            "JoinNamespace(container, NEWNS, /proc/7/ns (CLONE_NEWNS))", "Sync(Joined)",
            "ReportMounts",
            "SetTreeAttributes(mounts/0, /src, NOSUID, None)");

    [Fact]
    public void ContainerSeesNoProcessOfOurs() =>
        OperationText.Bare(Changes(Mount | CloneFlags.CLONE_NEWUSER | CloneFlags.CLONE_NEWPID).Remove(["/a"], [new AddedMount("/a", 70)])).Should().Equal(
            "JoinNamespace(container, NEWNS|NEWUSER, /proc/7/ns (CLONE_NEWNS, CLONE_NEWUSER))", "Sync(Joined)",
            "BecomeRoot",
            "Unmount(/a, 70)",
            "Sync(Ready)");

    /// <summary>No process of ours enters the namespace, and the procfs must not show the host's.</summary>
    [Theory]
    [InlineData(Mount, "JoinNamespace(container, NEWNS, /proc/7/ns (CLONE_NEWNS))", "Sync(Joined)")]
    [InlineData(Mount | CloneFlags.CLONE_NEWUSER, "JoinNamespace(container, NEWNS|NEWUSER, /proc/7/ns (CLONE_NEWNS, CLONE_NEWUSER))", "Sync(Joined)", "BecomeRoot")]
    internal void ProcfsShowsTheContainersPidNamespace(CloneFlags foreign, params string[] join) =>
        OperationText.Bare(Add(Changes(foreign | CloneFlags.CLONE_NEWPID), WithProcfs(), Hosts.Plain, [])).Should().Equal(
            ["SetProcNamespace(init/pid, of process 7)", .. join, "ReportMounts", "Mount(proc, proc, /proc2) NoSymlinks RealPath", "Sync(Ready)"]);

    [Fact]
    public void PidNamespaceFileIsNeededForProcfsOnly()
    {
        Changes(Mount | CloneFlags.CLONE_NEWPID).NeedsPidNamespace(WithProcfs().Mounts).Should().BeTrue();
        Changes(Mount).NeedsPidNamespace(WithProcfs().Mounts).Should().BeFalse();
        Changes(Mount | CloneFlags.CLONE_NEWPID).NeedsPidNamespace(Spec().Mounts).Should().BeFalse();
        Add(Changes(Mount), WithProcfs(), Hosts.Plain, []).Should().NotContain(o => o is SetProcNamespace);
    }

    [Fact]
    public void RemovesInReverseOrder() =>
        OperationText.Lines(Changes(Mount).Remove(["/a", "b"], [new AddedMount("/a", 70), new AddedMount("/b", 71)]))[2..].Should().Equal(
            "Unmount(/b, 71) @/mounts/1/destination", "Unmount(/a, 70) @/mounts/0/destination", "Sync(Ready)");

    /// <summary>The upper one of two mounts on a path comes first. Others, and those already removed, are refused.</summary>
    [Fact]
    public void OnlyAddedMountsAreRemoved()
    {
        AddedMount[] added = [new AddedMount("/a", 70), new AddedMount("/b", 71), new AddedMount("/a", 72)];

        OperationText.Bare(Changes(Mount).Remove(["/a", "/a/"], added))[2..4].Should().Equal("Unmount(/a, 72)", "Unmount(/a, 70)");
        foreach (string[] destinations in (string[][])[["/proc"], ["/a", "/a", "/a"], ["/a/../a"], ["/"]])
        {
            Changes(Mount).Invoking(c => OperationText.Bare(c.Remove(destinations, added))).Should().Throw<LadeException>()
                .Which.Description.Should().Contain("is not a mount that \"mounts add\" made");
        }
    }

    [Theory]
    [InlineData("/a", "bind,remount,ro", "HoldMount(/a, 72)")]
    [InlineData("a", "remount,ro", "HoldMount(/a, 72)")]
    [InlineData("/b", "rshared", "HoldMount(/b, 71)")]
    [InlineData("/proc", "bind,remount,rw", null)]
    [InlineData("/proc/sys", "rprivate", null)]
    [InlineData("/a/../proc", "bind,remount,rw", null)]
    [InlineData("/", "remount,rw", null)]
    public void OnlyAddedMountsAreChanged(string destination, string options, string? expected)
    {
        AddedMount[] added = [new AddedMount("/a", 70), new AddedMount("/b", 71), new AddedMount("/a", 72), new AddedMount("/a/../proc", 73)];
        Spec spec = new() { OciVersion = "1.3.0", Mounts = [MountsTests.Entry(destination, null, null, options)] };

        if (expected is null)
        {
            Changes(Mount).Invoking(c => OperationText.Bare(Add(c, spec, Hosts.Plain, added))).Should().Throw<LadeException>()
                .Which.Description.Should().Contain("is not a mount that \"mounts add\" made");
        }
        else
        {
            OperationText.Bare(Add(Changes(Mount), spec, Hosts.Plain, added))[2].Should().Be(expected);
        }
    }

    [Fact]
    public void EntryMayChangeAnEarlierOne()
    {
        Spec spec = new() { OciVersion = "1.3.0", Mounts = [MountsTests.Entry("/a", "tmpfs", "t", ""), MountsTests.Entry("/a", null, null, "bind,remount,ro")] };

        Add(Changes(Mount), spec, Hosts.Plain, []).Should().NotContain(o => o is HoldMount).And.Contain(o => o is Remount);
    }

    private static MountChanges Changes(CloneFlags foreign) => new(new JoinPlan(7, foreign) { UserNamespace = null });

    private static Spec WithProcfs() => Spec() with { Mounts = [MountsTests.Entry("/proc2", "proc", "proc", "")] };

    private static Spec Spec() => new()
    {
        OciVersion = "1.3.0",
        Mounts = [MountsTests.Entry("/a", null, "/src", "bind,nosuid"), MountsTests.Entry("/b", "tmpfs", "t", "ro")],
    };

    private static IEnumerable<Operation> Add(MountChanges changes, Spec spec, TestHost host, IReadOnlyList<AddedMount> added) =>
        changes.Add(spec, host.MountsOf(spec, sources: MountPropagation.MS_SLAVE, isReachable: false), host.Host.CanMount, added);
}
