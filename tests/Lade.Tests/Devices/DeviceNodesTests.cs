using System.Linq;
using FluentAssertions;
using Lade.Configuration;
using Lade.Devices;
using Lade.Plan;
using Lade.Tests.Plan;
using Xunit;

namespace Lade.Tests.Devices;

/// <summary>The nodes of /dev, made by mknod, or in a user namespace borrowed from the host.</summary>
public sealed class DeviceNodesTests
{
    private static readonly string[] s_links =
    [
        "MakeSymlink(/dev/fd, /proc/self/fd) OnlyIfExists=/proc/self/fd",
        "MakeSymlink(/dev/stdin, /proc/self/fd/0) OnlyIfExists=/proc/self/fd",
        "MakeSymlink(/dev/stdout, /proc/self/fd/1) OnlyIfExists=/proc/self/fd",
        "MakeSymlink(/dev/stderr, /proc/self/fd/2) OnlyIfExists=/proc/self/fd",
        "MakeSymlink(/dev/core, /proc/kcore) OnlyIfExists=/proc/kcore",
        "MakeSymlink(/dev/ptmx, pts/ptmx) Replace",
    ];

    [Fact]
    public void DefaultsAreMade()
    {
        var nodes = new DeviceNodes([], bind: false);

        nodes.OpenSources().Should().BeEmpty();
        OperationText.Lines(nodes.Make()).Should().Equal(
        [
            // 0x21b6 is S_IFCHR and 0666.
            "MakeDevice(/dev/null, 8630, 1, 3)",
            "MakeDevice(/dev/zero, 8630, 1, 5)",
            "MakeDevice(/dev/full, 8630, 1, 7)",
            "MakeDevice(/dev/random, 8630, 1, 8)",
            "MakeDevice(/dev/urandom, 8630, 1, 9)",
            "MakeDevice(/dev/tty, 8630, 5, 0)",
            .. s_links,
        ]);
    }

    [Fact]
    public void DefaultsAreBorrowedInAUserNamespace()
    {
        var nodes = new DeviceNodes([], bind: true);
        string[] paths = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"];

        OperationText.Lines(nodes.OpenSources()).Should().Equal(paths.Select(path => $"OpenTree(devices{path}, {path}) Propagation=PRIVATE"));
        OperationText.Lines(nodes.Make()).Should().Equal([.. paths.Select(path => $"Attach(devices{path}, {path}, {path})"), .. s_links]);
    }

    [Theory]
    [InlineData('c', 0x2000)]
    [InlineData('u', 0x2000)]
    [InlineData('b', 0x6000)]
    [InlineData('p', 0x1000)]
    public void TypesAndDefaultMode(char type, int format) =>
        First(new DeviceSpec { Type = type, Path = "/dev/x", Major = 10, Minor = 229 }, bind: false)
            .Should().Be($"MakeDevice(/dev/x, {format | 0x1b6}, 10, 229) @/linux/devices/0");

    [Fact]
    public void EverythingGiven() =>
        First(new DeviceSpec { Type = 'b', Path = "/a/b", Major = 8, Minor = 1, FileMode = 0x1b0, Uid = 1000, Gid = 6 }, bind: false)
            .Should().Be($"MakeDevice(/a/b, {0x6000 | 0x1b0}, 8, 1) Uid=1000 Gid=6 @/linux/devices/0");

    [Fact]
    public void ModeZeroIsAMode() =>
        First(new DeviceSpec { Type = 'c', Path = "/x", Major = 1, Minor = 3, FileMode = 0 }, bind: false).Should().StartWith($"MakeDevice(/x, {0x2000}, ");

    [Fact]
    public void FifoHasNoNumbersAndIsMadeEvenInAUserNamespace()
    {
        var fifo = new DeviceSpec { Type = 'p', Path = "/run/fifo" };

        First(fifo, bind: true).Should().Be($"MakeDevice(/run/fifo, {0x1000 | 0x1b6}, 0, 0) @/linux/devices/0");
        new DeviceNodes([fifo], bind: true).OpenSources().Cast<OpenTree>().Select(tree => tree.Path).Should().NotContain("/run/fifo");
    }

    [Fact]
    public void ListedDeviceIsBorrowedInAUserNamespace()
    {
        var fuse = new DeviceSpec { Type = 'c', Path = "/dev/fuse", Major = 10, Minor = 229 };

        OperationText.Lines(new DeviceNodes([fuse], bind: true).OpenSources()).Last()
            .Should().Be("OpenTree(devices/dev/fuse, /dev/fuse) Propagation=PRIVATE @/linux/devices/0");
        First(fuse, bind: true).Should().Be("Attach(devices/dev/fuse, /dev/fuse, /dev/fuse) @/linux/devices/0");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ListedDefaultIsMadeOnceAsTheConfigSays(bool bind)
    {
        var nodes = new DeviceNodes([new DeviceSpec { Type = 'c', Path = "/dev/null", Major = 1, Minor = 3, FileMode = 0x1a4 }], bind);

        nodes.Make().Where(o => o is MakeDevice { Path: "/dev/null" } or Attach { Target: "/dev/null" })
            .Should().ContainSingle().Which.Origin.ToString().Should().Be("/linux/devices/0");
        nodes.OpenSources().Count(o => o is OpenTree { Path: "/dev/null" }).Should().Be(bind ? 1 : 0);
    }

    [Fact]
    public void EverySourceIsAttachedAndNothingElse()
    {
        DeviceSpec[] devices = [new() { Type = 'c', Path = "/dev/fuse", Major = 10, Minor = 229 }, new() { Type = 'p', Path = "/p" }, new() { Type = 'c', Path = "/dev/tty", Major = 5, Minor = 0 }];
        var nodes = new DeviceNodes(devices, bind: true);

        nodes.Make().OfType<Attach>().Select(attach => attach.Tree).Should().BeEquivalentTo(nodes.OpenSources().Cast<OpenTree>().Select(tree => tree.Tree));
    }

    private static string First(DeviceSpec device, bool bind) => OperationText.Line(new DeviceNodes([device], bind).Make().First());
}
