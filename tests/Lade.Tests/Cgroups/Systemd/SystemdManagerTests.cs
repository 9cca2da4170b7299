using System;
using System.Collections.Generic;
using System.Diagnostics;
using FluentAssertions;
using Lade.Cgroups;
using Lade.DBus;
using Lade.Cgroups.Systemd;
using Lade.Tests.DBus;
using Xunit;

namespace Lade.Tests.Cgroups.Systemd;

/// <summary>The talk with systemd against a server that behaves, and ones that do not.</summary>
public sealed class SystemdManagerTests
{
    private const string Job = "/org/freedesktop/systemd1/job/7";
    private static readonly UnitProperty[] s_properties = [new("Delegate", BusValue.From(true)), new("PIDs", new BusValue("au", new object[] { 42u }))];

    [Fact]
    public void StartsAUnitAndWaitsForItsJob()
    {
        using var bus = new FakeBus(call => call.Member == "StartTransientUnit" ? [FakeBus.Return("o", Job), FakeBus.JobRemoved("/other", "failed"), FakeBus.JobRemoved(Job)] : []);

        new SystemdManager(bus.Address).StartTransientUnit("x.scope", s_properties);

        bus.Greeting.Should().Be("\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n");
        bus.Calls.Should().Equal("Hello", "AddMatch", "Subscribe", "StartTransientUnit");
        bus.Messages[2].NoReply.Should().BeTrue();
        BusMessage start = bus.Messages[3];
        (start.Destination, start.Path, start.Interface, start.Signature).Should()
            .Be(("org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "ssa(sv)a(sa(sv))"));
        new BusValue("(ssa(sv)a(sa(sv)))", new List<object>(start.Arguments).ToArray()).ToString().Should()
            .Be("('x.scope', 'replace', [('Delegate', <true>), ('PIDs', <[42]>)], [])");
    }

    [Fact]
    public void TheSignalMayComeBeforeTheAnswer()
    {
        using var bus = new FakeBus(call => call.Member == "StartTransientUnit" ? [FakeBus.JobRemoved(Job), FakeBus.Return("o", Job)] : []);

        new SystemdManager(bus.Address, 5000).Invoking(m => m.StartTransientUnit("x.scope", s_properties)).Should().NotThrow();
    }

    [Fact]
    public void NobodyElseCanSayThatTheJobIsDone()
    {
        using var bus = new FakeBus(call => call.Member == "StartTransientUnit" ? [FakeBus.Return("o", Job), FakeBus.JobRemoved(Job, "done", ":1.66")] : []);

        new SystemdManager(bus.Address, 300).Invoking(m => m.StartTransientUnit("x.scope", s_properties)).Should().Throw<LadeException>()
            .WithMessage("wait for a reply from " + bus.Path + ": ETIMEDOUT: connection timed out");
    }

    [Fact]
    public void AJobThatFailsIsAnError()
    {
        using var bus = new FakeBus(call => call.Member == "StartTransientUnit" ? [FakeBus.Return("o", Job), FakeBus.JobRemoved(Job, "failed")] : []);

        new SystemdManager(bus.Address).Invoking(m => m.StartTransientUnit("x.scope", s_properties)).Should().Throw<LadeException>()
            .WithMessage("systemd could not start the unit x.scope: the job's result is 'failed'; *");
    }

    [Fact]
    public void AnErrorHasSystemdsWordsAndTheErrorsName()
    {
        using var bus = new FakeBus(call => call.NoReply ? [] : [FakeBus.Error("org.freedesktop.DBus.Error.AccessDenied", "Permission denied")]);

        new SystemdManager(bus.Address).Invoking(m => m.StartTransientUnit("x.scope", s_properties)).Should().Throw<LadeException>()
            .WithMessage("systemd could not start the unit x.scope: Permission denied (org.freedesktop.DBus.Error.AccessDenied)");
    }

    [Fact]
    public void AFailedUnitOfTheSameNameIsForgottenAndTheStartTriedAgain()
    {
        int starts = 0;
        using var bus = new FakeBus(call => call.Member switch
        {
            "StartTransientUnit" when ++starts == 1 => [FakeBus.Error("org.freedesktop.systemd1.UnitExists", "Unit x.scope was already loaded")],
            "StartTransientUnit" => [FakeBus.Return("o", Job), FakeBus.JobRemoved(Job)],
            "ResetFailedUnit" => [FakeBus.Return()],
            _ => [],
        });

        new SystemdManager(bus.Address).StartTransientUnit("x.scope", s_properties);

        bus.Calls.Should().Equal("Hello", "AddMatch", "Subscribe", "StartTransientUnit", "ResetFailedUnit", "StartTransientUnit");
    }

    [Fact]
    public void AUnitThatGoesOnExistingIsAnError()
    {
        using var bus = new FakeBus(call => call.NoReply ? [] : [FakeBus.Error("org.freedesktop.systemd1.UnitExists", "Unit x.scope was already loaded")]);

        new SystemdManager(bus.Address).Invoking(m => m.StartTransientUnit("x.scope", s_properties)).Should().Throw<LadeException>()
            .WithMessage("systemd could not start the unit x.scope: Unit x.scope was already loaded (org.freedesktop.systemd1.UnitExists)");
    }

    [Fact]
    public void StopsAndForgets()
    {
        using var bus = new FakeBus(call => call.Member switch
        {
            "StopUnit" => [FakeBus.Return("o", Job), FakeBus.JobRemoved(Job)],
            "ResetFailedUnit" => [FakeBus.Error("org.freedesktop.systemd1.NoSuchUnit", "Unit x.scope not loaded.")],
            _ => [],
        });

        new SystemdManager(bus.Address).Stop("x.scope");

        bus.Calls.Should().Equal("Hello", "AddMatch", "Subscribe", "StopUnit", "ResetFailedUnit");
    }

    [Fact]
    public void StoppingWhatIsNotThereIsNoError()
    {
        using var bus = new FakeBus(call => call.NoReply ? [] : [FakeBus.Error("org.freedesktop.systemd1.NoSuchUnit", "Unit x.scope not loaded.")]);

        new SystemdManager(bus.Address).Invoking(m => m.Stop("x.scope")).Should().NotThrow();
    }

    [Fact]
    public void ChangesPropertiesForTheUnitsLifeAndWaitsUntilTheyAreInForce()
    {
        using var bus = new FakeBus(_ => [FakeBus.Return()]);

        new SystemdManager(bus.Address).SetProperties("x.scope", [new UnitProperty("TasksMax", BusValue.From(5UL))]);

        bus.Calls.Should().Equal("Hello", "SetUnitProperties", "Ping");
        new BusValue("(sba(sv))", new List<object>(bus.Messages[1].Arguments).ToArray()).ToString().Should().Be("('x.scope', true, [('TasksMax', <5>)])");
    }

    [Fact]
    public void ReadsTheUnitsPropertiesThatSystemdKnows()
    {
        var list = new BusValue("a(st)", new object[] { new object[] { "/dev/block/8:0", 5UL } });
        using var bus = new FakeBus(call => call.Arguments switch
        {
            [_, "MemoryMax"] => [FakeBus.Return("v", BusValue.From(7UL))],
            [_, "IOReadBandwidthMax"] => [FakeBus.Return("v", list)],
            _ => [FakeBus.Error("org.freedesktop.DBus.Error.UnknownProperty", "Unknown property")],
        });
        var manager = new SystemdManager(bus.Address);

        manager.Properties("lade-1.scope", ["MemoryMax", "Newer", "IOReadBandwidthMax"]).Should().BeEquivalentTo(
            [new UnitProperty("MemoryMax", BusValue.From(7UL)), new UnitProperty("IOReadBandwidthMax", list)]);
        manager.Properties("1.slice", ["Newer"]).Should().BeEmpty();

        bus.Messages[1].Path.Should().Be("/org/freedesktop/systemd1/unit/lade_2d1_2escope");
        bus.Messages[1].Arguments[0].Should().Be("org.freedesktop.systemd1.Scope");
        bus.Messages[4].Path.Should().Be("/org/freedesktop/systemd1/unit/_31_2eslice");
        bus.Messages[4].Arguments[0].Should().Be("org.freedesktop.systemd1.Slice");
    }

    [Theory]
    [InlineData("252.39-1~deb12u2", 252)]
    [InlineData("257", 257)]
    [InlineData("next", 0)]
    public void VersionOfSystemd(string text, int number)
    {
        using var bus = new FakeBus(_ => [FakeBus.Return("v", BusValue.From(text))]);

        new SystemdManager(bus.Address).Version().Should().Be(number);
    }

    [Fact]
    public void ANewQuestionAfterClosingMakesANewConnection()
    {
        using var bus = new FakeBus(_ => [FakeBus.Return("v", BusValue.From("/user.slice/"))]);
        var manager = new SystemdManager(bus.Address);

        manager.ControlGroup().Should().Be("/user.slice");
        manager.Close();
        manager.ControlGroup().Should().Be("/user.slice");

        bus.Calls.Should().Equal("Hello", "Get", "Hello", "Get");
    }

    [Fact]
    public void SystemdItselfIsAskedWithoutABus()
    {
        using var bus = new FakeBus(call => call.Member == "StopUnit" ? [FakeBus.Return("o", Job), FakeBus.JobRemoved(Job)] : call.NoReply ? [] : [FakeBus.Return()], file: "/systemd/private");

        new SystemdManager("unix:path=/nowhere/bus;" + bus.Address).Stop("x.scope");

        bus.Calls.Should().Equal("Subscribe", "StopUnit", "ResetFailedUnit");
        bus.Messages.Should().OnlyContain(m => m.Destination == null);
    }

    [Fact]
    public void ASlowSystemdIsNotWaitedForForEver()
    {
        using var bus = new FakeBus(_ => []);
        long started = Stopwatch.GetTimestamp();

        new SystemdManager(bus.Address, 200).Invoking(m => m.ControlGroup()).Should().Throw<LadeException>().Which.Errno.Should().Be(Lade.Linux.Errno.ETIMEDOUT);

        Stopwatch.GetElapsedTime(started).Should().BeGreaterThan(TimeSpan.FromMilliseconds(190)).And.BeLessThan(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void ABusThatIsAbsentIsNamed() =>
        new SystemdManager("unix:path=/nowhere/bus;unix:abstract=lade-nobody;tcp:host=h").Invoking(m => m.ControlGroup()).Should().Throw<LadeException>()
            .WithMessage("cannot connect to systemd: /nowhere/bus: ENOENT: no such file or directory; @lade-nobody: ECONNREFUSED: connection refused");

    [Fact]
    public void AnAddressOfAnotherKindIsNamed() =>
        new SystemdManager("tcp:host=h").Invoking(m => m.ControlGroup()).Should().Throw<LadeException>()
            .WithMessage("cannot connect to systemd: no unix:path= or unix:abstract= address in 'tcp:host=h'");

    [Theory]
    [InlineData("REJECTED KERBEROS\r\n", "*: authentication failed: REJECTED KERBEROS: EACCES: permission denied")]
    [InlineData("DATA\r\nREJECTED\r\n", "*: authentication failed: REJECTED: EACCES: permission denied")]
    public void ABusThatDoesNotLetUsIn(string welcome, string message)
    {
        using var bus = new FakeBus(_ => [], welcome);

        new SystemdManager(bus.Address).Invoking(m => m.ControlGroup()).Should().Throw<LadeException>().WithMessage(message);
    }

    [Fact]
    public void WhatIsNoBusIsNoticed()
    {
        using var bus = new FakeBus(_ => [], new string('x', 5000));

        new SystemdManager(bus.Address).Invoking(m => m.ControlGroup()).Should().Throw<LadeException>().WithMessage("*the server does not speak D-Bus");
    }

    [Fact]
    public void LongAnswersComeThrough()
    {
        string text = new('x', 100_000);
        using var bus = new FakeBus(_ => [FakeBus.Error("a.b", text)]);

        new SystemdManager(bus.Address).Invoking(m => m.ControlGroup()).Should().Throw<LadeException>().WithMessage("systemd could not find its own cgroup: " + text + " (a.b)");
    }

    [Theory]
    [InlineData(true, null, "unix:path=/run/dbus/system_bus_socket;unix:path=/run/systemd/private")]
    [InlineData(false, null, "unix:path=/run/dbus/system_bus_socket")]
    [InlineData(true, "unix:path=/x", "unix:path=/x")]
    public void AddressOfTheSystem(bool isRoot, string? given, string addresses) =>
        BusAddress.ForSystem(isRoot, name => name == "DBUS_SYSTEM_BUS_ADDRESS" ? given : null).Should().Be(addresses);

    [Theory]
    [InlineData(null, null, "unix:path=/run/user/7/bus;unix:path=/run/user/7/systemd/private")]
    [InlineData("/r", null, "unix:path=/r/bus;unix:path=/r/systemd/private")]
    [InlineData("/a b", null, "unix:path=/a%20b/bus;unix:path=/a%20b/systemd/private")]
    [InlineData("/r", "unix:abstract=/tmp/x,guid=1", "unix:abstract=/tmp/x,guid=1;unix:path=/r/systemd/private")]
    public void AddressOfTheUser(string? runtime, string? given, string addresses) =>
        BusAddress.ForUser(7, name => name == "XDG_RUNTIME_DIR" ? runtime : name == "DBUS_SESSION_BUS_ADDRESS" ? given : null).Should().Be(addresses);

    [Fact]
    public void AddressesAreParsed() =>
        BusAddress.Parse("unix:path=/a%20b/%c3%bc,guid=1;tcp:host=h;unix:abstract=x;unix:path=/run/systemd/private").Should().Equal(
            new BusAddress("/a b/ü", false), new BusAddress("@x", false), new BusAddress("/run/systemd/private", true));
}
