using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Lade.Linux;
using Xunit;

namespace Lade.IntegrationTests.Labels;

/// <summary>Labels of security modules: what happens where the module is not there, and AppArmor where it is.</summary>
public sealed class LabelTests : ContainerTest
{
    [Fact]
    public void A_profile_without_AppArmor_is_a_warning()
    {
        Assert.SkipWhen(SecurityModules.HasAppArmor(), "this machine has AppArmor");
        Bundle.Set("/process/apparmorProfile", "ship").Args("echo", "in");

        CommandResult result = NewContainer().Run();

        result.ExitCode.Should().Be(0);
        result.Output.Should().Be("in");
        result.Stderr.Should().Contain("/process/apparmorProfile: profile 'ship' is not applied");
    }

    [Theory]
    [InlineData("")]
    [InlineData("unconfined")]
    public void No_profile_is_asked_for_without_AppArmor(string profile)
    {
        Assert.SkipWhen(SecurityModules.HasAppArmor(), "this machine has AppArmor");
        Bundle.Set("/process/apparmorProfile", profile).Args("true");

        NewContainer().Run().Should().Be(new CommandResult(0, "", ""));
    }

    [Fact]
    public void A_label_without_Selinux_is_an_error()
    {
        Assert.SkipWhen(SecurityModules.HasSelinux(), "this machine has SELinux");
        Bundle.Set("/process/selinuxLabel", "system_u:system_r:container_t:s0:c1,c2");

        CreationError().Should().Contain("/process/selinuxLabel: selinux label is specified in config, but selinux is disabled or not supported");
    }

    [Fact]
    public void Mounts_are_not_labelled_without_Selinux()
    {
        Assert.SkipWhen(SecurityModules.HasSelinux(), "this machine has SELinux");
        Bundle.Set("/linux/mountLabel", "system_u:object_r:container_file_t:s0:c1,c2").Tmpfs("/mnt");

        RunScript("grep -c context= /proc/mounts; grep -c ' /mnt ' /proc/mounts").Lines.Should().Equal("0", "1");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_profile_holds_for_the_program(bool noNewPrivileges)
    {
        Assert.SkipUnless(SecurityModules.HasAppArmor(), "needs AppArmor");
        Machine.NeedsFile("/sbin/apparmor_parser");
        string file = Bundle.Directory + "/profile";
        System.IO.File.WriteAllText(file, $$"""profile {{Bundle.Name}} flags=(attach_disconnected) { file, capability, deny /tmp/secret r, }""");
        Machine.Sh("/sbin/apparmor_parser --replace " + file);
        try
        {
            Bundle.Set("/process/apparmorProfile", Bundle.Name).Set("/process/noNewPrivileges", noNewPrivileges).File("/tmp/secret", "gold")
                .HookScript("startContainer", "cat /proc/self/attr/current > /tmp/hook");

            RunScript("cat /proc/self/attr/current; cat /tmp/secret || echo denied").Lines.Should().Equal(Bundle.Name + " (enforce)", "denied");
            System.IO.File.ReadAllText(Bundle.Rootfs + "/tmp/hook").Should().Be("unconfined\n");
        }
        finally
        {
            Machine.Sh("/sbin/apparmor_parser --remove " + file);
        }
    }

    [Fact]
    public void A_profile_that_is_not_loaded_is_an_error()
    {
        Assert.SkipUnless(SecurityModules.HasAppArmor(), "needs AppArmor");
        Bundle.Set("/process/apparmorProfile", "no-such-profile").Args("true");
        Container container = NewContainer();

        container.Run().Stderr.Should().Contain("/process/apparmorProfile: apply apparmor profile 'no-such-profile': the kernel has no such profile");
        container.Leftovers().Should().BeEmpty();
    }
}
