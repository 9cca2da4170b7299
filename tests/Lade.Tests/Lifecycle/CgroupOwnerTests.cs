using System.Collections.Generic;
using FluentAssertions;
using Lade.Configuration;
using Lade.Lifecycle;
using Xunit;

namespace Lade.Tests.Lifecycle;

public sealed class CgroupOwnerTests
{
    private static readonly MountSpec Writable = new() { Destination = "/sys/fs/cgroup", Type = "cgroup", Source = "cgroup", Options = ["nosuid", "rw"] };
    private static readonly IdMapping[] Mapped = [new(0, 100000, 1000), new(1000, 5000, 10)];

    private static Spec Config(uint uid, IReadOnlyList<NamespaceSpec>? namespaces = null, IReadOnlyList<IdMapping>? mappings = null, params MountSpec[] mounts) => new()
    {
        OciVersion = "1.2.0",
        Mounts = mounts.Length == 0 ? [Writable] : mounts,
        Process = new ProcessSpec { Cwd = "/", User = new UserSpec { Uid = uid } },
        Linux = new LinuxSpec { Namespaces = namespaces ?? [new(NamespaceType.Cgroup, null)], UidMappings = mappings ?? [] },
    };

    private static readonly NamespaceSpec[] CgroupAndUser = [new(NamespaceType.Cgroup, null), new(NamespaceType.User, null)];

    [Theory]
    [InlineData(0u, 100000u)]
    [InlineData(999u, 100999u)]
    [InlineData(1003u, 5003u)]
    [InlineData(2000u, null)]
    public void It_is_the_programs_user_on_the_host(uint uid, uint? owner) => CgroupOwner.Of(Config(uid, CgroupAndUser, Mapped)).Should().Be(owner);

    [Fact]
    public void Without_a_user_namespace_uids_are_the_hosts() => CgroupOwner.Of(Config(1000)).Should().Be(1000);

    [Fact]
    public void Root_has_it_already() => CgroupOwner.Of(Config(0)).Should().BeNull();

    [Fact]
    public void Mappings_of_a_joined_user_namespace_are_not_known() =>
        CgroupOwner.Of(Config(1000, [new(NamespaceType.Cgroup, null), new(NamespaceType.User, "/proc/1/ns/user")])).Should().BeNull();

    [Fact]
    public void A_part_for_the_container_is_the_programs_whatever_is_mounted()
    {
        CgroupOwner.OfPart(Config(1003, CgroupAndUser, Mapped, Writable with { Options = ["ro"] })).Should().Be(5003);
        CgroupOwner.OfPart(Config(1000, [])).Should().Be(1000);
        CgroupOwner.OfPart(Config(0)).Should().BeNull("root has it already");
        CgroupOwner.OfPart(Config(1000) with { Linux = null }).Should().Be(1000);
        CgroupOwner.OfPart(Config(1000) with { Process = null }).Should().BeNull();
    }

    [Fact]
    public void It_stays_roots_without_a_new_cgroup_namespace()
    {
        CgroupOwner.Of(Config(1000, [])).Should().BeNull();
        CgroupOwner.Of(Config(1000, [new(NamespaceType.Cgroup, "/proc/1/ns/cgroup")])).Should().BeNull();
    }

    [Fact]
    public void It_stays_roots_unless_the_cgroup_is_mounted_writable()
    {
        CgroupOwner.Of(Config(1000, mounts: Writable with { Options = ["ro"] })).Should().BeNull();
        CgroupOwner.Of(Config(1000, mounts: Writable with { Options = ["rro"] })).Should().BeNull();
        CgroupOwner.Of(Config(1000, mounts: Writable with { Options = ["ro", "rw"] })).Should().Be(1000);
        CgroupOwner.Of(Config(1000, mounts: Writable with { Destination = "/cgroup" })).Should().BeNull();
        CgroupOwner.Of(Config(1000, mounts: Writable with { Type = "tmpfs" })).Should().BeNull();
        CgroupOwner.Of(Config(1000, mounts: [Writable, Writable with { Options = ["ro"] }])).Should().BeNull();
    }
}
