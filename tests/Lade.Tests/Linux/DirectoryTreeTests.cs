using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.Linux;
using Tmds.Linux;
using Xunit;

namespace Lade.Tests.Linux;

public sealed unsafe class DirectoryTreeTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("lade-tree-").FullName;

    public void Dispose() => System.Diagnostics.Process.Start("rm", ["-rf", _root]).WaitForExit();

    /// <summary>Makes a directory of any name below an open one, and opens it.</summary>
    private static Fd Make(Fd above, ReadOnlySpan<byte> name)
    {
        byte[] terminated = [.. name, 0];
        fixed (byte* p = terminated)
        {
            LibC.mkdirat(above.Number, p, 0x1ED).Should().Be(0);
            return Fd.FromResult(Libc.openat(above.Number, p, Libc.O_RDONLY | Libc.O_DIRECTORY, 0), "open");
        }
    }

    private Fd Nest(int levels, int length, byte letter)
    {
        Fd at = DirectoryTree.TryOpen(_root)!;
        byte[] name = new byte[length];
        Array.Fill(name, letter);
        for (int i = 0; i < levels; i++)
        {
            Fd next = Make(at, name);
            at.Dispose();
            at = next;
        }

        return at;
    }

    private int Count(Func<Fd, bool>? visit = null)
    {
        using Fd root = DirectoryTree.TryOpen(_root)!;
        int count = 0;
        DirectoryTree.Visit(root, _root, directory =>
        {
            count++;
            return visit?.Invoke(directory) ?? true;
        });
        return count;
    }

    /// <summary>Those below the tree; of one that is too deep for a path the kernel tells none.</summary>
    private int OpenDescriptors => Directory.GetFiles("/proc/self/fd").Select(Files.TryReadLink).Count(target => target is null || target.StartsWith(_root, StringComparison.Ordinal));

    [Theory]
    [InlineData(10_000, 1, (byte)'d')]
    [InlineData(100, 255, (byte)0xff)]
    [InlineData(33, 200, (byte)'n')]
    [InlineData(32, 1, (byte)'\n')]
    [InlineData(1, 4, (byte)' ')]
    public void Visits_and_removes_any_depth_and_name(int levels, int length, byte letter)
    {
        Nest(levels, length, letter).Dispose();
        int most = 0;
        int counted = 0;

        // Counting descriptors at each of 10,000 levels would take its time.
        Count(_ => (most = counted++ % 97 == 0 ? Math.Max(most, OpenDescriptors) : most) >= 0).Should().Be(levels + 1);
        most.Should().BeLessThan(60);

        using (Fd root = DirectoryTree.TryOpen(_root)!)
            DirectoryTree.RemoveBelow(root, _root);
        Directory.GetFileSystemEntries(_root).Should().BeEmpty();
        Directory.Exists(_root).Should().BeTrue();
        Directory.GetFiles("/proc/self/fd").Select(Files.TryReadLink).Should().NotContain(target => target != null && target.StartsWith(_root), "nothing is left open");
    }

    [Fact]
    public void Finds_branches_at_every_level_of_a_deep_tree()
    {
        Fd at = DirectoryTree.TryOpen(_root)!;
        for (int i = 0; i < 200; i++)
        {
            Make(at, "a"u8).Dispose();
            Make(at, "z"u8).Dispose();
            Fd next = Make(at, "m"u8);
            at.Dispose();
            at = next;
        }

        at.Dispose();

        Count().Should().Be(601);
        using Fd root = DirectoryTree.TryOpen(_root)!;
        DirectoryTree.RemoveBelow(root, _root);
        Directory.GetFileSystemEntries(_root).Should().BeEmpty();
    }

    [Fact]
    public void Does_not_follow_symlinks_or_remove_files()
    {
        Directory.CreateDirectory(_root + "/a/b");
        Directory.CreateSymbolicLink(_root + "/a/out", "/");
        File.WriteAllText(_root + "/a/b/file", "");

        Count().Should().Be(3);
        using Fd root = DirectoryTree.TryOpen(_root)!;
        DirectoryTree.RemoveBelow(root, _root);

        File.Exists(_root + "/a/b/file").Should().BeTrue();
        Directory.Exists(_root + "/a/out").Should().BeTrue();
    }

    [Fact]
    public void Visits_parents_first_until_stopped()
    {
        Directory.CreateDirectory(_root + "/a/b/c");
        var seen = new List<string>();

        Count(directory =>
        {
            seen.Add(Files.TryReadLink("/proc/self/fd/" + directory.Number)!);
            return seen.Count < 3;
        }).Should().Be(3);

        seen.Should().Equal(_root, _root + "/a", _root + "/a/b");
    }

    [Fact]
    public void Skips_what_disappears_during_the_walk()
    {
        foreach (string name in (string[])["a", "b", "c"])
            Directory.CreateDirectory(_root + "/" + name + "/x");

        // Whichever comes first takes the others with it, and in the end itself.
        Count(directory =>
        {
            foreach (string path in Directory.GetDirectories(_root).Where(p => p != Files.TryReadLink("/proc/self/fd/" + directory.Number)))
            {
                if (Files.TryReadLink("/proc/self/fd/" + directory.Number) != _root)
                    Directory.Delete(path, recursive: true);
            }

            return true;
        }).Should().BeInRange(2, 3);
        DirectoryTree.TryOpen(_root + "/none").Should().BeNull();
    }

    /// <summary>A directory that is moved to another place while the walk is deep in it must not lead out of the tree.</summary>
    [Fact]
    public void Moved_branch_does_not_lead_out_of_the_tree()
    {
        string elsewhere = Directory.CreateTempSubdirectory("lade-elsewhere-").FullName;
        try
        {
            Directory.CreateDirectory(elsewhere + "/innocent");
            Nest(60, 1, (byte)'d').Dispose();
            int count = 0;
            using Fd root = DirectoryTree.TryOpen(_root)!;
            DirectoryTree.Visit(root, _root, _ =>
            {
                // At level 50 the first levels are closed: only ".." leads back to them.
                if (++count == 50)
                    Directory.Move(_root + "/d/d/d", elsewhere + "/d");
                return true;
            });
            count.Should().Be(61);

            DirectoryTree.RemoveBelow(root, _root);
            Directory.Exists(elsewhere + "/innocent").Should().BeTrue();
            Directory.Exists(elsewhere + "/d").Should().BeTrue();
        }
        finally
        {
            System.Diagnostics.Process.Start("rm", ["-rf", elsewhere]).WaitForExit();
        }
    }
}
