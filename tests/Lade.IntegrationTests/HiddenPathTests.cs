using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests;

/// <summary><c>linux.maskedPaths</c> and <c>linux.readonlyPaths</c>.</summary>
public sealed class HiddenPathTests : ContainerTest
{
    [Fact]
    public void The_default_masks_hide_and_the_default_read_only_paths_refuse()
    {
        RunScript("cat /proc/keys /proc/timer_list 2>&1; ls -A /sys/firmware; for f in /proc/sys/kernel/panic /proc/irq/default_smp_affinity; do (echo 1 > $f) 2>&1 | grep -o 'Read-only.*'; done").Lines
            .Should().Contain("Read-only file system").And.OnlyContain(l => l == "Read-only file system");
    }

    [Fact]
    public void A_masked_file_is_empty_and_a_masked_directory_too()
    {
        Bundle.File("/secret/file", "secret").File("/etc/key", "secret").SetJson("/linux/maskedPaths", """[ "/secret", "/etc/key" ]""").Capabilities(["CAP_DAC_OVERRIDE", "CAP_SYS_ADMIN"]);

        RunScript("cat /etc/key; ls -A /secret; touch /secret/x 2>&1 | grep -o 'Read-only.*'; stat -c '%F %t:%T' /etc/key").Lines
            .Should().Equal("Read-only file system", "character special file 1:3");
        File.ReadAllText(Bundle.Rootfs + "/secret/file").Should().Be("secret");
    }

    [Fact]
    public void Several_masked_directories_share_one_file_system()
    {
        Bundle.File("/a/x", "").File("/b/x", "").SetJson("/linux/maskedPaths", """[ "/a", "/b", "/a" ]""").Sleeps();
        Container container = Create();

        container.MountAt("/a").Should().Match<MountInfo>(m => m.Type == "tmpfs" && m.Options.Contains("ro") && m.Options.Contains("noexec"));
        container.MountAt("/b").Device.Should().Be(container.MountAt("/a").Device);
        container.MountInfo().Count(m => m.Target == "/a").Should().Be(1);
    }

    [Fact]
    public void Absent_paths_are_skipped()
    {
        Bundle.SetJson("/linux/maskedPaths", """[ "/no/such", "/etc/passwd/x" ]""").SetJson("/linux/readonlyPaths", """[ "/no/such", "/etc/passwd/x" ]""");

        RunScript("echo in").Output.Should().Be("in");
        Directory.Exists(Bundle.Rootfs + "/no").Should().BeFalse();
    }

    [Fact]
    public void A_read_only_path_covers_the_mounts_below_it()
    {
        Bundle.Tmpfs("/data").Tmpfs("/data/below").SetJson("/linux/readonlyPaths", """[ "/data" ]""");

        RunScript("touch /data/x /data/below/x 2>&1 | grep -c 'Read-only'; touch /tmp/x && echo written").Lines.Should().Equal("2", "written");
    }

    [Fact]
    public void A_read_only_path_may_be_a_file()
    {
        Bundle.File("/etc/key", "x").SetJson("/linux/readonlyPaths", """[ "/etc/key" ]""");

        RunScript("(echo y > /etc/key) 2>&1 | grep -o 'Read-only.*'; cat /etc/key").Lines.Should().Equal("Read-only file system", "x");
    }

    [Fact]
    public void A_mask_inside_a_read_only_path_holds()
    {
        Bundle.File("/data/secret", "secret").File("/data/open", "open").SetJson("/linux/maskedPaths", """[ "/data/secret" ]""").SetJson("/linux/readonlyPaths", """[ "/data" ]""");

        RunScript("cat /data/secret /data/open").Output.Should().Be("open");
    }

    [Fact]
    public void Without_lists_nothing_is_hidden()
    {
        Bundle.Remove("/linux/maskedPaths").Remove("/linux/readonlyPaths").Sleeps();

        Create().MountInfo().Where(m => m.Target.StartsWith("/proc/")).Should().BeEmpty();
    }

    [Fact]
    public void A_relative_path_is_an_error()
    {
        Bundle.SetJson("/linux/maskedPaths", """[ "proc/keys" ]""");

        CreationError().Should().Contain("/linux/maskedPaths/0");
    }
}
