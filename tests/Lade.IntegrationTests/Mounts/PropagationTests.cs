using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Mounts;

/// <summary><c>linux.rootfsPropagation</c> by its effect: which mounts reach whom.</summary>
public sealed class PropagationTests : ContainerTest
{
    /// <param name="hears">The container sees what is mounted on the host below its root.</param>
    /// <param name="tells">A copy of the root in the container is told of mounts below the root.</param>
    /// <param name="bindable">The root can be bind-mounted in the container.</param>
    [Theory]
    [InlineData(null, true, false, true)]
    [InlineData("private", false, false, true)]
    [InlineData("rprivate", false, false, true)]
    [InlineData("slave", true, false, true)]
    [InlineData("rslave", true, false, true)]
    [InlineData("shared", true, true, true)]
    [InlineData("rshared", true, true, true)]
    [InlineData("unbindable", false, false, false)]
    [InlineData("runbindable", false, false, false)]
    public void Mount_events(string? value, bool hears, bool tells, bool bindable)
    {
        HostMount root = Keep(HostMount.Shared(Bundle.Rootfs));
        foreach (string directory in (string[])["late", "inner", "bound"])
            Directory.CreateDirectory(root.Path + "/" + directory);
        if (value is not null)
            Bundle.Set("/linux/rootfsPropagation", value);
        Bundle.Capabilities(["CAP_SYS_ADMIN"]).Script(
            "mount --bind / /bound 2>/dev/null || echo unbindable; mount -t tmpfs tmpfs /inner; echo done; sleep 1000");
        Container container = NewContainer().RunDetached().WaitForOutput("done");

        Machine.Sh($"mount -t tmpfs tmpfs '{root.Path}/late'");

        string[] targets = [.. container.MountInfo().Select(m => m.Target)];
        targets.Should().Contain("/inner");
        targets.Contains("/late").Should().Be(hears);
        targets.Contains("/bound/inner").Should().Be(tells);
        container.Stdout.Contains("unbindable").Should().Be(!bindable);
        MountInfo.Read("self").Select(m => m.Target).Should().NotContain(root.Path + "/inner", "no mount of a container reaches the host by its root");
    }
}
