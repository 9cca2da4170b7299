using System;
using FluentAssertions;
using Lade.Cgroups;
using Xunit;

namespace Lade.Tests.Cgroups;

public sealed class CgroupPathTests
{
    private const string Mount = "/sys/fs/cgroup/memory";

    [Theory]
    [InlineData("/a/b", "/", "/", "/a/b")]
    [InlineData("/a/b", "/", "/own", "/a/b")]
    [InlineData("/a//b/./c/", "/", "/own", "/a/b/c")]
    [InlineData("/../../a", "/", "/own", "/a")]
    [InlineData("/a/../../../b", "/", "/own", "/b")]
    [InlineData("a/b", "/", "/", "/a/b")]
    [InlineData("a/b", "/", "/own/x", "/own/x/a/b")]
    [InlineData("../../a", "/", "/own/x", "/own/x/a")]
    [InlineData(null, "/", "/own", "/own/id1")]
    [InlineData("", "/", "/", "/id1")]
    [InlineData("system.slice:lade:c1", "/", "/own", "/own/system.slice:lade:c1")]
    [InlineData("a", "/docker/c9", "/docker/c9", "/a")]
    [InlineData("a", "/docker/c9", "/docker/c9/sub", "/sub/a")]
    [InlineData("a", "/docker/c9", "/docker/c99", "/a")]
    [InlineData("a", "/docker/c9", "/elsewhere", "/a")]
    [InlineData("a", "/", "/../outside", "/a")]
    public void Resolves_on_v1(string? cgroupsPath, string root, string own, string expected) =>
        CgroupPath.Resolve(new CgroupHierarchy("memory", Mount, root, own), CgroupMode.V1, cgroupsPath, "id1").Should().Be(Mount + expected);

    [Theory]
    [InlineData("/a/b", "/own", "/a/b")]
    [InlineData("a/b", "/", "/a/b")]
    [InlineData("a", "/own", "/a")]
    [InlineData(null, "/user.slice/session-1.scope", "/user.slice/id1")]
    public void Resolves_relative_paths_beside_the_own_cgroup_on_v2(string? cgroupsPath, string own, string expected) =>
        CgroupPath.Resolve(new CgroupHierarchy("", "/sys/fs/cgroup", "/", own), CgroupMode.V2, cgroupsPath, "id1").Should().Be("/sys/fs/cgroup" + expected);

    [Theory]
    [InlineData("/")]
    [InlineData("..")]
    [InlineData("./")]
    [InlineData("/a/..")]
    public void Refuses_the_root(string cgroupsPath)
    {
        Action resolve = () => CgroupPath.Resolve(new CgroupHierarchy("memory", Mount, "/", "/own"), CgroupMode.V1, cgroupsPath, "id1");

        resolve.Should().Throw<LadeException>().Which.Description.Should().StartWith("/linux/cgroupsPath: '" + cgroupsPath + "'");
    }
}
