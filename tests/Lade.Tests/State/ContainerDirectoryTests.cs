using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using FluentAssertions;
using Lade.State;
using Xunit;

namespace Lade.Tests.State;

public sealed class ContainerDirectoryTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();

    private string Root => _temporary.Path;

    private static ContainerId Id => ContainerId.Parse("c1");

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void Is_created_once()
    {
        using (ContainerDirectory.Create(Root, Id))
            (File.GetUnixFileMode(Root + "/c1") & ~(UnixFileMode.GroupExecute | UnixFileMode.OtherExecute))
                .Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        FluentActions.Invoking(() => ContainerDirectory.Create(Root, Id)).Should().Throw<LadeException>().WithMessage("container with given ID already exists");
    }

    [Fact]
    public void Of_concurrent_creates_one_succeeds()
    {
        int winners = 0, losers = 0;
        Parallel.For(0, 16, _ =>
        {
            try
            {
                using ContainerDirectory directory = ContainerDirectory.Create(Root, Id);
                directory.Save(Samples.Minimal());
                Interlocked.Increment(ref winners);
            }
            catch (LadeException e) when (e.Message == "container with given ID already exists")
            {
                Interlocked.Increment(ref losers);
            }
        });
        (winners, losers).Should().Be((1, 15));
    }

    [Fact]
    public void Stores_the_state()
    {
        using ContainerDirectory directory = ContainerDirectory.Create(Root, Id);
        directory.TryLoad().Should().BeNull();
        directory.Invoking(d => d.Load()).Should().Throw<LadeException>().WithMessage("container does not exist");
        directory.Invoking(d => d.LoadConfig()).Should().Throw<LadeException>().WithMessage("open " + Root + "/c1/config.json: ENOENT: no such file or directory");

        File.WriteAllText(Root + "/c1/state.json.new", new string('x', 100_000));
        directory.Save(Samples.Minimal());
        directory.Save(Samples.Full);
        using ContainerDirectory other = ContainerDirectory.Open(Root, Id);
        other.Load().Should().BeEquivalentTo(Samples.Full);
        File.GetUnixFileMode(Root + "/c1/state.json").Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Directory.GetFiles(Root + "/c1").Should().Equal(Root + "/c1/state.json");
    }

    [Fact]
    public void Replaces_files_atomically_and_removes_them()
    {
        using ContainerDirectory directory = ContainerDirectory.Create(Root, Id);
        File.WriteAllText(Root + "/c1/" + ContainerDirectory.ResourcesFile + ".new", "left by an interrupted update, and longer");
        directory.Replace(ContainerDirectory.ResourcesFile, "first, longer"u8);
        directory.Replace(ContainerDirectory.ResourcesFile, "second"u8);

        File.ReadAllText(Root + "/c1/" + ContainerDirectory.ResourcesFile).Should().Be("second");
        File.GetUnixFileMode(Root + "/c1/" + ContainerDirectory.ResourcesFile).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Directory.GetFiles(Root + "/c1").Should().ContainSingle();
        directory.Remove();
        Directory.Exists(Root + "/c1").Should().BeFalse();
    }

    [Fact]
    public void Is_found_only_where_a_directory_is()
    {
        Directory.CreateDirectory(Root + "/real");
        File.CreateSymbolicLink(Root + "/link", Root + "/real");
        File.WriteAllText(Root + "/file", "");
        foreach (string id in new[] { "none", "link", "file" })
            FluentActions.Invoking(() => ContainerDirectory.Open(Root, ContainerId.Parse(id))).Should().Throw<LadeException>().WithMessage("container does not exist");
        ContainerDirectory.TryOpen(Root + "/none", Id).Should().BeNull();
    }

    [Fact]
    public void The_lock_is_exclusive_and_ends_with_its_descriptor()
    {
        ContainerDirectory creator = ContainerDirectory.Create(Root, Id);
        using ContainerDirectory other = ContainerDirectory.Open(Root, Id);
        other.TryLockIfPresent().Should().BeNull();

        creator.Dispose();
        other.TryLockIfPresent().Should().BeTrue();
    }

    [Fact]
    public void A_waiter_learns_that_the_container_was_deleted()
    {
        ContainerDirectory creator = ContainerDirectory.Create(Root, Id);
        using ContainerDirectory waiting = ContainerDirectory.Open(Root, Id);
        Exception? seen = null;
        var thread = new Thread(() => seen = Record.Exception(waiting.Lock));
        thread.Start();

        creator.Save(Samples.Minimal());
        creator.Remove();
        creator.Dispose();
        thread.Join();
        seen.Should().BeOfType<LadeException>().Which.Message.Should().Be("container does not exist");
    }

    [Fact]
    public void A_lock_on_a_deleted_container_does_not_lock_its_successor()
    {
        ContainerDirectory first = ContainerDirectory.Create(Root, Id);
        using ContainerDirectory late = ContainerDirectory.Open(Root, Id);
        first.Remove();
        first.Dispose();
        using ContainerDirectory successor = ContainerDirectory.Create(Root, Id);
        late.Invoking(d => d.Lock()).Should().Throw<LadeException>().WithMessage("container does not exist");
        late.TryLockIfPresent().Should().BeFalse();
    }

    [Fact]
    public void Create_and_forced_delete_never_leave_half_a_container()
    {
        for (int round = 0; round < 200; round++)
        {
            Exception? createError = null;
            var create = new Thread(() => createError = Record.Exception(() =>
            {
                using ContainerDirectory directory = ContainerDirectory.Create(Root, Id);
                directory.Save(Samples.Minimal());
                directory.Save(Samples.Full);
            }));
            var delete = new Thread(() =>
            {
                using ContainerDirectory? directory = ContainerDirectory.TryOpen(Root, Id);
                if (directory is null || Record.Exception(directory.Lock) is not null)
                    return;
                directory.Remove();
            });
            create.Start();
            delete.Start();
            create.Join();
            delete.Join();

            using ContainerDirectory? left = ContainerDirectory.TryOpen(Root, Id);
            if (createError is not null)
                createError.Message.Should().Be("container c1 was deleted while it was being created");
            if (left is null)
                continue;
            createError.Should().BeNull();
            left.Load().Should().BeEquivalentTo(Samples.Full);
            left.Lock();
            left.Remove();
        }
    }

    [Fact]
    public void Removes_its_own_files()
    {
        using ContainerDirectory directory = ContainerDirectory.Create(Root, Id);
        directory.Save(Samples.Minimal());
        foreach (string name in new[] { ContainerDirectory.ConfigFile, ContainerDirectory.StartSocket, "state.json.new" })
            File.WriteAllText(Root + "/c1/" + name, "");
        directory.Holds(ContainerDirectory.StartSocket).Should().BeTrue();
        directory.MakeNotifyDirectory();
        File.WriteAllText(Root + "/c1/" + ContainerDirectory.NotifySocket, "");
        directory.Remove();
        Directory.Exists(Root + "/c1").Should().BeFalse();
        ContainerDirectory.TryOpen(Root, Id).Should().BeNull();
    }

    [Fact]
    public void Leaves_foreign_files()
    {
        Directory.CreateDirectory(Root + "/precious");
        File.WriteAllText(Root + "/precious/file", "x");
        using ContainerDirectory directory = ContainerDirectory.Create(Root, Id);
        File.CreateSymbolicLink(Root + "/c1/config.json", Root + "/precious/file");
        File.CreateSymbolicLink(Root + "/c1/foreign", Root + "/precious");

        directory.Invoking(d => d.Remove()).Should().Throw<LadeException>()
            .WithMessage("remove directory " + Root + "/c1 with foreign files (foreign): ENOTEMPTY: directory not empty");
        File.ReadAllText(Root + "/precious/file").Should().Be("x");
        File.Exists(Root + "/c1/config.json").Should().BeFalse();
    }

    [Fact]
    public void Lists_sorted_ids()
    {
        foreach (string name in new[] { "b", "a", "not an id" })
            Directory.CreateDirectory(Root + "/" + name);
        ContainerDirectory.List(Root)!.Select(id => id.ToString()).Should().Equal("a", "b");
        ContainerDirectory.List(Root + "/none").Should().BeNull();
    }

    [Fact]
    public void The_lock_ends_with_its_process()
    {
        using ContainerDirectory directory = ContainerDirectory.Create(Root, Id);
        directory.Dispose();

        using var holder = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("flock", [Root + "/c1", "-c", "echo locked; read _"])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        })!;
        holder.StandardOutput.ReadLine().Should().Be("locked");
        using ContainerDirectory other = ContainerDirectory.Open(Root, Id);
        other.TryLockIfPresent().Should().BeNull();
        holder.StandardInput.Close();
        holder.WaitForExit();
        other.TryLockIfPresent().Should().BeTrue();
    }
}
