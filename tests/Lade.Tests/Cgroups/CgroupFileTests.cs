using FluentAssertions;
using Lade.Cgroups;
using Xunit;

namespace Lade.Tests.Cgroups;

public sealed class CgroupFileTests
{
    [Theory]
    [InlineData("oom_kill_disable 0\nunder_oom 0\noom_kill 3\n", 3UL)]
    [InlineData("oom 5\noom_kill 12\noom_group_kill 7\n", 12UL)]
    [InlineData("oom_kill_disable 0\n", null)]
    [InlineData("oom_kill x\n", null)]
    [InlineData("oom_kill", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void Reads_the_number_of_a_key(string? content, ulong? number)
    {
        using var files = new TemporaryCgroups();
        if (content is not null)
            files.Put("f", content);

        CgroupFile.TryNumber(files.Path("f"), "oom_kill").Should().Be(number);
    }

    [Theory]
    [InlineData("", new ulong[0])]
    [InlineData("0", new ulong[] { 0 })]
    [InlineData("0-3", new ulong[] { 0, 1, 2, 3 })]
    [InlineData(" 1 , 3-4,9", new ulong[] { 1, 3, 4, 9 })]
    [InlineData("x-y,2", null)]
    [InlineData("2-1", null)]
    [InlineData("0-99999999", null)]
    public void Expands_lists_of_cpus(string list, ulong[]? members) => CgroupFile.ParseList(list).Should().BeEquivalentTo(members);

    [Fact]
    public void Oom_kills_of_a_cgroup()
    {
        using var files = new TemporaryCgroups();
        files.Put("v1/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
        files.Put("v2/memory.events", "low 0\nhigh 0\nmax 9\noom 4\noom_kill 3\n");

        Cgroupfs.Open(["memory:1:" + files.Path("v1")]).OomKills.Should().Be(2);
        Cgroupfs.Open([":1:" + files.Path("v2")]).OomKills.Should().Be(3);
        Cgroupfs.Open(["pids:1:" + files.Path("v1")]).OomKills.Should().Be(0);
        Cgroupfs.Open([":1:" + files.Path("gone")]).OomKills.Should().Be(0);
    }
}
