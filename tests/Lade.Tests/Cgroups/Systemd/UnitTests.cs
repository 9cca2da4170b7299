using System.Collections.Generic;
using System.Linq;
using FluentAssertions;
using Lade.Cgroups.Controllers;
using Lade.DBus;
using Lade.Cgroups;
using Lade.Cgroups.Systemd;
using Lade.Configuration;
using Xunit;

namespace Lade.Tests.Cgroups.Systemd;

/// <summary>Names of units, and their properties.</summary>
public sealed class UnitTests
{
    private const string LongName = LongPart + LongPart + LongPart + LongPart + LongPart;
    private const string LongPart = "50-characters-50-characters-50-characters-50-chara";
    private const string Devices = "Character devices:\n  1 mem\n136 pts\n 10 misc\n\nBlock devices:\n  8 sd\n136 other\n";

    [Theory]
    [InlineData(null, "lade-c1.scope", "/system.slice/lade-c1.scope")]
    [InlineData("", "lade-c1.scope", "/system.slice/lade-c1.scope")]
    [InlineData("machine.slice:libpod:abc", "libpod-abc.scope", "/machine.slice/libpod-abc.scope")]
    [InlineData("kubepods-besteffort-pod1.slice:cri:x", "cri-x.scope", "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod1.slice/cri-x.scope")]
    [InlineData(":p:n", "p-n.scope", "/system.slice/p-n.scope")]
    [InlineData("a.slice::n", "n.scope", "/a.slice/n.scope")]
    [InlineData("-.slice:p:n", "p-n.scope", "/p-n.scope")]
    [InlineData("a.slice:p:a-b.slice", "a-b.slice", "/a.slice/a-b.slice")]
    [InlineData("a.slice:p:x+y", @"p-x\x2by.scope", @"/a.slice/p-x\x2by.scope")]
    [InlineData("a.slice:p:../y", @"p-..\x2fy.scope", @"/a.slice/p-..\x2fy.scope")]
    public void A_cgroups_path_names_a_unit(string? path, string name, string cgroup)
    {
        var unit = UnitName.Parse(path, "c1", "system.slice");

        unit.Name.Should().Be(name);
        unit.CgroupPath.Should().Be(cgroup);
    }

    [Theory]
    [InlineData("/a/b", "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \"/a/b\" instead")]
    [InlineData("a:b:c:d", "expected cgroupsPath to be of format")]
    [InlineData("a:b:c", "'a' is not the name of a slice such as machine.slice")]
    [InlineData(".slice:b:c", "'.slice' is not the name of a slice such as machine.slice")]
    [InlineData("a/b.slice:b:c", "'a/b.slice' is not the name of a slice")]
    [InlineData("a--b.slice:b:c", "'a--b.slice' is not the name of a slice: a dash separates two words")]
    [InlineData("-a.slice:b:c", "a dash separates two words")]
    [InlineData("a-.slice:b:c", "a dash separates two words")]
    [InlineData("a.slice:b:", "is not the name of a unit")]
    [InlineData("a.slice:p:" + LongName, "is not the name of a unit, which has 1 to 255 characters")]
    public void Malformed_paths_are_refused(string path, string reason) =>
        FluentActions.Invoking(() => UnitName.Parse(path, "c1", "system.slice")).Should().Throw<LadeException>().Which.Description.Should().StartWith("/linux/cgroupsPath: ").And.Contain(reason);

    [Theory]
    [InlineData("ms", "MemorySwapMax=100 MemoryMax=100")]
    [InlineData("m-1", "MemorySwapMax=18446744073709551615 MemoryMax=18446744073709551615")]
    [InlineData("low", "MemoryLow=50")]
    [InlineData("cpumax", "CPUWeight=100 CPUQuotaPeriodUSec=20000 CPUQuotaPerSecUSec=2500000")]
    [InlineData("q", "CPUQuotaPeriodUSec=100000 CPUQuotaPerSecUSec=500000")]
    [InlineData("q-1", "CPUQuotaPeriodUSec=100000 CPUQuotaPerSecUSec=18446744073709551615")]
    [InlineData("cpuset", "AllowedCPUs=[3] AllowedMemoryNodes=[1]")]
    [InlineData("weight2", "IOWeight=4950 IODeviceWeight=[('/dev/block/8:0', 910)]")]
    [InlineData("throttle", "IOReadBandwidthMax=[('/dev/block/8:0', 1)] IOWriteBandwidthMax=[('/dev/block/8:0', 18446744073709551615)] "
        + "IOReadIOPSMax=[('/dev/block/8:0', 3)] IOWriteIOPSMax=[('/dev/block/8:0', 18446744073709551615)]")]
    [InlineData("io.max", "IOReadBandwidthMax=[('/dev/block/8:0', 1)] IOWriteBandwidthMax=[('/dev/block/8:16', 2)]")]
    [InlineData("huge", "")]
    [InlineData("unified", "MemoryHigh=1000")]
    [InlineData("idle", "CPUWeight=0")]
    [InlineData("idle0", "CPUWeight=59")]
    public void Limits_on_v2(string resources, string properties) =>
        Text(V2(Samples.Resources(resources))).Should().Be(properties);

    [Theory]
    [InlineData("ms", "MemoryLimit=100")]
    [InlineData("cpu", "CPUShares=512 CPUQuotaPeriodUSec=100000 CPUQuotaPerSecUSec=500000")]
    [InlineData("q-1", "CPUQuotaPerSecUSec=18446744073709551615")]
    [InlineData("weight", "BlockIOWeight=500 BlockIODeviceWeight=[('/dev/block/8:0', 300)]")]
    [InlineData("throttle", "BlockIOReadBandwidth=[('/dev/block/8:0', 1)] BlockIOWriteBandwidth=[('/dev/block/8:0', 18446744073709551615)]")]
    public void Limits_on_v1(string resources, string properties) =>
        Text(UnitProperties.From(Samples.Resources(resources), CgroupChange.Update, JsonPointer.None, isUnified: false, _ => true)).Should().Be(properties);

    [Theory]
    [InlineData("33333 100000", "CPUQuotaPeriodUSec=100000 CPUQuotaPerSecUSec=340000")]
    [InlineData("1000 100000", "CPUQuotaPeriodUSec=100000 CPUQuotaPerSecUSec=10000")]
    [InlineData("1001 100000", "CPUQuotaPeriodUSec=100000 CPUQuotaPerSecUSec=20000")]
    [InlineData("50000", "CPUQuotaPerSecUSec=500000")]
    [InlineData("max", "CPUQuotaPerSecUSec=18446744073709551615")]
    [InlineData("nonsense", "")]
    [InlineData("5 0", "")]
    public void Quota_is_rounded_up_to_percents(string value, string properties) => Text(V2(Unified("cpu.max", value))).Should().Be(properties);

    [Theory]
    [InlineData(-1, "TasksMax=18446744073709551615")]
    [InlineData(0, "TasksMax=1")]
    [InlineData(7, "TasksMax=7")]
    public void Limit_of_tasks(long limit, string property) =>
        Text(V2(new ResourcesSpec { Pids = new PidsResources(limit) })).Should().Be(property);

    [Fact]
    public void Unified_overrides_other_settings() => Text(V2(Unified("memory.max", "6") with { Memory = new MemoryResources { Limit = 5 } })).Should().Be("MemoryMax=6");

    [Theory]
    [InlineData("cpu.idle", "0", "CPUWeight=18446744073709551615")]
    [InlineData("io.max", "8:0 rbps=5 wbps=max riops=7", "IOReadBandwidthMax=[('/dev/block/8:0', 5)] IOWriteBandwidthMax=[('/dev/block/8:0', 18446744073709551615)] IOReadIOPSMax=[('/dev/block/8:0', 7)]")]
    [InlineData("io.max", "8:0 rbps=x other=4", "")]
    [InlineData("io.max", "8:1 rbps=5", "")]
    [InlineData("io.weight", "default 7", "IOWeight=7")]
    [InlineData("io.weight", "8:0 7", "IODeviceWeight=[('/dev/block/8:0', 7)]")]
    [InlineData("io.latency", "8:0 target=7", "")]
    [InlineData("io.bfq.weight", "7", "")]
    [InlineData("memory.max", "max", "MemoryMax=18446744073709551615")]
    [InlineData("memory.min", "much", "")]
    [InlineData("memory.max.b", "5", "")]
    [InlineData("cpu.weight", "7", "CPUWeight=7")]
    [InlineData("cpuset.cpus", "0-1", "AllowedCPUs=[3]")]
    [InlineData("pids.max", "0", "TasksMax=1")]
    [InlineData("misc.max", "sev 5", "")]
    public void Properties_of_unified_files(string file, string value, string properties) => Text(V2(Unified(file, value), number => number == "8:0")).Should().Be(properties);

    [Fact]
    public void Zero_removes_a_limit_on_v1()
    {
        var resources = new ResourcesSpec { BlockIo = new() { ThrottleReadBpsDevice = [new ThrottleDevice(8, 0, 0)], WeightDevice = [new WeightDevice(8, 0, 0, null)] } };

        Text(UnitProperties.From(resources, CgroupChange.Update, JsonPointer.None, isUnified: false, _ => true)).Should()
            .Be("BlockIODeviceWeight=[('/dev/block/8:0', 18446744073709551615)] BlockIOReadBandwidth=[('/dev/block/8:0', 18446744073709551615)]");
    }

    [Fact]
    public void Lists_of_devices_have_each_device_once()
    {
        List<UnitProperty> properties = V2(Unified("io.max", "8:0 rbps=5\n8:16 rbps=6\n8:0 rbps=7"));

        Text(properties).Should().Be("IOReadBandwidthMax=[('/dev/block/8:16', 6), ('/dev/block/8:0', 7)]");
        properties[0].Value.Signature.Should().Be("a(st)");
        Text(UnitProperties.RestoreSequence(properties[0])).Should().Be("IOReadBandwidthMax=[] " + properties[0]);
        Text(UnitProperties.RestoreSequence(new UnitProperty("IODeviceWeight", new BusValue("a(st)", System.Array.Empty<object>())))).Should().Be("IODeviceWeight=[]");
        Text(UnitProperties.RestoreSequence(new UnitProperty("MemoryMax", BusValue.From(5UL)))).Should().Be("MemoryMax=5");
    }

    [Theory]
    [InlineData("0", "01")]
    [InlineData("0-2,9", "0702")]
    [InlineData("7-8", "8001")]
    [InlineData("", null)]
    [InlineData("a", null)]
    public void Masks_of_cpu_lists(string list, string? bytes) => (CpusetSettings.Mask(list) is { } mask ? System.Convert.ToHexString(mask) : null).Should().Be(bytes);

    [Fact]
    public void A_scope_has_the_first_process_and_is_delegated()
    {
        List<UnitProperty> properties = NewUnit.Properties(UnitName.Parse("m.slice:p:n", "n", "s.slice"), "n", 42, isUnified: true);

        Text(properties).Should().Be(
            "Description='lade container n' Slice='m.slice' PIDs=[42] Delegate=true MemoryAccounting=true CPUAccounting=true IOAccounting=true "
            + "TasksAccounting=true DefaultDependencies=false CollectMode='inactive-or-failed'");
        properties.Select(p => p.Value.Signature).Should().Equal("s", "s", "au", "b", "b", "b", "b", "b", "b", "s");
    }

    [Fact]
    public void A_slice_has_no_process() =>
        Text(NewUnit.Properties(UnitName.Parse("m.slice:p:m-n.slice", "n", "s.slice"), "n", 42, isUnified: false)).Should()
            .Contain("Wants=['m.slice']").And.Contain("BlockIOAccounting=true").And.NotContain("PIDs").And.NotContain("Delegate");

    [Fact]
    public void Annotations_become_properties()
    {
        var annotations = new Dictionary<string, string>
        {
            ["org.systemd.property.CollectMode"] = "'inactive'",
            ["org.systemd.property.TimeoutStopSec"] = "uint64 7",
            ["org.systemd.property.RuntimeMaxSec"] = "1.5",
            ["org.systemd.property.RuntimeMaxUSec"] = "uint64 9",
            ["org.systemd.property.After"] = "['a.service']",
            ["other"] = "x",
        };

        UnitAnnotations.Properties(annotations).Select(p => p + " " + p.Value.Signature).Should().Equal(
            "CollectMode='inactive' s", "TimeoutStopUSec=7000000 t", "RuntimeMaxUSec=1500000 t", "RuntimeMaxUSec=9 t", "After=['a.service'] as");
    }

    [Theory]
    [InlineData("org.systemd.property.", "1", "'' is not the name of a unit property")]
    [InlineData("org.systemd.property.Ab", "1", "'Ab' is not the name of a unit property")]
    [InlineData("org.systemd.property.A-b-c", "1", "'A-b-c' is not the name of a unit property")]
    [InlineData("org.systemd.property.Description", "text", "'text' is not GVariant text")]
    [InlineData("org.systemd.property.TimeoutStopSec", "'5min'", "'5min' is not a number of seconds")]
    [InlineData("org.systemd.property.TimeoutStopSec", "-1", "-1 is not a number of seconds")]
    public void Malformed_annotations_are_refused(string key, string text, string reason) =>
        FluentActions.Invoking(() => UnitAnnotations.Properties(new Dictionary<string, string> { [key] = text })).Should().Throw<LadeException>()
            .Which.Description.Should().StartWith("/annotations/" + key + ": " + reason);

    [Theory]
    [InlineData(null, "")]
    [InlineData("", "")]
    [InlineData("inner", "/inner")]
    [InlineData("../x", "/x")]
    public void The_subgroup_stays_inside_the_unit(string? value, string path) =>
        UnitAnnotations.SubgroupPath(value is null ? [] : new Dictionary<string, string> { [UnitAnnotations.Subgroup] = value }).Should().Be(path);

    [Fact]
    public void Allowed_devices_have_the_names_of_systemd()
    {
        DeviceRule[] rules =
        [
            new DeviceRule { Allow = false },
            new DeviceRule { Allow = true, Type = 'b', Major = 8, Minor = 1, Access = "rw" },
            new DeviceRule { Allow = true, Type = 'b', Major = 8, Access = "r" },
            new DeviceRule { Allow = true, Type = 'c', Minor = 3, Access = "r" },
            new DeviceRule { Allow = false, Type = 'c', Major = 1, Minor = 9, Access = "r" },
            new DeviceRule { Allow = true, Type = 'b', Major = 99, Access = "r" },
        ];

        List<UnitProperty> properties = DevicesOf(rules);

        properties[0].ToString().Should().Be("DevicePolicy='strict'");
        properties[1].ToString().Should().StartWith("DeviceAllow=[('/dev/block/8:1', 'rw'), ('block-sd', 'r'), ('char-*', 'm'), ('block-*', 'm'), ('/dev/char/1:3', 'rwm'), ")
            .And.Contain("('char-pts', 'rwm')").And.NotContain("99");
        properties[1].Value.Signature.Should().Be("a(ss)");
    }

    [Fact]
    public void A_default_of_allow_is_auto() => Text(DevicesOf(new DeviceRule { Allow = true })).Should().Be("DevicePolicy='auto'");

    [Fact]
    public void A_manager_without_device_rules_gets_none() =>
        UnitProperties.From(null, CgroupChange.Create, JsonPointer.None, isUnified: true, _ => true).Should().BeEmpty();

    private static ResourcesSpec Unified(string file, string value) => new() { Unified = new Dictionary<string, string> { [file] = value } };

    private static List<UnitProperty> V2(ResourcesSpec resources, System.Predicate<string>? isDisk = null) =>
        UnitProperties.From(resources, CgroupChange.Update, JsonPointer.None, isUnified: true, isDisk ?? (_ => true));

    private static List<UnitProperty> DevicesOf(params DeviceRule[] rules) =>
        UnitProperties.From(new ResourcesSpec { Devices = rules }, CgroupChange.Create, JsonPointer.None, isUnified: true, _ => true, Devices);

    private static string Text(IEnumerable<UnitProperty> properties) => string.Join(' ', properties);
}
