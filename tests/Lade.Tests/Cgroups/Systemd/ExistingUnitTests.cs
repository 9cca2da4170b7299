using System.Collections.Generic;
using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.Cgroups;
using Lade.DBus;
using Lade.Cgroups.Systemd;
using Lade.Configuration;
using Lade.Tests.DBus;
using Xunit;

namespace Lade.Tests.Cgroups.Systemd;

/// <summary>A container in a unit: systemd is given properties, the files the exact values.</summary>
public sealed class ExistingUnitTests : System.IDisposable
{
    private readonly TemporaryCgroups _files = new();

    public void Dispose() => _files.Dispose();

    private ExistingUnit Unit(FakeBus bus) => new(Cgroupfs.Open([":1:" + _files.Path("c1")]), new UnitRecord("x.scope", bus.Address));

    [Fact]
    public void A_failed_update_is_rolled_back_in_the_unit_and_in_the_files()
    {
        _files.Put("c1/memory.max", "100");
        using var bus = new FakeBus(call => [call.Member == "Get" ? FakeBus.Return("v", BusValue.From(100UL)) : FakeBus.Return()]);
        ExistingUnit unit = Unit(bus);
        CgroupPlan plan = unit.Plan(new ResourcesSpec { Memory = new() { Limit = 200 } }, CgroupChange.Update, JsonPointer.None);

        ISavedLimits before = unit.Save(plan);
        unit.ApplyLimits(plan);
        _files.Read("c1/memory.max").Should().Be("200");
        using Log log = Log.ToStandardError();
        before.Restore(log);

        _files.Read("c1/memory.max").Should().Be("100");
        bus.Calls.Should().Equal("Hello", "Get", "SetUnitProperties", "Ping", "Hello", "SetUnitProperties", "Ping");
        Set(bus).Should().Equal("('x.scope', true, [('MemoryMax', <200>)])", "('x.scope', true, [('MemoryMax', <100>)])");
    }

    [Fact]
    public void Files_are_restored_even_if_systemd_refuses()
    {
        _files.Put("c1/memory.max", "100");
        using var bus = new FakeBus(call => [call.Member == "Get" ? FakeBus.Return("v", BusValue.From(100UL)) : FakeBus.Error("a.b", "no")]);
        ExistingUnit unit = Unit(bus);
        ISavedLimits before = unit.Save(unit.Plan(new ResourcesSpec { Memory = new() { Limit = 200 } }, CgroupChange.Update, JsonPointer.None));
        _files.Put("c1/memory.max", "200");

        using Log log = Log.ToStandardError();
        before.Restore(log);

        _files.Read("c1/memory.max").Should().Be("100");
    }

    [Fact]
    public void Files_that_systemd_rounds_are_restored()
    {
        _files.Put("c1/cpu.max", "33333 100000");
        _files.Put("c1/cpu.weight", "100");
        using var bus = new FakeBus(call =>
        {
            if (call.Member == "SetUnitProperties")
                _files.Put("c1/cpu.max", "34000 100000");
            return [FakeBus.Return()];
        });
        ExistingUnit unit = Unit(bus);

        unit.ApplyLimits(unit.Plan(new ResourcesSpec { Cpu = new() { Shares = 2048 } }, CgroupChange.Update, JsonPointer.None));

        _files.Read("c1/cpu.max").Should().Be("33333 100000");
        _files.Read("c1/cpu.weight").Should().Be("174");
        Set(bus).Should().Equal("('x.scope', true, [('CPUWeight', <174>)])");
    }

    [Theory]
    [InlineData("252", "CPUWeight=0")]
    [InlineData("251.4", "")]
    public void Old_versions_of_systemd_have_no_idle_units(string version, string properties)
    {
        using var bus = new FakeBus(_ => [FakeBus.Return("v", BusValue.From(version))]);

        CgroupPlan plan = Unit(bus).Plan(new ResourcesSpec { Cpu = new() { Idle = 1 } }, CgroupChange.Update, JsonPointer.None);

        string.Join(' ', plan.Properties).Should().Be(properties);
        plan.Limits.Should().Equal(new CgroupWrite("cpu", "cpu.idle", "1", JsonPointer.Of("cpu", "idle")));
    }

    [Fact]
    public void A_limit_below_usage_is_refused_before_systemd_is_called()
    {
        _files.Put("c1/memory.max", "100");
        _files.Put("c1/memory.current", "1000\n");
        using var bus = new FakeBus(_ => [FakeBus.Return()]);
        ExistingUnit unit = Unit(bus);
        CgroupPlan plan = unit.Plan(new ResourcesSpec { Memory = new() { Limit = 999, CheckBeforeUpdate = true } }, CgroupChange.Update, JsonPointer.None);

        unit.Invoking(u => u.ApplyLimits(plan)).Should().Throw<LadeException>().WithMessage("*999: current usage is 1000");

        bus.Calls.Should().BeEmpty();
    }

    [Fact]
    public void A_later_unit_of_the_same_name_is_not_stopped()
    {
        Directory.CreateDirectory(_files.Path("c1"));
        using var bus = new FakeBus(_ => [FakeBus.Return()]);

        new ExistingUnit(Cgroupfs.Open([":1:" + _files.Path("c1")]), new UnitRecord("x.scope", bus.Address, Inode: 1)).Remove();

        bus.Calls.Should().BeEmpty();
        Directory.Exists(_files.Path("c1")).Should().BeTrue();
    }

    [Theory]
    [InlineData(false, null)]
    [InlineData(true, "systemd could not stop the unit x.scope: no (a.b); remove cgroup *")]
    public void A_cgroup_is_removed_without_systemd_if_possible(bool isStrange, string? message)
    {
        if (isStrange)
            _files.Put("c1");
        else
            Directory.CreateDirectory(_files.Path("c1"));
        using var bus = new FakeBus(call => call.NoReply ? [] : [FakeBus.Error("a.b", "no")]);
        System.Action remove = Unit(bus).Remove;

        if (message is null)
            remove.Should().NotThrow();
        else
            remove.Should().Throw<LadeException>().WithMessage(message);
        Directory.Exists(_files.Path("c1")).Should().BeFalse();
    }

    private static IEnumerable<string> Set(FakeBus bus) =>
        bus.Messages.Where(message => message.Member == "SetUnitProperties").Select(message => new BusValue("(sba(sv))", message.Arguments.ToArray()).ToString());
}
