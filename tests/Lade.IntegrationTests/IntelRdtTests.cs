using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests;

/// <summary><c>linux.intelRdt</c> where there is no such thing; its own machinery is tested without a processor that has it.</summary>
public sealed class IntelRdtTests : ContainerTest
{
    [Theory]
    [InlineData("{}")]
    [InlineData("""{ "closID": "/", "enableMonitoring": true }""")]
    public void Without_resctrl_it_is_an_error(string rdt)
    {
        Assert.SkipWhen(MountInfo.Read("self").Any(m => m.Type == "resctrl"), "resctrl is mounted here");
        Bundle.SetJson("/linux/intelRdt", rdt).Sleeps();

        CreationError().Should().Contain("/linux/intelRdt: no resctrl file system is mounted");
    }
}
