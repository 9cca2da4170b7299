using System.IO;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests;

/// <summary><c>process.capabilities</c>: the five sets as /proc/PID/status shows them.</summary>
public sealed class CapabilityTests : ContainerTest
{
    private const string None = "0000000000000000";

    private static void HasSets(Container container, string inheritable, string permitted, string effective, string bounding, string ambient)
    {
        (container.Status("CapInh"), container.Status("CapPrm"), container.Status("CapEff"), container.Status("CapBnd"), container.Status("CapAmb"))
            .Should().Be((inheritable, permitted, effective, bounding, ambient));
    }

    [Fact]
    public void The_sets_of_the_default_config()
    {
        HasSets(StartSleeping(), None, "0000000020000420", "0000000020000420", "0000000020000420", None);
    }

    [Fact]
    public void Each_set_is_its_own()
    {
        // CHOWN 0, DAC_OVERRIDE 1, FOWNER 3, KILL 5, SETUID 7. Of root execve(2) makes permitted and effective what inheritable and bounding allow.
        Bundle.SetJson("/process/capabilities", """
            {
              "bounding": [ "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_KILL" ],
              "permitted": [ "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER" ],
              "inheritable": [ "CAP_CHOWN", "CAP_DAC_OVERRIDE" ],
              "effective": [ "CAP_CHOWN" ],
              "ambient": [ "CAP_CHOWN" ]
            }
            """).User(1000, 1000);

        HasSets(StartSleeping(), "0000000000000003", "0000000000000001", "0000000000000001", "000000000000002b", "0000000000000001");
    }

    [Fact]
    public void Another_user_has_none_without_ambient_ones()
    {
        Bundle.User(1000, 1000).Capabilities(["CAP_KILL", "CAP_CHOWN"]);

        HasSets(StartSleeping(), None, None, None, "0000000000000021", None);
    }

    [Fact]
    public void Another_user_has_the_ambient_ones()
    {
        Bundle.User(1000, 1000).Capabilities(["CAP_KILL", "CAP_CHOWN", "CAP_NET_RAW"], ["CAP_NET_RAW"]);

        HasSets(StartSleeping(), "0000000000002000", "0000000000002000", "0000000000002000", "0000000000002021", "0000000000002000");
    }

    [Fact]
    public void Root_without_capabilities_has_none()
    {
        Bundle.Remove("/process/capabilities");

        HasSets(StartSleeping(), None, None, None, None, None);
    }

    [Fact]
    public void Inheritable_ones_are_never_the_runtimes_own_idea()
    {
        Bundle.Lade.Wrapper = "setpriv --inh-caps +chown,+kill --ambient-caps +kill";
        Bundle.Capabilities(["CAP_CHOWN"]);

        HasSets(StartSleeping(), None, "0000000000000001", "0000000000000001", "0000000000000001", None);
    }

    [Fact]
    public void The_sets_hold_for_what_the_container_may_do()
    {
        Bundle.Capabilities(["CAP_SETUID"]).File("/file", "");

        RunScript("chown 7 /file 2>/dev/null || echo refused").Output.Should().Be("refused");
    }

    [Theory]
    [InlineData("CAP_NOT_REAL")]
    [InlineData("CAP_SYS_RESOURCE")]
    public void One_that_is_unknown_or_cannot_be_granted_is_a_warning(string name)
    {
        const int CAP_SYS_RESOURCE = 24;
        Assert.SkipWhen(name == "CAP_SYS_RESOURCE" && Machine.HasCapability(CAP_SYS_RESOURCE), "root may grant every capability here");
        Bundle.Capabilities(["CAP_KILL", name]).Sleeps();
        Bundle.Lade.GlobalOptions = ["--log", Bundle.Directory + "/log", "--log-format", "json"];
        Container container = NewContainer().RunDetached();

        container.Status("CapEff").Should().Be("0000000000000020");
        File.ReadAllText(Bundle.Directory + "/log").Should().Contain("\"level\":\"warning\"").And.Contain(name).And.NotContain("\"level\":\"error\"");
    }

    [Fact]
    public void With_less_than_root_has_what_there_is_is_granted()
    {
        Bundle.Lade.Wrapper = "setpriv --bounding-set -net_raw";
        Bundle.Capabilities(["CAP_KILL", "CAP_NET_RAW"]);

        HasSets(StartSleeping(), None, "0000000000000020", "0000000000000020", "0000000000000020", None);
    }

    [Fact]
    public void An_ambient_one_that_is_not_inheritable_is_no_error()
    {
        Bundle.Capabilities(["CAP_KILL"]).Set("/process/capabilities/ambient", Bundle.Array("CAP_KILL")).User(1000, 1000).Sleeps();
        Bundle.Lade.GlobalOptions = ["--log", Bundle.Directory + "/log"];
        Container container = NewContainer().RunDetached();

        container.Status("CapAmb").Should().Be(None);
        File.ReadAllText(Bundle.Directory + "/log").Should().Contain("CAP_KILL");
    }
}
