using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests;

/// <summary>What is mounted where, and in which order.</summary>
public sealed class MountTests : ContainerTest
{
    [Fact]
    public void The_default_config_mounts_the_default_file_systems()
    {
        Bundle.Sleeps();
        Container container = Create();

        container.MountAt("/proc").Type.Should().Be("proc");
        container.MountAt("/sys").Type.Should().Be("sysfs");
        container.MountAt("/dev/pts").Type.Should().Be("devpts");
        container.MountAt("/dev/shm").Type.Should().Be("tmpfs");
        container.MountAt("/dev/mqueue").Type.Should().Be("mqueue");
    }

    [Fact]
    public void Nothing_of_the_host_is_mounted_besides()
    {
        Bundle.Remove("/linux/maskedPaths").Remove("/linux/readonlyPaths").Set("/mounts", new System.Text.Json.Nodes.JsonArray()).Mount("/proc", "proc", "proc").Sleeps();

        Create().MountInfo().Select(m => m.Target).Should().Equal("/", "/proc");
    }

    [Fact]
    public void Mounts_are_made_in_the_order_of_the_list()
    {
        Bundle.Tmpfs("/a").Tmpfs("/a/b").Tmpfs("/c/d").Tmpfs("/c").Sleeps();
        Container container = Create();

        container.MountInfo().Select(m => m.Target).Where(t => t is "/a" or "/a/b" or "/c" or "/c/d").Should().Equal("/a", "/a/b", "/c/d", "/c");
        Directory.Exists(container.PathOf("/a/b")).Should().BeTrue();
        Directory.Exists(container.PathOf("/c/d")).Should().BeFalse("a later mount hides an earlier one");
    }

    [Fact]
    public void Of_two_mounts_at_one_place_the_later_is_seen()
    {
        string first = Source("first"), second = Source("second");
        Bundle.Mount("/mnt", null, first, "bind").Mount("/mnt", null, second, "bind");

        RunScript("cat /mnt/file").Output.Should().Be("second");
    }

    [Fact]
    public void A_mount_into_an_earlier_bind_mount_makes_its_directory_in_the_source()
    {
        string source = Source("first");
        Bundle.Mount("/mnt", null, source, "bind").Tmpfs("/mnt/new/place").Sleeps();
        Create();

        Directory.Exists(source + "/new/place").Should().BeTrue();
    }

    [Theory]
    [InlineData("mnt")]
    [InlineData("mnt/../mnt")]
    [InlineData("/mnt/")]
    [InlineData("//mnt")]
    [InlineData("/../../mnt")]
    public void A_destination_is_read_from_the_root(string destination)
    {
        Bundle.Tmpfs(destination, "size=4k").Sleeps();
        Directory.CreateDirectory(Bundle.Rootfs + "/mnt");

        Create().MountAt("/mnt").SuperOptions.Should().Contain("size=4k");
    }

    [Fact]
    public void A_missing_destination_is_made()
    {
        Bundle.Tmpfs("/new/deep/place").Mount("/other/file", null, Source("content") + "/file", "bind").Sleeps();
        Bundle.Lade.Surroundings = "umask 077";
        Create();

        Machine.Stat(Bundle.Rootfs + "/new/deep/place").Should().Be("directory 0:0 755 0:0");
        Machine.Stat(Bundle.Rootfs + "/other/file").Should().Be("regular empty file 0:0 644 0:0");
    }

    [Fact]
    public void A_symlinked_destination_is_followed_inside_the_root()
    {
        Directory.CreateDirectory(Bundle.Rootfs + "/run/real");
        Machine.Sh($"cd '{Bundle.Rootfs}' && ln -s ../../../../run/real var/relative && ln -s /run/absolute var/absolute");
        Bundle.Tmpfs("/var/relative").Tmpfs("/var/absolute/deep").Sleeps();

        Create().MountInfo().Select(m => m.Target).Should().Contain(["/run/real", "/run/absolute/deep"]);
        Directory.Exists(Bundle.Rootfs + "/run/absolute/deep").Should().BeTrue();
        Directory.Exists("/run/absolute").Should().BeFalse();
    }

    [Fact]
    public void A_bind_mount_of_a_directory_shows_it_and_writes_through()
    {
        string source = Source("content");
        Bundle.Mount("/mnt", "bind", source, "bind");

        RunScript("cat /mnt/file; echo new > /mnt/made").Output.Should().Be("content");
        File.ReadAllText(source + "/made").Should().Be("new\n");
    }

    [Fact]
    public void A_bind_mount_of_a_file()
    {
        Bundle.File("/etc/name", "hidden").Mount("/etc/name", null, Source("content") + "/file", "bind", "ro");

        RunScript("cat /etc/name; (echo x > /etc/name) 2>&1 | grep -o 'Read-only.*'").Output.Should().Be("contentRead-only file system");
        File.ReadAllText(Bundle.Rootfs + "/etc/name").Should().Be("hidden");
    }

    [Fact]
    public void A_bind_mount_of_a_device_node_and_of_a_socket()
    {
        string directory = Bundle.MakeDirectory("source");
        Machine.Sh($"mknod '{directory}/device' c 1 3");
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, 0);
        socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(directory + "/socket"));
        Bundle.Mount("/dev/mine", null, directory + "/device", "bind").Mount("/run/socket", null, directory + "/socket", "bind");

        RunScript("stat -c %F /dev/mine /run/socket").Lines.Should().Equal("character special file", "socket");
    }

    [Theory]
    [InlineData("./data")]
    [InlineData("data")]
    [InlineData("../bundle/data")]
    public void A_relative_source_is_the_bundles(string source)
    {
        Directory.CreateDirectory(Bundle.Path + "/data");
        File.WriteAllText(Bundle.Path + "/data/file", "of the bundle");
        Bundle.Mount("/mnt", null, source, "bind").Script("cat /mnt/file");
        Bundle.Lade.WorkingDirectory = "/usr";

        RunScript("cat /mnt/file").Output.Should().Be("of the bundle");
    }

    [Fact]
    public void A_symlinked_source_is_followed()
    {
        Machine.Sh($"ln -s '{Source("content")}' '{Bundle.Path}/link'");
        Bundle.Mount("/mnt", null, "link", "bind");

        RunScript("cat /mnt/file").Output.Should().Be("content");
    }

    [Fact]
    public void Bind_leaves_mounts_below_out_and_rbind_takes_them()
    {
        string source = Bundle.MakeDirectory("source");
        HostMount below = Keep(HostMount.Tmpfs(source + "/below"));
        File.WriteAllText(below.Path + "/file", "");
        Bundle.Mount("/one", null, source, "bind").Mount("/all", null, source, "rbind").Sleeps();
        Container container = Create();

        container.MountInfo().Select(m => m.Target).Should().Contain("/all/below").And.NotContain("/one/below");
        File.Exists(container.PathOf("/all/below/file")).Should().BeTrue();
        File.Exists(container.PathOf("/one/below/file")).Should().BeFalse();
    }

    [Theory]
    [InlineData("none")]
    [InlineData("tmpfs")]
    [InlineData("bind")]
    [InlineData("nonsense")]
    public void The_bind_option_makes_the_type_meaningless(string type)
    {
        Bundle.Mount("/mnt", type, Source("content"), "bind");

        RunScript("cat /mnt/file").Output.Should().Be("content");
    }

    [Fact]
    public void A_missing_source_is_an_error_that_names_it()
    {
        Bundle.Mount("/mnt", null, "/no/such/directory", "bind");

        CreationError().Should().Contain("/no/such/directory").And.Contain("ENOENT").And.Contain("/mounts/7");
    }

    [Fact]
    public void A_directory_on_a_file_is_an_error()
    {
        Bundle.File("/mnt", "").Mount("/mnt", null, Bundle.MakeDirectory("source"), "bind");

        CreationError().Should().Contain("/mnt").And.Contain("ENOTDIR");
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("bind")]
    public void An_unknown_type_is_an_error(string type)
    {
        Bundle.Mount("/mnt", type, "x");

        CreationError().Should().Contain(type).And.Contain("/mounts/7");
    }

    [Fact]
    public void A_tmpfs_needs_no_source_and_takes_the_mode_of_its_directory()
    {
        Directory.CreateDirectory(Bundle.Rootfs + "/mnt");
        Machine.Sh($"chmod 1770 '{Bundle.Rootfs}/mnt'");
        Bundle.Mount("/mnt", "tmpfs", null).Tmpfs("/given", "mode=0711").Tmpfs("/made").Sleeps();
        Container container = Create();

        Machine.Stat(container.PathOf("/mnt")).Should().Be("directory 0:0 1770 0:0");
        Machine.Stat(container.PathOf("/given")).Should().Be("directory 0:0 711 0:0");
        container.MountAt("/made").Type.Should().Be("tmpfs");
    }

    [Fact]
    public void A_read_only_tmpfs_takes_the_mounts_below_it_first()
    {
        Bundle.Tmpfs("/outer", "ro").Mount("/outer/inner/file", null, Source("content") + "/file", "bind");

        RunScript("cat /outer/inner/file; touch /outer/x 2>/dev/null || echo refused").Output.Should().Be("contentrefused");
    }

    [Fact]
    public void A_read_only_dev_has_its_devices()
    {
        Bundle.Set("/mounts/1/options", Bundle.Array("nosuid", "ro", "mode=755"));

        RunScript("echo x > /dev/null && touch /dev/x 2>/dev/null || echo refused").Output.Should().Be("refused");
    }

    [Fact]
    public void An_overlay_with_several_lower_directories()
    {
        string lower = Source("lower"), second = Bundle.MakeDirectory("second"), upper = Bundle.MakeDirectory("upper"), work = Bundle.MakeDirectory("work");
        File.WriteAllText(second + "/second", "");
        Bundle.Mount("/mnt", "overlay", "overlay", $"lowerdir={lower}:{second}", $"upperdir={upper}", $"workdir={work}");

        RunScript("cat /mnt/file; ls /mnt; echo x > /mnt/new").Lines.Should().Equal("lowerfile", "second");
        File.Exists(upper + "/new").Should().BeTrue();
    }

    [Fact]
    public void The_message_queues_are_the_containers_own()
    {
        Bundle.Sleeps();
        Bundle other = NewBundle().Sleeps();

        NewContainer(other).Create().MountAt("/dev/mqueue").Device.Should().NotBe(Create().MountAt("/dev/mqueue").Device);
    }

    [Fact]
    public void A_volume_may_replace_files_of_proc_that_programs_ask_for_the_machines_size()
    {
        File.WriteAllText(Bundle.MakeDirectory("source") + "/uptime", "1.00 1.00\n");
        Bundle.Mount("/proc/uptime", null, Bundle.Directory + "/source/uptime", "bind");

        RunScript("cat /proc/uptime").Output.Should().Be("1.00 1.00");
    }

    /// <summary>A directory with a file of that content.</summary>
    private string Source(string content)
    {
        string directory = Bundle.MakeDirectory("source-" + content);
        File.WriteAllText(directory + "/file", content);
        return directory;
    }
}
