using System;
using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests;

/// <summary><c>linux.netDevices</c>. "The host" is a network namespace of the test's own, in which lade runs too.</summary>
public sealed class NetDeviceTests : ContainerTest
{
    private readonly Lazy<NamespaceHolder> _host;

    public NetDeviceTests()
    {
        Machine.NeedsRoot();
        Machine.NeedsFile("/usr/sbin/ip");
        _host = new(() => Keep(new NamespaceHolder("--net")));
    }

    [Fact]
    public void A_device_moves_with_its_settings_and_addresses()
    {
        OnHost("ip link add v0 type veth peer name v1 && ip link set v0 mtu 1400 address 02:00:00:00:00:07 && ip link set v0 up && ip link set v1 up "
            + "&& ip addr add 10.0.0.2/24 broadcast 10.0.0.255 dev v0 && ip addr add 10.0.0.3/24 dev v0 && ip -6 addr add fd00::2/64 dev v0 nodad");
        Bundle.SetJson("/linux/netDevices", """{ "v0": {} }""");
        Container container = Start();

        Links().Should().Equal("lo", "v1");
        InContainer(container, "ip -o link show v0").Should().Contain("mtu 1400").And.Contain("02:00:00:00:00:07").And.Contain("state UP");
        string addresses = InContainer(container, "ip -o addr show v0 scope global");
        addresses.Should().Contain("inet 10.0.0.2/24 brd 10.0.0.255").And.Contain("inet 10.0.0.3/24").And.Contain("inet6 fd00::2/64");
        addresses.Split('\n').Should().HaveCount(3);
    }

    [Theory]
    [InlineData("net0", "net0")]
    [InlineData("eth%d", "eth0")]
    [InlineData("v0", "v0")]
    public void A_device_gets_a_new_name(string name, string expected)
    {
        OnHost("ip link add v0 type veth peer name v1 && ip addr add 10.0.0.2/24 label v0:x dev v0");
        Bundle.SetJson("/linux/netDevices", $$"""{ "v0": { "name": "{{name}}" } }""");
        Container container = Start();

        InContainer(container, "ip -o addr show " + expected).Should().Contain("inet 10.0.0.2/24 scope global " + expected + ":x");
        InContainer(container, "ip -o link show " + expected).Should().Contain(",UP");
    }

    [Fact]
    public void Devices_may_exchange_names_with_what_is_in_a_namespace_that_is_joined()
    {
        NamespaceHolder joined = Keep(new NamespaceHolder("--net"));
        OnHost("ip link add v0 type veth peer name v1");
        Machine.Sh($"nsenter --net={joined.PathOf("net")} ip link add v0 type veth peer name v1");
        Bundle.Namespace("network", joined.PathOf("net")).SetJson("/linux/netDevices", """{ "v0": { "name": "other" } }""");
        Container container = Start();

        InContainer(container, "ls /sys/class/net > /dev/null; ip -o link").Split('\n').Select(NameOf).Should().BeEquivalentTo("lo", "v0", "v1", "other");
        container.Delete(force: true);
        Machine.Sh($"nsenter --net={joined.PathOf("net")} ip -o link show other").Should().Contain("other");
    }

    [Fact]
    public void In_a_user_namespace_too()
    {
        OnHost("ip link add v0 type veth peer name v1 && ip addr add 10.0.0.2/24 dev v0");
        Bundle.UserNamespace().SetJson("/linux/netDevices", """{ "v0": { "name": "net0" } }""");
        Container container = Start();

        InContainer(container, "ip -o addr show net0").Should().Contain("inet 10.0.0.2/24");
    }

    [Fact]
    public void A_missing_device_is_an_error_and_the_others_stay()
    {
        OnHost("ip link add v0 type veth peer name v1");
        Bundle.SetJson("/linux/netDevices", """{ "v0": {}, "nonesuch": {} }""").Sleeps();

        Error().Should().Contain("/linux/netDevices/nonesuch: no such network device: nonesuch");
        Links().Should().Equal("lo", "v0", "v1");
    }

    [Theory]
    [InlineData("""{ "v0": { "name": "lo" } }""", "/linux/netDevices/v0/name: the container already has a network device lo")]
    [InlineData("""{ "lo": { "name": "lo2" } }""", "/linux/netDevices/lo: move network device lo to another namespace as lo2: EINVAL")]
    [InlineData("""{ "lo": {} }""", "/linux/netDevices/lo: the container already has a network device lo")]
    public void What_cannot_be_moved_is_an_error(string devices, string error)
    {
        OnHost("ip link add v0 type veth peer name v1");
        Bundle.SetJson("/linux/netDevices", devices).Sleeps();

        Error().Should().Contain(error);
        Links().Should().Equal("lo", "v0", "v1");
    }

    [Fact]
    public void A_failure_after_the_move_brings_the_devices_back_as_they_were()
    {
        OnHost("ip link add v0 type veth peer name v1 && ip link set v0 up && ip addr add 10.0.0.2/24 dev v0 && ip link add w0 type veth peer name w1");
        Bundle.SetJson("/linux/netDevices", """{ "v0": { "name": "net0" }, "w0": {} }""").HookScript("createRuntime", "false").Sleeps();

        Error().Should().Contain("createRuntime");
        Links().Should().BeEquivalentTo("lo", "v0", "v1", "w0", "w1");
        OnHost("ip -o addr show v0").Should().Contain("inet 10.0.0.2/24");
        OnHost("ip -o link show v0").Should().Contain(",UP");
        OnHost("ip -o link show w0").Should().NotContain(",UP");
    }

    [Fact]
    public void The_own_namespace_of_lade_is_no_place_to_move_to()
    {
        OnHost("ip link add v0 type veth peer name v1");
        Bundle.Namespace("network", _host.Value.PathOf("net")).SetJson("/linux/netDevices", """{ "v0": { "name": "net0" } }""").Sleeps();

        Error().Should().Contain("/linux/netDevices: the container joins the network namespace of the devices");
        Links().Should().Equal("lo", "v0", "v1");
    }

    [Fact]
    public void Devices_need_a_network_namespace()
    {
        Bundle.WithoutNamespace("network").SetJson("/linux/netDevices", """{ "v0": {} }""").Sleeps();

        Error().Should().Contain("/linux/netDevices: needs a network namespace");
    }

    [Fact]
    public void Hooks_see_the_devices_and_the_end_of_the_container_frees_them()
    {
        OnHost("ip link add v0 type veth peer name v1");
        Bundle.SetJson("/linux/netDevices", """{ "v0": { "name": "net0" } }""").HookScript("createContainer", "ip -o link show net0 >&2 || exit 1");
        Container container = Start();

        container.Kill();
        container.WaitForExit();
        // A veth pair goes with the namespace of one of its ends: nobody may hold that any more.
        Machine.Eventually(() => Links() is ["lo"], "the end of the network namespace");
    }

    private Container Start()
    {
        Bundle.Lade.Wrapper = "nsenter --net=" + _host.Value.PathOf("net");
        return StartSleeping();
    }

    private string Error()
    {
        Bundle.Lade.Wrapper = "nsenter --net=" + _host.Value.PathOf("net");
        return CreationError();
    }

    private string OnHost(string script) => Machine.Sh("exec nsenter --net=" + _host.Value.PathOf("net") + " sh -c '" + script + "'");

    private static string InContainer(Container container, string script) => Machine.Sh("exec nsenter --net=/proc/" + container.Pid + "/ns/net sh -c '" + script + "'");

    private string[] Links() => [.. OnHost("ip -o link").Split('\n').Select(NameOf).Order()];

    /// <summary>Of <c>2: v0@v1: &lt;...</c>.</summary>
    private static string NameOf(string line) => line.Split(": ")[1].Split('@')[0];
}
