using System;
using System.IO;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using Lade.Configuration;
using Lade.Resctrl;
using Xunit;

namespace Lade.Tests.Resctrl;

/// <summary>
/// Groups of resctrl in an ordinary directory. In the real file system a new group comes with its files; here what happens in a group is tested in one that exists, and
/// creation up to the first missing file.
/// </summary>
public sealed class ResctrlTests : IDisposable
{
    private static readonly JsonPointer s_origin = JsonPointer.Of("linux", "intelRdt");
    private readonly TemporaryDirectory _directory = new();

    private string Root => _directory.Path;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("23 1 0:21 / /sys/fs/resctrl rw,nosuid shared:7 - resctrl resctrl rw\n", "/sys/fs/resctrl")]
    [InlineData("1 0 8:1 / / rw - ext4 /dev/sda rw\n23 1 0:21 / /mnt/rdt rw - resctrl none rw,cdp\n", "/mnt/rdt")]
    [InlineData("1 0 8:1 / /resctrl rw - ext4 resctrl rw\n", null)]
    [InlineData("", null)]
    public void Finds_the_mount_point(string mountInfo, string? root) => ResctrlFileSystem.FindRoot(Encoding.UTF8.GetBytes(mountInfo)).Should().Be(root);

    [Fact]
    public void Lines_are_in_the_order_of_the_spec() =>
        Schemata.From(new IntelRdtSpec { Schemata = ["L2:0=3", "MB:1=20"], MemBwSchema = "MB:0=50", L3CacheSchema = "L3:0=ff\nL3CODE:0=f" }).Should().Equal(
            ("L3:0=ff", s_origin.At("l3CacheSchema")), ("L3CODE:0=f", s_origin.At("l3CacheSchema")), ("MB:0=50", s_origin.At("memBwSchema")),
            ("L2:0=3", s_origin.At("schemata").At(0)), ("MB:1=20", s_origin.At("schemata").At(1)));

    [Theory]
    [InlineData("L3:0=ff;1=f", true)]
    [InlineData("L3:0=0FF", true)]
    [InlineData("L3: 1 = f", true)]
    [InlineData("L3:01=f", true)]
    [InlineData("L3:0=f", false)]
    [InlineData("L3:2=ff", false)]
    [InlineData("MB:0=100;1=90", true)]
    [InlineData("MB:1=9", false)]
    [InlineData("L2:0=ff", false)]
    public void Compares_a_line_with_a_group(string line, bool same) => Schemata.Has(["MB:0= 100;1=  90", "L3:0=00ff;1=000f"], line).Should().Be(same);

    [Fact]
    public void A_new_group_has_the_id_of_the_container_or_the_given_name()
    {
        Plan(new() { EnableMonitoring = true }).Should().Be(
            new ResctrlGroup { Root = Root, Directory = Root + "/box1", IsOurs = true, MonitoringDirectory = Root + "/box1/mon_groups/box1" });
        Plan(new() { ClosId = "gold", MemBwSchema = "MB:0=50" }).Should().Be(new ResctrlGroup { Root = Root, Directory = Root + "/gold", IsOurs = true });
        Plan(new() { ClosId = "/", EnableMonitoring = true }).Should().Be(
            new ResctrlGroup { Root = Root, Directory = Root, IsOurs = false, MonitoringDirectory = Root + "/mon_groups/box1" }, "a slash is the default group");
    }

    [Fact]
    public void A_group_without_a_schema_must_exist()
    {
        Planning(new() { ClosId = "gold" }).Which.Description.Should().Be($"/linux/intelRdt/closID: the group {Root}/gold does not exist, and there is no schema to create it with");
        MakeGroup("gold");

        Plan(new() { ClosId = "gold" }).IsOurs.Should().BeFalse();
    }

    [Fact]
    public void An_existing_group_must_have_the_same_limits()
    {
        MakeGroup("gold", "    MB:0= 100\n    L3:0=00ff\n");

        Plan(new() { ClosId = "gold", L3CacheSchema = "L3:0=ff", Schemata = ["MB:0=100"] }).IsOurs.Should().BeFalse();
        Planning(new() { ClosId = "gold", L3CacheSchema = "L3:0=ff", Schemata = ["MB:0=50"] })
            .Which.Description.Should().Be($"/linux/intelRdt/schemata/0: the group {Root}/gold exists with other limits than MB:0=50: MB:0= 100, L3:0=00ff");
    }

    [Fact]
    public void An_existing_group_gets_only_a_monitoring_group()
    {
        MakeGroup("gold", "L3:0=00ff\n");
        Directory.CreateDirectory(Root + "/gold/mon_groups");
        var spec = new IntelRdtSpec { ClosId = "gold", L3CacheSchema = "L3:0=ff", EnableMonitoring = true };

        Plan(spec).Create(spec).Should().BeNull();

        File.ReadAllText(Root + "/gold/schemata").Should().Be("L3:0=00ff\n");
        Directory.Exists(Root + "/gold/mon_groups/box1").Should().BeTrue();
    }

    [Fact]
    public void A_new_group_gets_its_limits()
    {
        var spec = new IntelRdtSpec { L3CacheSchema = "L3:0=ff" };

        // Only the kernel puts a file schemata into a new directory.
        FluentActions.Invoking(() => Plan(spec).Create(spec)).Should().Throw<LadeException>()
            .Which.Description.Should().StartWith($"/linux/intelRdt/l3CacheSchema: write 'L3:0=ff' to {Root}/box1/schemata: ENOENT");
        Directory.Exists(Root + "/box1").Should().BeTrue();
    }

    [Fact]
    public void A_group_that_appears_after_planning_is_reported()
    {
        ResctrlGroup group = Plan(new());
        MakeGroup("box1");

        group.Create(new()).Should().Be(Root + "/box1");
    }

    [Fact]
    public void The_kernels_explanation_is_part_of_the_error()
    {
        Put("info/last_cmd_status", "Mask out of range\n");

        FluentActions.Invoking(() => ResctrlFileSystem.WriteSchemata(Root, Root + "/none", "L3:0=fff", JsonPointer.None)).Should().Throw<LadeException>()
            .WithMessage("write 'L3:0=fff' to *: ENOENT*: Mask out of range");
    }

    [Fact]
    public void A_process_joins_the_group_and_its_monitoring_group()
    {
        MakeGroup("gold");
        Put("gold/mon_groups/box1/tasks", "");

        Plan(new() { ClosId = "gold", EnableMonitoring = true }).Join(4711);

        File.ReadAllText(Root + "/gold/tasks").Should().Be("4711");
        File.ReadAllText(Root + "/gold/mon_groups/box1/tasks").Should().Be("4711");
    }

    [Fact]
    public void Only_our_groups_are_removed()
    {
        ResctrlGroup ours = Plan(new());
        Directory.CreateDirectory(Root + "/box1");
        MakeGroup("gold");
        Directory.CreateDirectory(Root + "/gold/mon_groups/box1");

        ours.Remove();
        ours.Remove();
        Plan(new() { ClosId = "gold", EnableMonitoring = true }).Remove();
        Plan(new() { ClosId = "gold" }).Remove();
        Plan(new() { ClosId = "/" }).Remove();

        Directory.Exists(Root + "/box1").Should().BeFalse();
        Directory.GetDirectories(Root + "/gold/mon_groups").Should().BeEmpty();
        File.Exists(Root + "/gold/schemata").Should().BeTrue();
    }

    [Fact]
    public void Only_the_limits_of_our_group_can_be_changed()
    {
        MakeGroup("box1", "");
        var group = new ResctrlGroup { Root = Root, Directory = Root + "/box1", IsOurs = true };

        group.Update(null, "MB:0=30");
        File.ReadAllText(Root + "/box1/schemata").Should().Be("MB:0=30\n");
        group.Update("L3:0=0f", null);
        File.ReadAllText(Root + "/box1/schemata").Should().Be("L3:0=0f\n");
        FluentActions.Invoking(() => (group with { IsOurs = false }).Update("L3:0=1", null)).Should().Throw<LadeException>().WithMessage("the limits of * apply to more than this container*");
    }

    [Fact]
    public void Statistics_have_the_names_of_events()
    {
        MakeGroup("", "MB:0=100\nL3:0=fff\n");
        MakeGroup("box1", "    MB:0= 50\n    L3:0=00f\n");
        Put("info/L3/cbm_mask", "fff");
        Put("info/L3/min_cbm_bits", "1");
        Put("info/L3/num_closids", "16");
        Put("info/MB/bandwidth_gran", "10");
        Put("box1/mon_data/mon_L3_00/mbm_total_bytes", "123");
        Put("box1/mon_data/mon_L3_00/mbm_local_bytes", "Unavailable");
        Put("box1/mon_data/mon_L3_00/llc_occupancy", "456");
        Put("box1/mon_data/mon_L3_01/mbm_total_bytes", "5");
        Put("box1/mon_data/other/llc_occupancy", "7");
        var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            ResctrlStatistics.Read(Plan(new())).WriteMembers(json);
            json.WriteEndObject();
        }

        Encoding.UTF8.GetString(stream.ToArray()).Should().Be(
            """
            {"l3_cache_info":{"cbm_mask":"fff","min_cbm_bits":1,"num_closids":16},"l3_cache_schema_root":"L3:0=fff","l3_cache_schema":"L3:0=00f",
            "mem_bw_info":{"bandwidth_gran":10},"mem_bw_schema_root":"MB:0=100","mem_bw_schema":"MB:0= 50","schemata":["MB:0= 50","L3:0=00f"],
            "mbm_stats":[{"mbm_total_bytes":123},{"mbm_total_bytes":5}],"cmt_stats":[{"llc_occupancy":456}]}
            """.Replace("\n", "", StringComparison.Ordinal));
    }

    private ResctrlGroup Plan(IntelRdtSpec spec) => ResctrlGroup.Plan(spec, "box1", Root);

    private FluentAssertions.Specialized.ExceptionAssertions<LadeException> Planning(IntelRdtSpec spec) => FluentActions.Invoking(() => Plan(spec)).Should().Throw<LadeException>();

    private void MakeGroup(string name, string schemata = "MB:0=100\n")
    {
        Put(name + "/schemata", schemata);
        Put(name + "/tasks", "");
    }

    private void Put(string path, string content)
    {
        string file = Root + "/" + path;
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
    }
}
