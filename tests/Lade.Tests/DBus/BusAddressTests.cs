using FluentAssertions;
using Lade.DBus;
using Xunit;

namespace Lade.Tests.DBus;

public sealed class BusAddressTests
{
    [Theory]
    [InlineData(true, null, "unix:path=/run/dbus/system_bus_socket;unix:path=/run/systemd/private")]
    [InlineData(false, null, "unix:path=/run/dbus/system_bus_socket")]
    [InlineData(true, "unix:path=/x", "unix:path=/x")]
    public void System_bus(bool isRoot, string? given, string addresses) =>
        BusAddress.ForSystem(isRoot, name => name == "DBUS_SYSTEM_BUS_ADDRESS" ? given : null).Should().Be(addresses);

    [Theory]
    [InlineData(null, null, "unix:path=/run/user/7/bus;unix:path=/run/user/7/systemd/private")]
    [InlineData("/r", null, "unix:path=/r/bus;unix:path=/r/systemd/private")]
    [InlineData("/a b", null, "unix:path=/a%20b/bus;unix:path=/a%20b/systemd/private")]
    [InlineData("/r", "unix:abstract=/tmp/x,guid=1", "unix:abstract=/tmp/x,guid=1;unix:path=/r/systemd/private")]
    public void User_bus(string? runtime, string? given, string addresses) =>
        BusAddress.ForUser(7, name => name == "XDG_RUNTIME_DIR" ? runtime : name == "DBUS_SESSION_BUS_ADDRESS" ? given : null).Should().Be(addresses);

    [Fact]
    public void Parses_unix_addresses() =>
        BusAddress.Parse("unix:path=/a%20b/%c3%bc,guid=1;tcp:host=h;unix:abstract=x;unix:path=/run/systemd/private").Should().Equal(
            new BusAddress("/a b/ü", false), new BusAddress("@x", false), new BusAddress("/run/systemd/private", true));
}
