using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using FluentAssertions;
using Lade.Lifecycle;
using Lade.Linux;
using Lade.Plan;
using Xunit;

namespace Lade.Tests.Lifecycle;

/// <summary>What a plan makes lade expect of the container's mounts, and what of a table differs from it.</summary>
public sealed class MountCheckTests
{
    private const MountAttributes RO = MountAttributes.MOUNT_ATTR_RDONLY;
    private const MountAttributes NOSUID = MountAttributes.MOUNT_ATTR_NOSUID;
    private const MountAttributes NODEV = MountAttributes.MOUNT_ATTR_NODEV;
    private const MountAttributes NOEXEC = MountAttributes.MOUNT_ATTR_NOEXEC;

    private static readonly Slot s_tree = new("t");

    private static readonly Operation[] s_bind =
    [
        new OpenTree(s_tree, "/src"), new SetTreeAttributes(s_tree, "/src", RO | NOSUID, MountAttributes.None),
        new SetTreeAttributes(s_tree, "/src", NODEV | MountAttributes.MOUNT_ATTR_NOATIME, NOSUID), new Attach(s_tree, "/src", "/vol/"),
    ];

    [Fact]
    public void Only_proc_and_sysfs_have_an_expected_type() => Expect(
        new Mount("proc", "proc", "/proc") { Attributes = NOSUID }, new Mount("tmpfs", "tmpfs", "//dev/") { Attributes = MountAttributes.MOUNT_ATTR_STRICTATIME },
        new Mount("sysfs", "sysfs", "/sys") { Fallback = s_tree })
        .Should().Equal(("/proc", "proc", NOSUID, 1), ("/dev", null, MountAttributes.None, 1), ("/sys", null, MountAttributes.None, 1));

    [Fact]
    public void Bind_mount_has_the_attributes_of_its_tree() => Expect(s_bind).Should().Equal(("/vol", null, RO | NODEV, 1));

    [Fact]
    public void Later_mount_on_a_path_is_on_top() => Expect(
        [new Mount("tmpfs", "t", "/vol") { Attributes = NOEXEC }, .. s_bind]).Should().Equal(("/vol", null, RO | NODEV, 2));

    [Fact]
    public void Remount_changes_the_attributes() => Expect(
        [.. s_bind, new Remount("/vol") { Set = NOEXEC, Clear = RO }, new SetTargetAttributes("/vol") { Set = NOSUID }]).Should().Equal(("/vol", null, NODEV | NOEXEC | NOSUID, 1));

    [Fact]
    public void Attributes_set_on_a_mount_not_in_the_plan_are_expected() => Expect(
        new SetTargetAttributes("/") { Set = RO }, new SetTargetAttributes("/a") { Propagation = MountPropagation.MS_SLAVE }).Should().Equal(("/", null, RO, 1));

    [Fact]
    public void Nodes_masks_and_read_only_paths() => Expect(
        new AttachNode("/dev/null", "null"), new MaskPath("/proc/keys"), new ReadonlyPath("/proc/sys"))
        .Should().Equal(("/dev/null", null, RO | NOSUID | NOEXEC, 1), ("/proc/keys", null, RO | NOSUID | NOEXEC, 1), ("/proc/sys", null, RO, 1));

    [Fact]
    public void Skipped_operations_are_not_expected() =>
        ExpectedMount.FromPlan([new MaskPath("/a"), new MaskPath("/b"), new MaskPath("/c")], [0, 2]).Select(m => m.Path).Should().Equal("/b");

    [Fact]
    public void Hooks_may_cover_earlier_mounts()
    {
        List<ExpectedMount> expected = ExpectedMount.FromPlan([new Mount("tmpfs", "t", "/a"), new Sync(SyncPoint.Hooks), new MaskPath("/b")], []);

        expected.Select(m => m.MayBeCovered).Should().Equal(true, false);
    }

    private static readonly Operation[] s_plan = [new Mount("proc", "proc", "/proc") { Attributes = NOSUID }, new MaskPath("/proc/keys"), .. s_bind];

    private const string Good = """
        10 1 0:1 / / rw - ext4 x rw
        11 10 0:2 / /proc rw,nosuid,relatime - proc proc rw
        12 11 0:3 /null /proc/keys ro,nosuid,noexec - tmpfs lade rw
        13 10 0:4 /src /vol ro,nodev - ext4 x rw
        """;

    private const string HostTable = "1 0 0:1 / / rw - ext4 x rw\n2 1 0:2 / /bundle/rootfs/inner rw - proc proc rw\n";

    [Theory]
    [InlineData("", "", null)]
    [InlineData("/proc rw,nosuid,relatime - proc", "/proc rw,nosuid,relatime - tmpfs", "on /proc is a tmpfs, not a proc")]
    [InlineData("/proc rw,nosuid", "/proc rw", "/proc lacks MOUNT_ATTR_NOSUID")]
    [InlineData("/proc/keys ro", "/proc/keys rw", "/proc/keys is writable")]
    [InlineData("/proc/keys", "/p2/keys", "nothing is mounted on /proc/keys")]
    [InlineData("/vol ro,nodev", "/vol ro", "/vol lacks MOUNT_ATTR_NODEV")]
    [InlineData("/vol ro,nodev", "/vol rw,nodev", "/vol is writable")]
    [InlineData("13 10", "14 10 0:2 / /p2 rw - proc proc rw\n13 10", "a proc is mounted on /p2")]
    [InlineData("13 10", "14 10 0:2 / /s rw - sysfs sysfs rw\n13 10", "a sysfs is mounted on /s")]
    [InlineData("13 10", "14 10 0:2 / /inner rw - proc proc rw\n13 10", null)]
    [InlineData("13 10", "14 13 0:5 / /vol rw,nodev - ext4 y rw\n13 10", "/vol is writable")]
    public void Compares_with_the_mount_table(string from, string to, string? expected)
    {
        Action compare = () => MountCheck.Compare(
            ExpectedMount.FromPlan(s_plan, []), Parse(from.Length == 0 ? Good : Good.Replace(from, to)), m => throw new LadeException(m.Operation.Origin, "nothing is mounted on " + m.Path), () => Parse(HostTable));

        if (expected is null)
            compare.Should().NotThrow();
        else
            compare.Should().Throw<LadeException>().WithMessage("*" + expected + "*");
    }

    private static MountTable Parse(string text) => MountTable.Parse(Encoding.UTF8.GetBytes(text));

    private static IEnumerable<(string Path, string? Type, MountAttributes Attributes, int Layers)> Expect(params Operation[] operations) =>
        ExpectedMount.FromPlan(operations, []).Select(m => (m.Path, m.Type, m.Attributes, m.Layers));
}
