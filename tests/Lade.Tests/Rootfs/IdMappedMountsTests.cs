using Lade.Tests.Planning;
using System;
using System.Linq;
using FluentAssertions;
using Lade.Configuration;
using Lade.Rootfs;
using Lade.Tests.Plan;
using Xunit;

namespace Lade.Tests.Rootfs;

/// <summary>The user namespace that provides the mappings of an ID-mapped mount.</summary>
public sealed class IdMappedMountsTests
{
    private static readonly IdMapping[] s_map = [new(0, 1000, 10)];
    private static readonly IdMapping[] s_other = [new(0, 2000, 10)];
    private static readonly NamespaceSpec s_newUser = new(NamespaceType.User, null);

    [Theory]
    [InlineData("bind", "MapTreeIds(mounts/0, idmaps/0, /src)")]
    [InlineData("bind,idmap", "MapTreeIds(mounts/0, idmaps/0, /src)")]
    [InlineData("rbind,ridmap", "MapTreeIds(mounts/0, idmaps/0, /src) Recursive")]
    public void OwnMappingsAreApplied(string options, string expected) =>
        Sources(new LinuxSpec(), Entry(options, s_map)).Should().Equal("OpenTree(mounts/0, /src)" + (options.StartsWith("rbind") ? " Recursive" : ""), expected);

    [Fact]
    public void EqualMappingsShareANamespace()
    {
        Spec spec = Spec(new LinuxSpec(), Entry("bind", s_map), Entry("bind,ridmap", s_map), Entry("bind", s_other), Entry("bind", []), Entry("bind,idmap=uids=0-1000-10;gids=0-1000-10", []));
        var maps = new IdMappedMounts(spec);

        maps.NewNamespaces().Select(map => map.Namespace.Name).Should().Equal("idmaps/0", "idmaps/2");
        Enumerable.Range(0, 5).Select(i => maps[i]?.Namespace.Name).Should().Equal("idmaps/0", "idmaps/0", "idmaps/2", null, "idmaps/0");
    }

    [Fact]
    public void MappingsDefaultToTheContainers()
    {
        var linux = new LinuxSpec { Namespaces = [s_newUser], UidMappings = s_map, GidMappings = s_other };
        MountIdMap map = new IdMappedMounts(Spec(linux, Entry("bind,idmap", []))).NewNamespaces().Single();

        map.Uids.Should().Equal(s_map);
        map.Gids.Should().Equal(s_other);
        map.Origin.ToString().Should().Be("/mounts/0/options/1");
        new IdMappedMounts(Spec(linux, Entry("bind,idmap", s_other))).NewNamespaces().Single().Uids.Should().Equal(s_other);
    }

    [Fact]
    public void JoinedUserNamespaceIsUsedDirectly()
    {
        Spec spec = Spec(new LinuxSpec { Namespaces = [new(NamespaceType.User, "/run/user")] }, Entry("bind,ridmap", []));

        new IdMappedMounts(spec).NewNamespaces().Should().BeEmpty();
        OperationText.Bare(Hosts.Plain.MountsOf(spec).OpenSources()).Should().Contain("MapTreeIds(mounts/0, namespaces/user, /src) Recursive");
    }

    [Fact]
    public void NewFileSystemIsMappedWhenMounted()
    {
        MountSpec mount = Entry("mode=1", s_map) with { Type = "tmpfs" };

        OperationText.Bare(Hosts.Plain.MountsOf(Spec(new LinuxSpec(), mount)).Apply())
            .Should().Equal("Mount(tmpfs, /src, /dst) Options=[mode=1] IdMap=idmaps/0");
    }

    [Fact]
    public void OnlyRootMayMapMounts()
    {
        Mounts mounts = (Hosts.Plain with { IsPrivileged = false }).MountsOf(Spec(new LinuxSpec(), Entry("bind,idmap", s_map)));
        Action plan = () => _ = OperationText.Bare(mounts.OpenSources());

        plan.Should().Throw<LadeException>().Where(e => e.Description == "/mounts/0/options/1: only the host's root can create an ID-mapped mount");
    }

    [Fact]
    public void NewFileSystemInAUserNamespaceIsNotMapped()
    {
        MountSpec mount = Entry("idmap", s_map) with { Type = "tmpfs" };
        Action plan = () => Sources(new LinuxSpec { Namespaces = [s_newUser], UidMappings = s_map, GidMappings = s_map }, mount);

        plan.Should().Throw<LadeException>().WithMessage("*only a bind mount can be ID-mapped there*");
    }

    private static MountSpec Entry(string options, IdMapping[] map) => MountsTests.Entry("/dst", null, "/src", options) with { UidMappings = map, GidMappings = map };

    private static Spec Spec(LinuxSpec linux, params MountSpec[] mounts) => new() { OciVersion = "1.3.0", Linux = linux, Mounts = mounts };

    private static string[] Sources(LinuxSpec linux, params MountSpec[] mounts) =>
        OperationText.Bare(Hosts.Plain.MountsOf(Spec(linux, mounts)).OpenSources());
}
