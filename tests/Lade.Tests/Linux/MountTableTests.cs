using System.Text;
using FluentAssertions;
using Lade.Linux;
using Xunit;

namespace Lade.Tests.Linux;

/// <summary>mountinfo as the kernel writes it.</summary>
public sealed class MountTableTests
{
    private const string Text = """
        100 99 0:30 / / rw,relatime shared:7 master:2 - overlay overlay rw,lowerdir=/a - b
        101 100 0:31 / /proc ro,nosuid,nodev - proc proc rw
        103 101 0:40 / /proc ro - tmpfs lade rw
        102 103 0:41 / /proc rw - tmpfs upper rw
        104 100 0:32 / /a\040b\134c rw propagate_from:3 - tmpfs t rw
        105 100 0:33 /x /gone//deleted rw - ext4 /dev/x rw
        """;

    private static readonly MountTable s_table = MountTable.Parse(Encoding.UTF8.GetBytes(Text));

    [Fact]
    public void Parses_lines_with_any_number_of_optional_fields() => s_table.Entries.Should().Equal(
        new MountEntry(100, 99, "/", "rw,relatime", "overlay"),
        new MountEntry(101, 100, "/proc", "ro,nosuid,nodev", "proc"),
        new MountEntry(103, 101, "/proc", "ro", "tmpfs"),
        new MountEntry(102, 103, "/proc", "rw", "tmpfs"),
        new MountEntry(104, 100, "/a b\\c", "rw", "tmpfs"),
        new MountEntry(105, 100, "/gone//deleted", "rw", "ext4"));

    [Fact]
    public void Topmost_mount_is_the_last_of_the_chain()
    {
        s_table.Top("/proc")!.Value.Id.Should().Be(102);
        s_table.Top("/a b\\c")!.Value.Id.Should().Be(104);
        s_table.Top("/gone").Should().BeNull();
        s_table.WithId(103)!.Value.Type.Should().Be("tmpfs");
        s_table.WithId(1).Should().BeNull();
    }

    [Theory]
    [InlineData("ro", "ro", true)]
    [InlineData("ro,nosuid", "nosuid", true)]
    [InlineData("rw,nosuid,nodev", "nodev", true)]
    [InlineData("rw", "ro", false)]
    [InlineData("rope,anodev,nodevice", "nodev", false)]
    [InlineData("", "ro", false)]
    public void Options_match_as_whole_words(string options, string option, bool expected) => new MountEntry(1, 0, "/", options, "t").Has(option).Should().Be(expected);

    [Theory]
    [InlineData("/proc", "proc", true)]
    [InlineData("/proc", "tmpfs", true)]
    [InlineData("/roc", "sysfs", false)]
    public void Finds_a_mount_by_the_end_of_its_path(string point, string type, bool expected) => s_table.HasBelow(point, type).Should().Be(expected);
}
