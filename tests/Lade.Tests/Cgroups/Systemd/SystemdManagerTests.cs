using System;
using System.Diagnostics;
using System.Linq;
using FluentAssertions;
using Lade.Cgroups;
using Lade.Cgroups.Systemd;
using Lade.DBus;
using Lade.Linux;
using Lade.Tests.DBus;
using Xunit;

namespace Lade.Tests.Cgroups.Systemd;

/// <summary>Calls of systemd's manager, against servers that behave and ones that do not.</summary>
public sealed class SystemdManagerTests
{
    private const string Job = "/org/freedesktop/systemd1/job/7";
    private static readonly BusMessage s_started = FakeBus.Return("o", Job);

    [Fact]
    public void Starts_a_unit_and_waits_for_its_job()
    {
        using var bus = new FakeBus(call => call.Member == "StartTransientUnit" ? [s_started, FakeBus.JobRemoved("/other", "failed"), FakeBus.JobRemoved(Job)] : []);

        Start(bus);

        bus.Greeting.Should().Be("\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n");
        bus.Calls.Should().Equal("Hello", "AddMatch", "Subscribe", "StartTransientUnit");
        bus.Messages[2].NoReply.Should().BeTrue();
        BusMessage start = bus.Messages[3];
        (start.Destination, start.Path, start.Interface, start.Signature).Should()
            .Be(("org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "ssa(sv)a(sa(sv))"));
        Arguments(start).Should().Be("('x.scope', 'replace', [('Delegate', <true>), ('PIDs', <[42]>)], [])");
    }

    [Fact]
    public void The_signal_may_come_before_the_reply()
    {
        using var bus = new FakeBus(call => call.Member == "StartTransientUnit" ? [FakeBus.JobRemoved(Job), s_started] : []);

        FluentActions.Invoking(() => Start(bus, 5000)).Should().NotThrow();
    }

    [Theory]
    [InlineData("failed", FakeBus.Systemd, "systemd could not start the unit x.scope: the job's result is 'failed'; *")]
    [InlineData("done", ":1.66", "wait for a reply from *: ETIMEDOUT: connection timed out")] // A forged signal.
    public void A_job_that_does_not_end_well_is_an_error(string result, string sender, string message)
    {
        using var bus = new FakeBus(call => call.Member == "StartTransientUnit" ? [s_started, FakeBus.JobRemoved(Job, result, sender)] : []);

        FluentActions.Invoking(() => Start(bus, 300)).Should().Throw<LadeException>().WithMessage(message);
    }

    [Theory]
    [InlineData("org.freedesktop.DBus.Error.AccessDenied", "Permission denied")]
    [InlineData("org.freedesktop.systemd1.UnitExists", "Unit x.scope was already loaded")] // Also after retries.
    public void An_error_reply_is_quoted_with_its_name(string name, string text)
    {
        using var bus = new FakeBus(call => call.NoReply ? [] : [FakeBus.Error(name, text)]);

        FluentActions.Invoking(() => Start(bus)).Should().Throw<LadeException>().WithMessage("systemd could not start the unit x.scope: " + text + " (" + name + ")");
    }

    [Fact]
    public void A_failed_unit_of_the_same_name_is_reset_and_the_start_retried()
    {
        int starts = 0;
        using var bus = new FakeBus(call => call.Member switch
        {
            "StartTransientUnit" when ++starts == 1 => [FakeBus.Error("org.freedesktop.systemd1.UnitExists", "Unit x.scope was already loaded")],
            "StartTransientUnit" => [s_started, FakeBus.JobRemoved(Job)],
            "ResetFailedUnit" => [FakeBus.Return()],
            _ => [],
        });

        Start(bus);

        bus.Calls.Should().Equal("Hello", "AddMatch", "Subscribe", "StartTransientUnit", "ResetFailedUnit", "StartTransientUnit");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Stops_and_unloads_a_unit_that_may_not_exist(bool exists)
    {
        BusMessage noSuchUnit = FakeBus.Error("org.freedesktop.systemd1.NoSuchUnit", "Unit x.scope not loaded.");
        using var bus = new FakeBus(call => call.NoReply ? [] : call.Member == "StopUnit" && exists ? [s_started, FakeBus.JobRemoved(Job)] : [noSuchUnit]);

        new SystemdManager(bus.Address).Stop("x.scope");

        bus.Calls.Should().Equal("Hello", "AddMatch", "Subscribe", "StopUnit", "ResetFailedUnit");
    }

    [Fact]
    public void Changes_runtime_properties_and_waits_until_they_are_in_effect()
    {
        using var bus = new FakeBus(_ => [FakeBus.Return()]);

        new SystemdManager(bus.Address).SetProperties("x.scope", [new UnitProperty("TasksMax", BusValue.From(5UL))]);

        bus.Calls.Should().Equal("Hello", "SetUnitProperties", "Ping");
        Arguments(bus.Messages[1]).Should().Be("('x.scope', true, [('TasksMax', <5>)])");
    }

    [Fact]
    public void Reads_the_properties_that_systemd_knows()
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

        (bus.Messages[1].Path, bus.Messages[1].Arguments[0]).Should().Be(("/org/freedesktop/systemd1/unit/lade_2d1_2escope", "org.freedesktop.systemd1.Scope"));
        (bus.Messages[4].Path, bus.Messages[4].Arguments[0]).Should().Be(("/org/freedesktop/systemd1/unit/_31_2eslice", "org.freedesktop.systemd1.Slice"));
    }

    [Theory]
    [InlineData("252.39-1~deb12u2", 252)]
    [InlineData("257", 257)]
    [InlineData("next", 0)]
    public void Reads_the_version_of_systemd(string text, int number)
    {
        using var bus = new FakeBus(_ => [FakeBus.Return("v", BusValue.From(text))]);

        new SystemdManager(bus.Address).Version().Should().Be(number);
    }

    [Fact]
    public void A_call_after_closing_opens_a_new_connection()
    {
        using var bus = new FakeBus(_ => [FakeBus.Return("v", BusValue.From("/user.slice/"))]);
        var manager = new SystemdManager(bus.Address);

        manager.ControlGroup().Should().Be("/user.slice");
        manager.Close();
        manager.ControlGroup().Should().Be("/user.slice");

        bus.Calls.Should().Equal("Hello", "Get", "Hello", "Get");
    }

    [Fact]
    public void Uses_the_private_socket_of_systemd_where_there_is_no_bus()
    {
        using var bus = new FakeBus(call => call.Member == "StopUnit" ? [s_started, FakeBus.JobRemoved(Job)] : call.NoReply ? [] : [FakeBus.Return()], file: "/systemd/private");

        new SystemdManager("unix:path=/nowhere/bus;" + bus.Address).Stop("x.scope");

        bus.Calls.Should().Equal("Subscribe", "StopUnit", "ResetFailedUnit");
        bus.Messages.Should().OnlyContain(m => m.Destination == null);
    }

    [Fact]
    public void A_slow_systemd_times_out()
    {
        using var bus = new FakeBus(_ => []);
        long started = Stopwatch.GetTimestamp();

        new SystemdManager(bus.Address, 200).Invoking(m => m.ControlGroup()).Should().Throw<LadeException>().Which.Errno.Should().Be(Errno.ETIMEDOUT);

        Stopwatch.GetElapsedTime(started).Should().BeGreaterThan(TimeSpan.FromMilliseconds(190)).And.BeLessThan(TimeSpan.FromSeconds(20));
    }

    [Theory]
    [InlineData("unix:path=/nowhere/bus;unix:abstract=lade-nobody;tcp:host=h", "cannot connect to systemd: /nowhere/bus: ENOENT: no such file or directory; @lade-nobody: ECONNREFUSED: connection refused")]
    [InlineData("tcp:host=h", "cannot connect to systemd: no unix:path= or unix:abstract= address in 'tcp:host=h'")]
    public void An_unreachable_bus_is_named(string addresses, string message) =>
        new SystemdManager(addresses).Invoking(m => m.ControlGroup()).Should().Throw<LadeException>().WithMessage(message);

    [Theory]
    [InlineData("REJECTED KERBEROS\r\n", "*: authentication failed: REJECTED KERBEROS: EACCES: permission denied")]
    [InlineData("DATA\r\nREJECTED\r\n", "*: authentication failed: REJECTED: EACCES: permission denied")]
    [InlineData(null, "*the server does not speak D-Bus")]
    public void A_server_that_refuses_or_is_not_a_bus_is_an_error(string? welcome, string message)
    {
        using var bus = new FakeBus(_ => [], welcome ?? new string('x', 5000));

        new SystemdManager(bus.Address).Invoking(m => m.ControlGroup()).Should().Throw<LadeException>().WithMessage(message);
    }

    [Fact]
    public void Long_replies_are_read_completely()
    {
        string text = new('x', 100_000);
        using var bus = new FakeBus(_ => [FakeBus.Error("a.b", text)]);

        new SystemdManager(bus.Address).Invoking(m => m.ControlGroup()).Should().Throw<LadeException>().WithMessage("systemd could not find its own cgroup: " + text + " (a.b)");
    }

    private static void Start(FakeBus bus, int milliseconds = 30_000) =>
        new SystemdManager(bus.Address, milliseconds).StartTransientUnit("x.scope", [new("Delegate", BusValue.From(true)), new("PIDs", new BusValue("au", new object[] { 42u }))]);

    private static string Arguments(BusMessage call) => new BusValue("(" + call.Signature + ")", call.Arguments.ToArray()).ToString();
}
