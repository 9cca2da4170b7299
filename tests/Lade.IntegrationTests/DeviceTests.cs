using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests;

/// <summary><c>linux.devices</c>, the default devices and the links of /dev.</summary>
public sealed class DeviceTests : ContainerTest
{
    private Bundle Device(string json) => Bundle.SetJson("/linux/devices", "[ " + json + " ]");

    [Fact]
    public void The_default_devices_are_there_whatever_the_callers_umask()
    {
        Bundle.Lade.Surroundings = "umask 077";
        Bundle.Sleeps();
        Container container = Create();

        foreach ((string name, string number) in ((string, string)[])[("null", "1:3"), ("zero", "1:5"), ("full", "1:7"), ("random", "1:8"), ("urandom", "1:9"), ("tty", "5:0")])
            Machine.Stat(container.PathOf("/dev/" + name)).Should().Be("character special file " + number + " 666 0:0");
    }

    [Fact]
    public void The_links_are_there()
    {
        RunScript("cd /dev; for l in fd stdin stdout stderr ptmx; do readlink $l; done; ls | grep console; true").Lines
            .Should().Equal("/proc/self/fd", "/proc/self/fd/0", "/proc/self/fd/1", "/proc/self/fd/2", "pts/ptmx");
    }

    [Fact]
    public void Links_to_what_does_not_exist_are_not_made()
    {
        Bundle.WithoutMount("/proc").Remove("/linux/maskedPaths").Remove("/linux/readonlyPaths").Sleeps();
        Container container = Create();

        Directory.GetFileSystemEntries(container.PathOf("/dev")).Select(Path.GetFileName).Should().Contain("ptmx").And.NotContain(["fd", "stdin", "stdout", "stderr"]);
    }

    [Fact]
    public void The_default_devices_work()
    {
        RunScript("echo x > /dev/null; head -c 3 /dev/zero | wc -c; echo x > /dev/full || echo full; head -c 5 /dev/urandom | wc -c; (echo through > /dev/stdout) | cat; exec 5<> /dev/ptmx && ls /dev/pts").Lines
            .Should().Equal("3", "full", "5", "through", "0", "ptmx");
    }

    [Theory]
    [InlineData("c", 1, 5, "character special file 1:5 640 1000:1001")]
    [InlineData("u", 1, 5, "character special file 1:5 640 1000:1001")]
    [InlineData("b", 7, 200, "block special file 7:c8 640 1000:1001")]
    [InlineData("p", 0, 0, "fifo 0:0 640 1000:1001")]
    public void A_device_of_the_config(string type, int major, int minor, string stat)
    {
        Device($$"""{ "path": "/dev/mine", "type": "{{type}}", "major": {{major}}, "minor": {{minor}}, "fileMode": 416, "uid": 1000, "gid": 1001 }""").Sleeps();
        Bundle.Lade.Surroundings = "umask 077";

        Machine.Stat(Create().PathOf("/dev/mine")).Should().Be(stat);
    }

    [Fact]
    public void A_device_without_mode_and_owner()
    {
        Device("""{ "path": "/dev/mine", "type": "c", "major": 1, "minor": 5 }""").Sleeps();

        Machine.Stat(Create().PathOf("/dev/mine")).Should().Be("character special file 1:5 666 0:0");
    }

    [Fact]
    public void A_fifo_needs_no_numbers()
    {
        Device("""{ "path": "/run/pipe", "type": "p" }""").Sleeps();

        Machine.Stat(Create().PathOf("/run/pipe")).Should().Be("fifo 0:0 666 0:0");
    }

    [Fact]
    public void A_device_may_stand_anywhere_and_its_directories_are_made()
    {
        Device("""{ "path": "/opt/dev/mine", "type": "c", "major": 1, "minor": 3, "fileMode": 511 }""").Sleeps();
        Container container = Create();

        Machine.Stat(container.PathOf("/opt/dev/mine")).Should().Be("character special file 1:3 777 0:0");
        Machine.Stat(container.PathOf("/opt/dev")).Should().Be("directory 0:0 755 0:0");
    }

    [Fact]
    public void A_default_device_may_be_given_other_properties()
    {
        Device("""{ "path": "/dev/null", "type": "c", "major": 1, "minor": 3, "fileMode": 384, "uid": 5, "gid": 6 }""").Sleeps();

        Machine.Stat(Create().PathOf("/dev/null")).Should().Be("character special file 1:3 600 5:6");
    }

    [Theory]
    [InlineData("touch '{0}'")]
    [InlineData("mkdir '{0}'")]
    [InlineData("ln -s /dev/null '{0}'")]
    [InlineData("mknod '{0}' c 1 5")]
    [InlineData("mknod '{0}' b 1 3")]
    [InlineData("mkfifo '{0}'")]
    public void Something_else_in_its_place_is_an_error_and_stays(string make)
    {
        string path = Bundle.Rootfs + "/opt";
        Machine.Sh(string.Format(make, path));
        string before = Machine.Stat(path);
        Device("""{ "path": "/opt", "type": "c", "major": 1, "minor": 3 }""");

        CreationError().Should().Contain("/linux/devices/0").And.Contain("something else exists at /opt");
        Machine.Stat(path).Should().Be(before);
    }

    [Theory]
    [InlineData("666")]
    [InlineData("600")]
    public void The_device_itself_in_its_place_is_used(string mode)
    {
        Machine.Sh($"mknod -m {mode} '{Bundle.Rootfs}/opt' c 1 3");
        Device("""{ "path": "/opt", "type": "c", "major": 1, "minor": 3 }""").Sleeps();

        Machine.Stat(Create().PathOf("/opt")).Should().Be("character special file 1:3 666 0:0");
    }

    [Fact]
    public void Without_a_mount_the_devices_are_made_in_the_images_dev()
    {
        Bundle.WithoutMount("/dev/pts").WithoutMount("/dev/shm").WithoutMount("/dev/mqueue").WithoutMount("/dev").Sleeps();
        Bundle.File("/dev/ptmx", "");
        Create();

        Machine.Stat(Bundle.Rootfs + "/dev/null").Should().Be("character special file 1:3 666 0:0");
        File.ResolveLinkTarget(Bundle.Rootfs + "/dev/ptmx", false)!.FullName.Should().EndWith("pts/ptmx");
    }

    [Fact]
    public void A_dev_that_is_bound_is_left_alone()
    {
        string own = Bundle.MakeDirectory("own");
        Bundle.WithoutMount("/dev/pts").WithoutMount("/dev/shm").WithoutMount("/dev/mqueue").WithoutMount("/dev").Mount("/dev", null, own, "bind").Remove("/linux/maskedPaths").Sleeps();
        Create();

        Directory.GetFileSystemEntries(own).Should().BeEmpty();
    }

    [Fact]
    public void Devices_that_are_not_allowed_cannot_be_opened()
    {
        Device("""{ "path": "/dev/kmsg", "type": "c", "major": 1, "minor": 11 }""").Capabilities(["CAP_MKNOD", "CAP_DAC_OVERRIDE"]);
        Machine.NeedsCgroup1();

        RunScript("cat /dev/kmsg 2>&1 | head -n 1; mknod /tmp/d c 1 11 && cat /tmp/d 2>&1 | head -n 1").Lines
            .Should().AllSatisfy(l => l.Should().EndWith("Operation not permitted")).And.HaveCount(2);
    }

    [Theory]
    [InlineData("""{ "path": "/dev/x", "type": "x", "major": 1, "minor": 3 }""")]
    [InlineData("""{ "path": "/dev/x", "type": "c" }""")]
    [InlineData("""{ "path": "", "type": "c", "major": 1, "minor": 3 }""")]
    public void Wrong_devices_are_errors(string json)
    {
        Device(json);

        CreationError().Should().Contain("/linux/devices/0");
    }
}
