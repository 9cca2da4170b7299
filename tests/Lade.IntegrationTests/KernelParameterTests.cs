using System.Text.Json.Nodes;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests;

/// <summary><c>hostname</c>, <c>domainname</c> and <c>linux.sysctl</c>: what the kernel keeps per namespace.</summary>
public sealed class KernelParameterTests : ContainerTest
{
    private Bundle Sysctl(string key, string value) => Bundle.Set("/linux/sysctl", new JsonObject { [key] = value });

    [Fact]
    public void The_hostname_is_the_containers()
    {
        string hosts = Machine.Sh("hostname");

        RunScript("hostname").Output.Should().Be(Bundle.Name);
        Machine.Sh("hostname").Should().Be(hosts);
    }

    [Fact]
    public void The_domainname_is_the_containers()
    {
        string hosts = Machine.Sh("cat /proc/sys/kernel/domainname");
        Bundle.Set("/domainname", "example.org");

        RunScript("cat /proc/sys/kernel/domainname").Output.Should().Be("example.org");
        Machine.Sh("cat /proc/sys/kernel/domainname").Should().Be(hosts);
    }

    [Theory]
    [InlineData("hostname")]
    [InlineData("domainname")]
    public void Names_without_a_uts_namespace_are_an_error(string property)
    {
        Bundle.WithoutNamespace("uts").Remove("/hostname").Set("/" + property, "x");

        CreationError().Should().Contain("/" + property).And.Contain("uts");
    }

    [Fact]
    public void A_hostname_that_is_too_long_is_an_error()
    {
        Bundle.Set("/hostname", new string('x', 65));

        CreationError().Should().Contain("/hostname");
    }

    [Theory]
    [InlineData("kernel.msgmax", "4097", "kernel/msgmax")]
    [InlineData("kernel.shm_rmid_forced", "1", "kernel/shm_rmid_forced")]
    [InlineData("kernel.sem", "100\t200\t30\t40", "kernel/sem")]
    [InlineData("fs.mqueue.msg_max", "7", "fs/mqueue/msg_max")]
    [InlineData("net.ipv4.ip_forward", "1", "net/ipv4/ip_forward")]
    [InlineData("net/ipv4/conf/lo/forwarding", "1", "net/ipv4/conf/lo/forwarding")]
    [InlineData("net.ipv4.ping_group_range", "0\t1000", "net/ipv4/ping_group_range")]
    [InlineData("kernel.domainname", "example.org", "kernel/domainname")]
    public void A_parameter_of_an_own_namespace_is_set(string key, string value, string file)
    {
        string hosts = Machine.Sh("cat /proc/sys/" + file);
        Sysctl(key, value);

        RunScript("cat /proc/sys/" + file).Output.Should().Be(value);
        Machine.Sh("cat /proc/sys/" + file).Should().Be(hosts);
    }

    [Theory]
    [InlineData("kernel.msgmax", "ipc")]
    [InlineData("net.ipv4.ip_forward", "network")]
    [InlineData("kernel.domainname", "uts")]
    public void A_parameter_of_a_namespace_that_is_the_hosts_is_an_error(string key, string type)
    {
        Sysctl(key, "1").WithoutNamespace(type).Remove("/hostname");

        CreationError().Should().Contain("/linux/sysctl/" + key);
    }

    [Theory]
    [InlineData("kernel.panic")]
    [InlineData("vm.swappiness")]
    [InlineData("kernel.core_pattern")]
    [InlineData("net/../kernel/panic")]
    public void A_parameter_of_the_whole_machine_is_an_error(string key)
    {
        string before = Machine.Sh("cat /proc/sys/kernel/panic /proc/sys/vm/swappiness /proc/sys/kernel/core_pattern");
        Sysctl(key, "77");

        CreationError().Should().Contain("/linux/sysctl/");
        Machine.Sh("cat /proc/sys/kernel/panic /proc/sys/vm/swappiness /proc/sys/kernel/core_pattern").Should().Be(before);
    }

    [Theory]
    [InlineData("net.ipv4.nonsense", "1", "ENOENT")]
    [InlineData("kernel.msgmax", "nonsense", "EINVAL")]
    public void What_the_kernel_refuses_is_an_error_that_names_it(string key, string value, string errno)
    {
        Sysctl(key, value);

        CreationError().Should().Contain("/linux/sysctl/" + key).And.Contain(errno);
    }
}
