using System.Linq;
using FluentAssertions;
using Lade.Configuration;
using Xunit;

namespace Lade.Tests.Configuration;

/// <summary>crun's way of giving a mount its id mappings.</summary>
public sealed class IdMapOptionTests
{
    private static readonly LinuxSpec s_container = new()
    {
        UidMappings = [new IdMapping(0, 100000, 1), new IdMapping(1, 200001, 1000)],
        GidMappings = [new IdMapping(0, 300000, 1000)],
    };

    [Theory]
    [InlineData("idmap", true, false)]
    [InlineData("ridmap", true, true)]
    [InlineData("idmap=uids=0-0-1", true, false)]
    [InlineData("ridmap=", true, true)]
    [InlineData("idmapped", false, false)]
    [InlineData("rridmap", false, true)]
    [InlineData("", false, false)]
    public void Words(string option, bool isOne, bool recursive)
    {
        IdMapOption.IsOne(option, out bool isRecursive).Should().Be(isOne);
        isRecursive.Should().Be(recursive);
    }

    [Theory]
    [InlineData("idmap=uids=0-1-10#10-11-5;gids=0-100-10", "0:1:10 10:11:5", "0:100:10")]
    [InlineData("ridmap=gids=7-8-9;uids=4294967294-0-1", "4294967294:0:1", "7:8:9")]
    // The second number is the container's: 3 of it is 200003 outside.
    [InlineData("idmap=uids=@1-3-10;gids=@0-10-5", "1:200003:10", "0:300010:5")]
    [InlineData("idmap=uids=0-5-1#@1000-0-1;gids=@5-5-5", "0:5:1 1000:100000:1", "5:300005:5")]
    // A side that is not given is the container's.
    [InlineData("idmap=uids=0-1-10", "0:1:10", "0:300000:1000")]
    public void Ranges(string option, string uids, string gids)
    {
        IdMapOption? parsed = IdMapOption.Parse(option, s_container, out string? problem);

        problem.Should().BeNull();
        string.Join(' ', parsed!.Uids.Select(Text)).Should().Be(uids);
        string.Join(' ', parsed.Gids.Select(Text)).Should().Be(gids);
    }

    [Theory]
    [InlineData("idmap=", "'' is unknown; uids=RANGES and gids=RANGES are allowed")]
    [InlineData("idmap=pids=0-0-1", "'pids=0-0-1' is unknown; uids=RANGES and gids=RANGES are allowed")]
    [InlineData("idmap=uids=", "'' is no range; three numbers with dashes between them are required")]
    [InlineData("idmap=uids=0-0-1#", "'' is no range; three numbers with dashes between them are required")]
    [InlineData("idmap=uids=0-0", "'0-0' is no range; three numbers with dashes between them are required")]
    [InlineData("idmap=uids=0-0-1-2", "'0-0-1-2' is no range; three numbers with dashes between them are required")]
    [InlineData("idmap=uids=0- 0-1", "'0- 0-1' is no range; three numbers with dashes between them are required")]
    [InlineData("idmap=uids=0-0-4294967296", "'0-0-4294967296' is no range; three numbers with dashes between them are required")]
    [InlineData("idmap=uids=@0-1001-1", "could not find a user namespace mapping for the relative mapping '@0-1001-1'")]
    public void Problems(string option, string expected)
    {
        IdMapOption.Parse(option, s_container, out string? problem).Should().BeNull();
        problem.Should().Be(expected);
    }

    [Theory]
    [InlineData("idmap=uids=0-0-1", "gids are missing; without a user namespace both are required")]
    [InlineData("idmap=gids=0-0-1", "uids are missing; without a user namespace both are required")]
    [InlineData("idmap=uids=@0-0-1;gids=0-0-1", "could not find a user namespace mapping for the relative mapping '@0-0-1'")]
    public void Problems_without_a_user_namespace(string option, string expected)
    {
        IdMapOption.Parse(option, new LinuxSpec(), out string? problem).Should().BeNull();
        problem.Should().Be(expected);
    }

    [Fact]
    public void The_plain_word_has_no_ranges()
    {
        IdMapOption.Parse("ridmap", s_container, out string? problem).Should().BeNull();
        problem.Should().BeNull();
    }

    private static string Text(IdMapping map) => map.ContainerId + ":" + map.HostId + ":" + map.Size;
}
