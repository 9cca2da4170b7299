using System.Linq;
using FluentAssertions;
using Lade.Configuration;
using Lade.Plan;
using Lade.Planning;
using Lade.Tests.Plan;
using Xunit;

namespace Lade.Tests.Planning;

/// <summary>Device nodes in /dev: created with mknod(2), created before entering a user namespace and mounted, or bind-mounted from the host.</summary>
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

    private enum Way
    {
        Created,
        Mounted,
        Hosts,
    }

    [Fact]
    public void DefaultsAreCreated()
    {
        DeviceNodes nodes = Nodes(Way.Created);

        nodes.OpenSources().Should().BeEmpty();
        OperationText.Lines(nodes.Create(true)).Should().Equal(
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
    public void DefaultsOfAUserNamespaceAreItsOwnNodes()
    {
        DeviceNodes nodes = Nodes(Way.Mounted);

        OperationText.Lines(nodes.OpenSources()).Should().Equal(
            "MakeNodes", "MakeNode(null, 8630, 1, 3)", "MakeNode(zero, 8630, 1, 5)", "MakeNode(full, 8630, 1, 7)", "MakeNode(random, 8630, 1, 8)", "MakeNode(urandom, 8630, 1, 9)",
            "MakeNode(tty, 8630, 5, 0)");
        OperationText.Lines(nodes.Create(true)).Should().Equal([.. s_paths.Select(path => $"AttachNode({path}, {path["/dev/".Length..]})"), "DetachNodes", .. s_links]);
    }

    [Fact]
    public void WithoutMknodTheHostsAreMountedReadOnly()
    {
        DeviceNodes nodes = Nodes(Way.Hosts);

        OperationText.Lines(nodes.OpenSources()).Should().Equal(s_paths.SelectMany(path => new[]
        {
            $"OpenTree(devices{path}, {path}) Propagation=PRIVATE", $"SetTreeAttributes(devices{path}, {path}, RDONLY|NOSUID|NOEXEC, None)",
        }));
        OperationText.Lines(nodes.Create(true)).Should().Equal([.. s_paths.Select(path => $"Attach(devices{path}, {path}, {path})"), .. s_links]);
    }

    [Fact]
    public void DevOfTheBundleIsNotModifiedAndMasksHaveANullDevice()
    {
        Nodes(Way.Created).Create(false).Should().BeEmpty();
        Nodes(Way.Hosts).Create(false).Should().BeEmpty();
        OperationText.Lines(Nodes(Way.Mounted).Create(false)).Should().Equal("DetachNodes");
    }

    [Theory]
    [InlineData('c', 0x2000)]
    [InlineData('u', 0x2000)]
    [InlineData('b', 0x6000)]
    [InlineData('p', 0x1000)]
    public void TypesAndDefaultMode(char type, int format) =>
        First(new DeviceSpec { Type = type, Path = "/dev/x", Major = 10, Minor = 229 }, Way.Created)
            .Should().Be($"MakeDevice(/dev/x, {format | 0x1b6}, 10, 229) @/linux/devices/0");

    [Fact]
    public void EverythingGivenAndModeZero()
    {
        First(new DeviceSpec { Type = 'b', Path = "/a/b", Major = 8, Minor = 1, FileMode = 0x1b0, Uid = 1000, Gid = 6 }, Way.Created)
            .Should().Be($"MakeDevice(/a/b, {0x6000 | 0x1b0}, 8, 1) Uid=1000 Gid=6 @/linux/devices/0");
        First(new DeviceSpec { Type = 'c', Path = "/x", Major = 1, Minor = 3, FileMode = 0 }, Way.Created).Should().StartWith($"MakeDevice(/x, {0x2000}, ");
    }

    [Fact]
    public void FifoIsCreatedEvenInAUserNamespace()
    {
        var fifo = new DeviceSpec { Type = 'p', Path = "/run/fifo" };

        foreach (Way way in (Way[])[Way.Mounted, Way.Hosts])
        {
            First(fifo, way).Should().Be($"MakeDevice(/run/fifo, {0x1000 | 0x1b6}, 0, 0) @/linux/devices/0");
            Nodes(way, fifo).OpenSources().Should().NotContain(o => o.Origin.ToString() == "/linux/devices/0");
        }
    }

    [Fact]
    public void DeviceHasTheHostsModeUnlessGiven()
    {
        var fuse = new DeviceSpec { Type = 'c', Path = "/dev/fuse", Major = 10, Minor = 229 };

        Source(fuse).Should().Be("MakeNode(0, 8630, 10, 229) Like=/dev/fuse @/linux/devices/0");
        Source(fuse with { FileMode = 0x180 }).Should().Be($"MakeNode(0, {0x2000 | 0x180}, 10, 229) @/linux/devices/0");
        First(fuse, Way.Mounted).Should().Be("AttachNode(/dev/fuse, 0) @/linux/devices/0");
        OperationText.Lines(Nodes(Way.Hosts, fuse).OpenSources())[..2].Should().Equal(
            "OpenTree(devices/dev/fuse, /dev/fuse) Propagation=PRIVATE @/linux/devices/0",
            "SetTreeAttributes(devices/dev/fuse, /dev/fuse, RDONLY|NOSUID|NOEXEC, None) @/linux/devices/0");
        First(fuse, Way.Hosts).Should().Be("Attach(devices/dev/fuse, /dev/fuse, /dev/fuse) @/linux/devices/0");
    }

    /// <summary>Owners are IDs of the container; without a mapping the node belongs to the host's root, which is nobody inside.</summary>
    [Theory]
    [InlineData(5, 6, "Uid=100005 Gid=200006")]
    [InlineData(0, 0, "Uid=100000 Gid=200000")]
    [InlineData(70000, 70000, "@")]
    public void OwnersAreMapped(uint uid, uint gid, string expected) =>
        Source(new DeviceSpec { Type = 'c', Path = "/x", Major = 1, Minor = 3, FileMode = 0, Uid = uid, Gid = gid }).Should().Contain(" " + expected);

    [Fact]
    public void ListedDefaultIsCreatedOnceAsConfigured()
    {
        var listed = new DeviceSpec { Type = 'c', Path = "/dev/null", Major = 1, Minor = 3, FileMode = 0x1a4 };
        foreach (Way way in (Way[])[Way.Created, Way.Mounted, Way.Hosts])
        {
            DeviceNodes nodes = Nodes(way, listed);
            nodes.Create(true).Where(o => o is MakeDevice { Path: "/dev/null" } or Attach { Target: "/dev/null" } or AttachNode { Path: "/dev/null" })
                .Should().ContainSingle().Which.Origin.ToString().Should().Be("/linux/devices/0");
            nodes.OpenSources().Count(o => o is OpenTree { Path: "/dev/null" }).Should().Be(way == Way.Hosts ? 1 : 0);
        }

        // Masks use the default one.
        Nodes(Way.Mounted, listed).OpenSources().OfType<MakeNode>().Should().Contain(o => o.Name == "null" && o.Mode == 0x21b6);
    }

    [Fact]
    public void EverySourceIsAttached()
    {
        DeviceSpec[] devices = [new() { Type = 'c', Path = "/dev/fuse", Major = 10, Minor = 229 }, new() { Type = 'p', Path = "/p" }, new() { Type = 'c', Path = "/dev/tty", Major = 5, Minor = 0 }];

        Nodes(Way.Hosts, devices).Create(true).OfType<Attach>().Select(attach => attach.Tree)
            .Should().BeEquivalentTo(Nodes(Way.Hosts, devices).OpenSources().OfType<OpenTree>().Select(tree => tree.Tree));
        Nodes(Way.Mounted, devices).Create(true).OfType<AttachNode>().Select(node => node.Name)
            .Should().BeEquivalentTo(Nodes(Way.Mounted, devices).OpenSources().OfType<MakeNode>().Select(node => node.Name));
    }

    private static readonly string[] s_paths = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"];

    private static DeviceNodes Nodes(Way way, params DeviceSpec[] devices) => new(
        new LinuxSpec { Devices = devices, UidMappings = [new IdMapping(0, 100000, 65536)], GidMappings = [new IdMapping(0, 200000, 65536)] },
        userNamespace: way != Way.Created,
        mountNamespace: true,
        canMknod: way != Way.Hosts);

    private static string First(DeviceSpec device, Way way) => OperationText.Line(Nodes(way, device).Create(true).First());

    private static string Source(DeviceSpec device) => OperationText.Line(Nodes(Way.Mounted, device).OpenSources().OfType<MakeNode>().First());
}
