using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Security;

/// <summary>
/// What the container sees at the end is what the plan says. A hook in the container's mount namespace plays the one who meddles: it can undo what others can
/// only win a race for.
/// </summary>
public sealed class MountCheckTests : ContainerTest
{
    [Theory]
    [InlineData("umount -l ROOT/vol", "nothing is mounted on /vol")]
    [InlineData("mount -o remount,bind,rw,nosuid,nodev,noexec ROOT/vol", "/vol is writable")]
    [InlineData("mount -o remount,bind,ro,suid,nodev,noexec ROOT/vol", "/vol lacks MOUNT_ATTR_NOSUID")]
    [InlineData("mount -o remount,bind,ro,nosuid,dev,noexec ROOT/vol", "/vol lacks MOUNT_ATTR_NODEV")]
    [InlineData("mount -o remount,bind,ro,nosuid,nodev,exec ROOT/vol", "/vol lacks MOUNT_ATTR_NOEXEC")]
    [InlineData("mkdir -p ROOT/elsewhere && mount --move ROOT/vol ROOT/elsewhere", "nothing is mounted on /vol")]
    [InlineData("umount -l ROOT/twice", "2 mounts should be on /twice, there are 1")]
    [InlineData("umount -l ROOT/remounted && mount -t tmpfs t ROOT/remounted", "/remounted is writable")]
    [InlineData("umount -l ROOT/sys; mount -t tmpfs t ROOT/sys", "on /sys is a tmpfs, not a sysfs")]
    public void What_a_hook_has_taken_away_fails_create(string meddle, string expected)
    {
        string source = Bundle.MakeDirectory("source");
        Bundle.WithoutMount("/sys/fs/cgroup").SetJson("/linux/maskedPaths", "[]").Mount("/vol", null, source, "bind", "ro", "nosuid", "nodev", "noexec").Tmpfs("/twice").Tmpfs("/twice", "size=1m")
            .Mount("/remounted", null, source, "bind").Mount("/remounted", null, source, "bind", "remount", "ro")
            .HookScript("createContainer", meddle.Replace("ROOT", Bundle.Rootfs));

        CreationError().Should().Contain("mounts differ from the plan").And.Contain(expected);
    }

    /// <summary>The hooks of a device's vendor cover what they like.</summary>
    [Theory]
    [InlineData("mount -t tmpfs t ROOT/vol")]
    [InlineData("mount -t tmpfs t ROOT/proc/driver || mount -t tmpfs t ROOT/proc/fs")]
    [InlineData("mkdir -p ROOT/p && mount -t proc proc ROOT/p")]
    [InlineData("mount --bind ROOT/vol ROOT/vol")]
    public void What_a_hook_puts_on_top_is_its_own(string meddle)
    {
        string source = Bundle.MakeDirectory("source");
        Bundle.Mount("/vol", null, source, "bind", "ro", "nosuid").HookScript("createContainer", meddle.Replace("ROOT", Bundle.Rootfs));

        RunScript("true");
    }

    [Fact]
    public void Two_paths_may_lead_to_one_place()
    {
        Machine.Sh($"mkdir -p '{Bundle.Rootfs}/run' && ln -sf /run '{Bundle.Rootfs}/var-run'");
        Bundle.Tmpfs("/var-run/one", "ro", "nosuid").Tmpfs("/run/one", "size=1m").Tmpfs("/run/two").Tmpfs("/var-run/two", "ro");

        RunScript("grep -E ' /run/(one|two) ' /proc/self/mountinfo | cut -d' ' -f5,6").Lines.Should()
            .Equal("/run/one ro,nosuid,relatime", "/run/one rw,relatime", "/run/two rw,relatime", "/run/two ro,relatime");
    }

    /// <summary>The tree of a bind mount may bring a procfs, the root's as well.</summary>
    [Theory]
    [InlineData("rbind")]
    [InlineData("root")]
    public void A_procfs_of_a_source_is_no_stray(string kind)
    {
        string source = kind == "root" ? Bundle.Rootfs : Bundle.MakeDirectory("source");
        Machine.Sh($"mkdir -p '{source}/inner'");
        using var proc = new HostMount(source + "/inner", "-t proc proc");
        if (kind == "rbind")
            Bundle.Mount("/vol", null, source, "rbind");

        RunScript("grep -c ' proc ' /proc/self/mountinfo >/dev/null; ls -d /vol/inner/1 /inner/1 2>/dev/null; true").Lines.Should().ContainSingle();
    }

    [Fact]
    public void Hundreds_of_mounts_that_others_refer_to_are_no_problem()
    {
        const int count = 400;
        Bundle.Tmpfs("/many");
        for (int i = 0; i < count; i++)
            Bundle.Tmpfs("/many/" + i, "size=4k").Tmpfs($"/many/{i}/below", "size=4k");

        RunScript("grep -c ' /many/' /proc/self/mountinfo").Output.Should().Be((2 * count).ToString());
    }
}
