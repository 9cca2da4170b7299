using System.Collections.Generic;
using FluentAssertions;
using Lade.Configuration;
using Lade.Planning;
using Lade.Tests.Plan;
using Xunit;

namespace Lade.Tests.Planning;

public sealed class SysctlsTests
{
    [Theory]
    [InlineData("net.ipv4.ip_forward", "1", "WriteProc(sys/net/ipv4/ip_forward, 1) @/linux/sysctl/net.ipv4.ip_forward")]
    [InlineData("net/ipv4/ip_forward", "1", "WriteProc(sys/net/ipv4/ip_forward, 1) @/linux/sysctl/net~1ipv4~1ip_forward")]
    [InlineData("net.ipv4.conf.eth0/1.forwarding", "0", "WriteProc(sys/net/ipv4/conf/eth0.1/forwarding, 0) @/linux/sysctl/net.ipv4.conf.eth0~11.forwarding")]
    [InlineData("kernel.shmmax", "68719476736", "WriteProc(sys/kernel/shmmax, 68719476736) @/linux/sysctl/kernel.shmmax")]
    [InlineData("kernel.domainname", "d", "SetDomainname(d) @/linux/sysctl/kernel.domainname")]
    [InlineData("kernel/domainname", "d", "SetDomainname(d) @/linux/sysctl/kernel~1domainname")]
    public void One_operation_per_setting(string key, string value, string expected) =>
        OperationText.Lines(Sysctls.Plan(new LinuxSpec { Sysctl = new Dictionary<string, string> { [key] = value } })).Should().Equal(expected);

    [Fact]
    public void Nothing() => Sysctls.Plan(new LinuxSpec()).Should().BeEmpty();
}
