using FluentAssertions;
using Lade.Cgroups;
using Xunit;

namespace Lade.Tests.Cgroups;

public sealed class CgroupDirectoryTests
{
    [Theory]
    [InlineData("memory", 1, "/sys/fs/cgroup/memory/c1", "memory:1:/sys/fs/cgroup/memory/c1")]
    [InlineData("cpu,cpuacct", 0, "/a:b/c", "cpu,cpuacct:0:/a:b/c")]
    [InlineData("name=systemd", 12, "/s", "name=systemd:12:/s")]
    [InlineData("", 2, "/sys/fs/cgroup/x/y", ":2:/sys/fs/cgroup/x/y")]
    public void Survives_the_state(string controllers, int missing, string path, string text)
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
    public void Refuses_what_it_did_not_write(string text) =>
        FluentActions.Invoking(() => CgroupDirectory.Parse(text)).Should().Throw<LadeException>().WithMessage("*'" + text + "'*");

    [Theory]
    [InlineData("cpu,cpuacct", "cpu", true)]
    [InlineData("cpu,cpuacct", "cpuacct", true)]
    [InlineData("cpuset", "cpu", false)]
    [InlineData("name=systemd", "systemd", false)]
    [InlineData("", "memory", false)]
    public void Knows_its_controllers(string controllers, string controller, bool has) =>
        new CgroupDirectory(controllers, "/x", 0).Has(controller).Should().Be(has);
}
