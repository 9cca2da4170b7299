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
    public void Resolves_relative_paths_next_to_the_own_cgroup_on_v2(string? cgroupsPath, string own, string expected) =>
        CgroupPath.Resolve(new CgroupHierarchy("", "/sys/fs/cgroup", "/", own), CgroupMode.V2, cgroupsPath, "id1").Should().Be("/sys/fs/cgroup" + expected);

    [Theory]
    [InlineData("/")]
    [InlineData("..")]
    [InlineData("./")]
    [InlineData("/a/..")]
    public void Refuses_the_root(string cgroupsPath) =>
        FluentActions.Invoking(() => CgroupPath.Resolve(new CgroupHierarchy("memory", Mount, "/", "/own"), CgroupMode.V1, cgroupsPath, "id1"))
            .Should().Throw<LadeException>().Which.Description.Should().StartWith("/linux/cgroupsPath: '" + cgroupsPath + "'");

    [Theory]
    [InlineData("memory", 1, "/sys/fs/cgroup/memory/c1", "memory:1:/sys/fs/cgroup/memory/c1")]
    [InlineData("cpu,cpuacct", 0, "/a:b/c", "cpu,cpuacct:0:/a:b/c")]
    [InlineData("name=systemd", 12, "/s", "name=systemd:12:/s")]
    [InlineData("", 2, "/sys/fs/cgroup/x/y", ":2:/sys/fs/cgroup/x/y")]
    public void Directories_are_recorded_as_text(string controllers, int missing, string path, string text)
    {
        var directory = new CgroupDirectory(controllers, path, missing);

        directory.ToString().Should().Be(text);
        CgroupDirectory.Parse(text).Should().Be(directory);
    }

    [Theory]
    [InlineData("")]
    [InlineData("memory")]
    [InlineData("memory:1")]
    [InlineData("memory:-1:/a")]
    [InlineData("memory:x:/a")]
    [InlineData("memory:1:relative")]
    [InlineData("memory:1:")]
    public void Malformed_records_are_refused(string text) =>
        FluentActions.Invoking(() => CgroupDirectory.Parse(text)).Should().Throw<LadeException>().WithMessage("*'" + text + "'*");

    [Theory]
    [InlineData("cpu,cpuacct", "cpu", true)]
    [InlineData("cpu,cpuacct", "cpuacct", true)]
    [InlineData("cpuset", "cpu", false)]
    [InlineData("name=systemd", "systemd", false)]
    [InlineData("", "memory", false)]
    public void Directories_have_controllers(string controllers, string controller, bool has) =>
        new CgroupDirectory(controllers, "/x", 0).Has(controller).Should().Be(has);
}
