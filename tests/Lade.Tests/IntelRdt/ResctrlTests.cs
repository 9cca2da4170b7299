using System;
using System.IO;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using Lade.Configuration;
using Lade.IntelRdt;
using Xunit;

namespace Lade.Tests.IntelRdt;

/// <summary>
/// Groups of resctrl, with an ordinary directory in its place: it has what a test puts there, while in the real one a new group comes with its files. So what
/// happens in a group is seen in one that is there already, and making one up to the first file that is missing.
/// </summary>
public sealed class ResctrlTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Root => _directory.Path;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("23 1 0:21 / /sys/fs/resctrl rw,nosuid shared:7 - resctrl resctrl rw\n", "/sys/fs/resctrl")]
    [InlineData("1 0 8:1 / / rw - ext4 /dev/sda rw\n23 1 0:21 / /mnt/rdt rw - resctrl none rw,cdp\n", "/mnt/rdt")]
    [InlineData("1 0 8:1 / /resctrl rw - ext4 resctrl rw\n", null)]
    [InlineData("", null)]
    public void RootIsFoundAmongTheMounts(string mountInfo, string? root) => Resctrl.FindRoot(mountInfo).Should().Be(root);

    [Fact]
    public void LinesInTheOrderOfTheSpec() =>
        Schemata.Of(new IntelRdtSpec { Schemata = ["L2:0=3", "MB:1=20"], MemBwSchema = "MB:0=50", L3CacheSchema = "L3:0=ff\nL3CODE:0=f" })
            .Should().Equal(
                ("L3:0=ff", JsonPointer.Of("linux", "intelRdt", "l3CacheSchema")), ("L3CODE:0=f", JsonPointer.Of("linux", "intelRdt", "l3CacheSchema")),
                ("MB:0=50", JsonPointer.Of("linux", "intelRdt", "memBwSchema")), ("L2:0=3", JsonPointer.Of("linux", "intelRdt").At("schemata").At(0)),
                ("MB:1=20", JsonPointer.Of("linux", "intelRdt").At("schemata").At(1)));

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
    public void LineIsComparedWithAGroup(string line, bool same) => Schemata.Has(["MB:0= 100;1=  90", "L3:0=00ff;1=000f"], line).Should().Be(same);

    [Fact]
    public void GroupIsCalledLikeTheContainerAndMadeForIt() =>
        Plan(new IntelRdtSpec { EnableMonitoring = true }).Should().Be(new ResctrlGroup
        {
            Root = Root, Directory = Root + "/box1", IsOurs = true, MonitoringDirectory = Root + "/box1/mon_groups/box1",
        });

    [Fact]
    public void GroupOfTheGivenNameIsMadeWhenThereIsASchema() => Plan(new IntelRdtSpec { ClosId = "gold", MemBwSchema = "MB:0=50" }).Should().Be(new ResctrlGroup { Root = Root, Directory = Root + "/gold", IsOurs = true });

    [Fact]
    public void WithoutASchemaTheGivenGroupHasToBeThere()
    {
        FluentActions.Invoking(() => Plan(new IntelRdtSpec { ClosId = "gold" })).Should().Throw<LadeException>()
            .Which.Description.Should().Be($"/linux/intelRdt/closID: there is no group {Root}/gold; without a schema it has to be there");
        MakeGroup("gold");

        Plan(new IntelRdtSpec { ClosId = "gold" }).IsOurs.Should().BeFalse();
    }

    [Fact]
    public void SlashIsTheDefaultGroup()
    {
        ResctrlGroup group = Plan(new IntelRdtSpec { ClosId = "/", EnableMonitoring = true });

        (group.Directory, group.IsOurs, group.MonitoringDirectory).Should().Be((Root, false, Root + "/mon_groups/box1"));
    }

    [Fact]
    public void ExistingGroupMustHaveTheSameLimits()
    {
        MakeGroup("gold", "    MB:0= 100\n    L3:0=00ff\n");

        Plan(new IntelRdtSpec { ClosId = "gold", L3CacheSchema = "L3:0=ff", Schemata = ["MB:0=100"] }).IsOurs.Should().BeFalse();
        FluentActions.Invoking(() => Plan(new IntelRdtSpec { ClosId = "gold", L3CacheSchema = "L3:0=ff", Schemata = ["MB:0=50"] })).Should().Throw<LadeException>()
            .Which.Description.Should().Be($"/linux/intelRdt/schemata/0: the group {Root}/gold is there with other limits than MB:0=50: MB:0= 100, L3:0=00ff");
    }

    [Fact]
    public void ExistingGroupIsNotWrittenTo()
    {
        MakeGroup("gold", "L3:0=00ff\n");
        Directory.CreateDirectory(Root + "/gold/mon_groups");
        var spec = new IntelRdtSpec { ClosId = "gold", L3CacheSchema = "L3:0=ff", EnableMonitoring = true };
        ResctrlGroup group = Plan(spec);

        group.Make(spec).Should().BeNull();

        File.ReadAllText(Root + "/gold/schemata").Should().Be("L3:0=00ff\n");
        Directory.Exists(Root + "/gold/mon_groups/box1").Should().BeTrue();
    }

    [Fact]
    public void NewGroupGetsItsLimits()
    {
        var spec = new IntelRdtSpec { L3CacheSchema = "L3:0=ff" };
        ResctrlGroup group = Plan(spec);

        // Only the kernel puts a file schemata into a new directory.
        FluentActions.Invoking(() => group.Make(spec)).Should().Throw<LadeException>()
            .Which.Description.Should().StartWith($"/linux/intelRdt/l3CacheSchema: write 'L3:0=ff' to {Root}/box1/schemata: ENOENT");
        Directory.Exists(Root + "/box1").Should().BeTrue();
    }

    [Fact]
    public void WhatTheKernelSaysOfABadLineIsPartOfTheError()
    {
        MakeGroup("");
        Directory.CreateDirectory(Root + "/info");
        File.WriteAllText(Root + "/info/last_cmd_status", "Mask out of range\n");

        FluentActions.Invoking(() => Resctrl.WriteSchemata(Root, Root + "/none", "L3:0=fff", JsonPointer.None)).Should().Throw<LadeException>()
            .WithMessage("write 'L3:0=fff' to *: ENOENT*: Mask out of range");
    }

    [Fact]
    public void GroupThatAppearsAfterPlanningIsInTheWay()
    {
        var spec = new IntelRdtSpec();
        ResctrlGroup group = Plan(spec);
        MakeGroup("box1");

        group.Make(spec).Should().Be(Root + "/box1");
    }

    [Fact]
    public void ProcessJoinsTheGroupAndItsMonitor()
    {
        MakeGroup("gold");
        Directory.CreateDirectory(Root + "/gold/mon_groups/box1");
        File.WriteAllText(Root + "/gold/mon_groups/box1/tasks", "");

        Plan(new IntelRdtSpec { ClosId = "gold", EnableMonitoring = true }).Join(4711);

        File.ReadAllText(Root + "/gold/tasks").Should().Be("4711");
        File.ReadAllText(Root + "/gold/mon_groups/box1/tasks").Should().Be("4711");
    }

    [Fact]
    public void OnlyWhatIsOursIsRemoved()
    {
        ResctrlGroup ours = Plan(new IntelRdtSpec());
        Directory.CreateDirectory(Root + "/box1");
        MakeGroup("gold");
        Directory.CreateDirectory(Root + "/gold/mon_groups/box1");

        ours.Remove();
        ours.Remove();
        Plan(new IntelRdtSpec { ClosId = "gold", EnableMonitoring = true }).Remove();
        Plan(new IntelRdtSpec { ClosId = "gold" }).Remove();
        Plan(new IntelRdtSpec { ClosId = "/" }).Remove();

        Directory.Exists(Root + "/box1").Should().BeFalse();
        Directory.GetDirectories(Root + "/gold/mon_groups").Should().BeEmpty();
        File.Exists(Root + "/gold/schemata").Should().BeTrue();
    }

    [Fact]
    public void LimitsOfOurGroupCanBeChanged()
    {
        MakeGroup("box1", "");
        var group = new ResctrlGroup { Root = Root, Directory = Root + "/box1", IsOurs = true };

        group.Update(null, "MB:0=30");
        File.ReadAllText(Root + "/box1/schemata").Should().Be("MB:0=30\n");
        group.Update("L3:0=0f", null);
        File.ReadAllText(Root + "/box1/schemata").Should().Be("L3:0=0f\n");
        FluentActions.Invoking(() => (group with { IsOurs = false }).Update("L3:0=1", null)).Should().Throw<LadeException>().WithMessage("the limits of * are not the container's alone*");
    }

    [Fact]
    public void StatisticsHaveTheNamesOfEvents()
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
            ResctrlStatistics.Read(Plan(new IntelRdtSpec())).WriteMembers(json);
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
