using System;
using System.IO;
using FluentAssertions;
using Lade.State;
using Xunit;

namespace Lade.Tests.State;

public sealed class StatusTests
{
    private const string Init = "/memfd:lade-init (deleted)";

    [Theory]
    // No first process yet.
    [InlineData(ContainerPhase.Creating, false, true, false, false, null, false, ContainerStatus.Creating)]
    [InlineData(ContainerPhase.Creating, false, false, false, false, null, false, ContainerStatus.Stopped)]
    [InlineData(ContainerPhase.Created, false, true, false, false, null, false, ContainerStatus.Stopped)]
    // The first process is gone, a zombie, or its pid was reused.
    [InlineData(ContainerPhase.Creating, true, true, false, true, Init, false, ContainerStatus.Stopped)]
    [InlineData(ContainerPhase.Created, true, true, false, true, Init, false, ContainerStatus.Stopped)]
    [InlineData(ContainerPhase.Started, true, true, false, false, null, false, ContainerStatus.Stopped)]
    [InlineData(ContainerPhase.Started, true, true, false, false, null, true, ContainerStatus.Stopped)]
    // It runs.
    [InlineData(ContainerPhase.Creating, true, true, true, true, Init, false, ContainerStatus.Creating)]
    [InlineData(ContainerPhase.Creating, true, false, true, true, Init, false, ContainerStatus.Creating)]
    [InlineData(ContainerPhase.Created, true, true, true, true, Init, false, ContainerStatus.Created)]
    [InlineData(ContainerPhase.Created, true, true, true, true, null, false, ContainerStatus.Created)]
    [InlineData(ContainerPhase.Created, true, true, true, true, "/bin/sh", false, ContainerStatus.Running)]
    [InlineData(ContainerPhase.Created, true, true, true, true, "/memfd:other (deleted)", false, ContainerStatus.Running)]
    [InlineData(ContainerPhase.Created, true, true, true, false, Init, false, ContainerStatus.Running)]
    [InlineData(ContainerPhase.Started, true, true, true, true, Init, false, ContainerStatus.Created)]
    [InlineData(ContainerPhase.Started, true, true, true, false, "/bin/sh", false, ContainerStatus.Running)]
    [InlineData(ContainerPhase.Started, true, true, true, false, "/bin/sh", true, ContainerStatus.Paused)]
    [InlineData(ContainerPhase.Created, true, true, true, true, Init, true, ContainerStatus.Paused)]
    internal void Derives_the_status_from_the_facts(ContainerPhase phase, bool hasInit, bool creatorAlive, bool initAlive, bool startPending, string? executable, bool frozen, ContainerStatus status) =>
        Status.Derive(phase, hasInit, new StatusFacts(creatorAlive, initAlive, startPending, executable, frozen)).Should().Be(status);

    [Fact]
    public void Reads_the_status_from_the_system()
    {
        using var root = new TemporaryDirectory();
        using ContainerDirectory directory = ContainerDirectory.Create(root.Path, ContainerId.Parse("c1"));
        ProcessIdentity self = ProcessIdentity.Read(Environment.ProcessId)!.Value;
        ProcessIdentity ended = self with { StartTime = self.StartTime + 1 };
        ContainerState state = Samples.Minimal();

        Status.Read(state with { Phase = ContainerPhase.Creating, Creator = self }, directory).Should().Be(ContainerStatus.Creating);
        Status.Read(state with { Phase = ContainerPhase.Creating, Creator = ended }, directory).Should().Be(ContainerStatus.Stopped);
        Status.Read(state with { Init = ended }, directory).Should().Be(ContainerStatus.Stopped);
        Status.Read(state with { Init = self }, directory).Should().Be(ContainerStatus.Running);
        File.WriteAllText(root.Path + "/c1/" + ContainerDirectory.StartSocket, "");
        Status.Read(state with { Init = self }, directory).Should().Be(ContainerStatus.Running, "this process is not init");
    }

    [Theory]
    [InlineData("freezer", "freezer.state", "FROZEN\n", "THAWED\n")]
    [InlineData("", "cgroup.events", "populated 1\nfrozen 1\n", "populated 1\nfrozen 0\n")]
    public void Is_paused_while_the_cgroup_is_frozen(string controllers, string file, string frozen, string thawed)
    {
        using var root = new TemporaryDirectory();
        using ContainerDirectory directory = ContainerDirectory.Create(root.Path, ContainerId.Parse("c1"));
        ProcessIdentity self = ProcessIdentity.Read(Environment.ProcessId)!.Value;
        ContainerState state = Samples.Minimal() with
        {
            Init = self,
            Cgroup = new CgroupState { Directories = [controllers + ":1:" + root.Path] },
        };

        File.WriteAllText(root.Path + "/" + file, frozen);
        Status.Read(state, directory).Should().Be(ContainerStatus.Paused);
        Status.ReadUnpaused(state, directory).Should().Be(ContainerStatus.Running);
        Status.Read(state with { Init = self with { StartTime = self.StartTime + 1 } }, directory).Should().Be(ContainerStatus.Stopped);
        File.WriteAllText(root.Path + "/" + file, thawed);
        Status.Read(state, directory).Should().Be(ContainerStatus.Running);
        File.Delete(root.Path + "/" + file);
        Status.Read(state, directory).Should().Be(ContainerStatus.Running);
    }

    [Theory]
    [InlineData(ContainerStatus.Creating, "creating")]
    [InlineData(ContainerStatus.Created, "created")]
    [InlineData(ContainerStatus.Running, "running")]
    [InlineData(ContainerStatus.Paused, "paused")]
    [InlineData(ContainerStatus.Stopped, "stopped")]
    internal void Has_the_names_of_the_spec(ContainerStatus status, string name) => status.SpecName().Should().Be(name);
}
