using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Lifecycle;

/// <summary>Several lade at once.</summary>
public sealed class ConcurrencyTests : ContainerTest
{
    private static CommandResult[] Finish(IEnumerable<RunningCommand> commands) => [.. commands.Select(c => c.Wait(TimeSpan.FromSeconds(30)))];

    [Fact]
    public void Of_many_creates_of_one_id_one_wins()
    {
        Bundle.Sleeps().Save();
        Container container = NewContainer();

        CommandResult[] results = Finish([.. Enumerable.Range(0, 8).Select(_ => Bundle.Lade.Start("", "create", "--bundle", Bundle.Path, container.Id))]);

        results.Count(r => r.ExitCode == 0).Should().Be(1, string.Concat(results.Select(r => r.Stderr)));
        results.Where(r => r.ExitCode != 0).Select(r => r.Error()).Should().AllBe("lade create failed: container with given ID already exists");
        container.StatusWord.Should().Be("created");
        container.Start().StatusWord.Should().Be("running");
        container.Processes().Should().Equal(container.Pid);
    }

    [Fact]
    public void Of_many_starts_one_wins()
    {
        Bundle.Script("echo started; sleep 1000");
        Container container = NewContainer().Create();

        CommandResult[] results = Finish([.. Enumerable.Range(0, 6).Select(_ => Bundle.Lade.Start("", "start", container.Id))]);

        results.Count(r => r.ExitCode == 0).Should().Be(1);
        results.Where(r => r.ExitCode != 0).Select(r => r.Error()).Should().AllBe("cannot start an already running container");
        container.WaitForOutput("started\n").Stdout.Should().Be("started\n");
    }

    [Fact]
    public void Of_many_deletes_of_a_stopped_container_each_ends_well_or_finds_it_gone()
    {
        Container container = StartSleeping();
        container.Kill();
        container.WaitForExit();

        CommandResult[] results = Finish([.. Enumerable.Range(0, 6).Select(_ => Bundle.Lade.Start("", "delete", container.Id))]);

        results.Count(r => r.ExitCode == 0).Should().Be(1);
        results.Where(r => r.ExitCode != 0).Select(r => r.Error()).Should().AllBe("container does not exist");
        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void Of_many_forced_deletes_each_ends_well()
    {
        Container container = StartSleeping();

        CommandResult[] results = Finish([.. Enumerable.Range(0, 8).Select(_ => Bundle.Lade.Start("", "delete", "--force", container.Id))]);

        results.Should().AllBeEquivalentTo(new CommandResult(0, "", ""));
        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void Start_and_forced_delete_at_once_leave_nothing()
    {
        Bundle.Sleeps();
        for (int i = 0; i < 8; i++)
        {
            Container container = NewContainer("c" + i).Create();
            int pid = container.Pid;
            RunningCommand start = Bundle.Lade.Start("", "start", container.Id);
            RunningCommand delete = Bundle.Lade.Start("", "delete", "--force", container.Id);

            CommandResult started = start.Wait(TimeSpan.FromSeconds(20));
            delete.Wait(TimeSpan.FromSeconds(20)).Should().Be(new CommandResult(0, "", ""));

            if (started.ExitCode != 0)
                started.Error().Should().Be("container does not exist");
            Machine.IsAlive(pid).Should().BeFalse();
            container.Leftovers().Should().BeEmpty();
        }
    }

    [Fact]
    public void Create_and_forced_delete_at_once_leave_a_whole_container_or_none()
    {
        Bundle.Sleeps().Save();
        for (int i = 0; i < 8; i++)
        {
            Container container = NewContainer("c" + i);
            RunningCommand create = Bundle.Lade.Start("", "create", "--bundle", Bundle.Path, container.Id);
            RunningCommand delete = Bundle.Lade.Start("", "delete", "--force", container.Id);

            CommandResult created = create.Wait(TimeSpan.FromSeconds(20));
            delete.Wait(TimeSpan.FromSeconds(20)).Should().Be(new CommandResult(0, "", ""));

            if (created.ExitCode != 0)
                created.Error().Should().Be("lade create failed: container " + container.Id + " was deleted while it was being created");
            else if (Directory.Exists(container.StateDirectory))
                container.StatusWord.Should().Be("created");
            container.Delete(force: true).ExitCode.Should().Be(0);
            container.Leftovers().Should().BeEmpty();
            Machine.Eventually(() => Bundle.Inhabitants().Count == 0, "end of all processes");
        }
    }

    [Fact]
    public void Many_containers_run_at_once()
    {
        Bundle[] bundles = [.. Enumerable.Range(0, 12).Select(_ => NewBundle())];
        for (int i = 0; i < bundles.Length; i++)
            bundles[i].Script("sleep 0.1; echo " + i + "; exit " + i).Save();

        CommandResult[] results = Finish([.. bundles.Select((b, i) => Bundle.Lade.Start("", "run", "--bundle", b.Path, "c" + i))]);

        results.Should().Equal(Enumerable.Range(0, bundles.Length).Select(i => new CommandResult(i, i + "\n", "")));
        Bundle.Lade.Run("list", "--quiet").Stdout.Should().BeEmpty();
        foreach (Bundle bundle in bundles)
            NewContainer(bundle).Cgroups().Should().BeEmpty();
    }

    [Fact]
    public void Containers_that_share_a_cgroup_above_come_and_go()
    {
        Machine.NeedsCgroup1();
        string pod = "/" + Bundle.Name + "-pod/slice";
        Bundle[] bundles = [.. Enumerable.Range(0, 6).Select(_ => NewBundle())];
        for (int i = 0; i < bundles.Length; i++)
            bundles[i].Args("true").Set("/linux/cgroupsPath", pod + "/" + i).Save();
        try
        {
            for (int round = 0; round < 6; round++)
            {
                CommandResult[] results = Finish([.. bundles.Select((b, i) => Bundle.Lade.Start("", "run", "--bundle", b.Path, "c" + i))]);

                results.Should().AllBeEquivalentTo(new CommandResult(0, "", ""));
                foreach (MountInfo hierarchy in Machine.CgroupHierarchies)
                    Enumerable.Range(0, bundles.Length).Where(i => Directory.Exists(hierarchy.Target + pod + "/" + i)).Should().BeEmpty();
            }
        }
        finally
        {
            // Who made it last need not be the last to leave it.
            foreach (string path in Machine.CgroupHierarchies.SelectMany(h => (string[])[h.Target + pod, Path.GetDirectoryName(h.Target + pod)!]).Where(Directory.Exists))
                Directory.Delete(path);
        }
    }

    [Fact]
    public void Looking_never_waits_for_a_container_that_is_being_made()
    {
        Bundle.Sleeps().HookScript("prestart", "sleep 1").Save();
        Container container = NewContainer();
        RunningCommand create = Bundle.Lade.Start("", "create", "--bundle", Bundle.Path, container.Id);
        Machine.Eventually(() => File.Exists(container.StateDirectory + "/state.json"), "state");

        container.StatusWord.Should().Be("creating");
        Bundle.Lade.Run("list").Lines[1].Should().Contain(" creating ");
        container.Kill().Error().Should().Be("container not running");
        container.Exec(container.Id, "true").Error().Should().Be("exec failed: cannot exec in a container that is being created");
        create.Wait(TimeSpan.FromSeconds(20)).ExitCode.Should().Be(0);
        container.StatusWord.Should().Be("created");
    }
}
