using FluentAssertions;
using Lade.Cgroups;
using Xunit;

namespace Lade.Tests.Cgroups;

public sealed class KeyedFileTests
{
    [Theory]
    [InlineData("oom_kill_disable 0\nunder_oom 0\noom_kill 3\n", 3L)]
    [InlineData("oom 5\noom_kill 12\noom_group_kill 7\n", 12L)]
    [InlineData("oom_kill_disable 0\n", null)]
    [InlineData("oom_kill x\n", null)]
    [InlineData("oom_kill", null)]
    [InlineData("", null)]
    public void HoldsANumberByItsName(string content, long? number)
    {
        using var files = new TemporaryCgroups();
        files.Put("f", content);

        KeyedFile.Number(files.Path("f"), "oom_kill").Should().Be(number);
    }

    [Fact]
    public void MayBeAbsent() => KeyedFile.Number("/no/such/file", "oom_kill").Should().BeNull();

    [Fact]
    public void ACgroupCountsItsOomKills()
    {
        using var files = new TemporaryCgroups();
        files.Put("v1/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
        files.Put("v2/memory.events", "low 0\nhigh 0\nmax 9\noom 4\noom_kill 3\n");

        Cgroup.OpenExisting(["memory:1:" + files.Path("v1")]).OomKills.Should().Be(2);
        Cgroup.OpenExisting([":1:" + files.Path("v2")]).OomKills.Should().Be(3);
        Cgroup.OpenExisting(["pids:1:" + files.Path("v1")]).OomKills.Should().Be(0);
        Cgroup.OpenExisting([":1:" + files.Path("gone")]).OomKills.Should().Be(0);
    }
}
