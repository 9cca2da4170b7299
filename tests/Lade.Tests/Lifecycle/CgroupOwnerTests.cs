using System.Collections.Generic;
using FluentAssertions;
using Lade.Configuration;
using Lade.Lifecycle;
using Xunit;

namespace Lade.Tests.Lifecycle;

public sealed class CgroupOwnerTests
{
    private static readonly MountSpec s_writable = new() { Destination = "/sys/fs/cgroup", Type = "cgroup", Source = "cgroup", Options = ["nosuid", "rw"] };
    private static readonly IdMapping[] s_mapped = [new(0, 100000, 1000), new(1000, 5000, 10)];

    private static Spec Config(uint uid, IReadOnlyList<NamespaceSpec>? namespaces = null, IReadOnlyList<IdMapping>? mappings = null, params MountSpec[] mounts) => new()
    {
        OciVersion = "1.2.0",
        Mounts = mounts.Length == 0 ? [s_writable] : mounts,
        Process = new ProcessSpec { Cwd = "/", User = new UserSpec { Uid = uid } },
        Linux = new LinuxSpec { Namespaces = namespaces ?? [new(NamespaceType.Cgroup, null)], UidMappings = mappings ?? [] },
    };

    private static readonly NamespaceSpec[] s_cgroupAndUser = [new(NamespaceType.Cgroup, null), new(NamespaceType.User, null)];

    [Theory]
    [InlineData(0u, 100000u)]
    [InlineData(999u, 100999u)]
    [InlineData(1003u, 5003u)]
    [InlineData(2000u, null)]
    public void Owner_is_the_programs_user_on_the_host(uint uid, uint? owner) => CgroupOwner.Find(Config(uid, s_cgroupAndUser, s_mapped)).Should().Be(owner);

    [Fact]
    public void Without_a_user_namespace_uids_are_the_hosts() => CgroupOwner.Find(Config(1000)).Should().Be(1000);

    [Fact]
    public void Root_needs_no_owner() => CgroupOwner.Find(Config(0)).Should().BeNull();

    [Fact]
    public void Mappings_of_a_joined_user_namespace_are_unknown() =>
        CgroupOwner.Find(Config(1000, [new(NamespaceType.Cgroup, null), new(NamespaceType.User, "/proc/1/ns/user")])).Should().BeNull();

    [Fact]
    public void Sub_cgroup_belongs_to_the_programs_user_regardless_of_mounts()
    {
        CgroupOwner.FindForSubCgroup(Config(1003, s_cgroupAndUser, s_mapped, s_writable with { Options = ["ro"] })).Should().Be(5003);
        CgroupOwner.FindForSubCgroup(Config(1000, [])).Should().Be(1000);
        CgroupOwner.FindForSubCgroup(Config(0)).Should().BeNull("root has it already");
        CgroupOwner.FindForSubCgroup(Config(1000) with { Linux = null }).Should().Be(1000);
        CgroupOwner.FindForSubCgroup(Config(1000) with { Process = null }).Should().BeNull();
    }

    [Fact]
    public void Stays_roots_without_a_new_cgroup_namespace()
    {
        CgroupOwner.Find(Config(1000, [])).Should().BeNull();
        CgroupOwner.Find(Config(1000, [new(NamespaceType.Cgroup, "/proc/1/ns/cgroup")])).Should().BeNull();
    }

    [Fact]
    public void Stays_roots_unless_mounted_writable()
    {
        CgroupOwner.Find(Config(1000, mounts: s_writable with { Options = ["ro"] })).Should().BeNull();
        CgroupOwner.Find(Config(1000, mounts: s_writable with { Options = ["rro"] })).Should().BeNull();
        CgroupOwner.Find(Config(1000, mounts: s_writable with { Options = ["ro", "rw"] })).Should().Be(1000);
        CgroupOwner.Find(Config(1000, mounts: s_writable with { Destination = "/cgroup" })).Should().BeNull();
        CgroupOwner.Find(Config(1000, mounts: s_writable with { Type = "tmpfs" })).Should().BeNull();
        CgroupOwner.Find(Config(1000, mounts: [s_writable, s_writable with { Options = ["ro"] }])).Should().BeNull();
    }
}
