using System.IO;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Situations;

/// <summary>Mounts, masks and read-only paths as other runtimes' suites try them.</summary>
public sealed class MountSituationTests : ContainerTest
{
    [Theory]
    [InlineData(null, "mode=0444", "444")]
    [InlineData("710", "", "710")]
    [InlineData("710", "mode=0410", "410")]
    [InlineData("7777", "noexec", "7777")]
    public void The_mode_of_a_tmpfs_is_the_options_or_its_directorys(string? directory, string option, string expected)
    {
        if (directory is not null)
            Machine.Sh($"mkdir '{Bundle.Rootfs}/tmp/test' && chmod {directory} '{Bundle.Rootfs}/tmp/test'");
        Bundle.Tmpfs("/tmp/test", option.Length == 0 ? [] : [option]);

        RunScript("stat -c %a /tmp/test").Output.Should().Be(expected);
        // The directory exists now, with a mode of its own.
        RunScript("stat -c %a /tmp/test").Output.Should().Be(expected);
    }

    [Fact]
    public void Tmpcopyup_keeps_modes_whatever_the_umask()
    {
        Machine.Sh($"mkdir -p '{Bundle.Rootfs}/dir/inner' && chmod 777 '{Bundle.Rootfs}/dir/inner'");
        Bundle.Tmpfs("/dir", "tmpcopyup").Lade.Surroundings = "umask 077";

        RunScript("stat -c %a /dir/inner").Output.Should().Be("777");
    }

    [Theory]
    [InlineData("/conf")]
    [InlineData("real/conf")]
    public void A_missing_directory_behind_a_link_is_made_where_the_link_leads(string link)
    {
        Machine.Sh($"mkdir -p '{Bundle.Rootfs}/real/conf' '{Bundle.Rootfs}/conf' && ln -s '{link}' '{Bundle.Rootfs}/link'");
        Bundle.Tmpfs("/link/stack", "ro", "nodev");

        RunScript("grep -c ' " + (link[0] == '/' ? link : "/" + link) + "/stack tmpfs ro' /proc/mounts").Output.Should().Be("1");
    }

    [Theory]
    [InlineData("//tmp//x///y//", "/tmp/x/y")]
    [InlineData("/tmp/./x/./y", "/tmp/x/y")]
    public void A_destination_with_empty_or_dot_components(string destination, string target)
    {
        Bundle.Tmpfs(destination);

        StartSleeping().MountAt(target).Type.Should().Be("tmpfs");
    }

    [Theory]
    [InlineData("mkfifo", "fifo")]
    [InlineData("python3 -c 'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])'", "socket")]
    [InlineData("touch", "regular empty file")]
    public void A_bind_mount_of_any_kind_of_file(string make, string kind)
    {
        if (make.StartsWith("python3", System.StringComparison.Ordinal))
            Machine.NeedsFile("/usr/bin/python3");
        string source = Bundle.Directory + "/source";
        Machine.Sh(make + " '" + source + "'");
        Bundle.Mount("/tmp/file", "bind", source, "bind");

        RunScript("stat -c %F /tmp/file").Output.Should().Be(kind);
    }

    [Fact]
    public void Sources_that_only_host_root_reaches_are_bound_into_a_user_namespace_and_seen_by_exec()
    {
        foreach (string name in (string[])["one", "two"])
        {
            Machine.Sh($"mkdir -p '{Bundle.Directory}/{name}/dir' && echo {name} >'{Bundle.Directory}/{name}/dir/file' && chmod 700 '{Bundle.Directory}/{name}'");
            Bundle.Mount("/tmp/" + name, null, Bundle.Directory + "/" + name + "/dir", "bind");
        }

        Bundle.UserNamespace();
        Container container = StartSleeping();

        container.Exec(container.Id, "cat", "/tmp/one/file", "/tmp/two/file").Lines.Should().Equal("one", "two");
    }

    [Fact]
    public void A_bind_mount_before_the_cgroup_mount_in_a_user_namespace()
    {
        Machine.NeedsCgroup1();
        Bundle.MakeDirectory("volume");
        Bundle.WithoutNamespace("cgroup").UserNamespace().WithoutMount("/sys/fs/cgroup")
            .Mount("/tmp/volume", null, Bundle.Directory + "/volume", "bind").Mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro");

        RunScript("wc -l </sys/fs/cgroup/pids/tasks").Output.Trim().Should().NotBe("0");
    }

    [Theory]
    [InlineData("/tmp/volume", "nosuid,nodev,noexec")]
    [InlineData("/proc/sys", "nosuid,nodev,noexec")]
    public void A_read_only_path_keeps_the_flags_of_its_mount(string path, string flags)
    {
        Bundle.Set("/mounts/0/options", Bundle.Array(flags.Split(','))).Tmpfs("/tmp/volume", "nosuid", "nodev", "noexec").SetJson("/linux/readonlyPaths", $"""["{path}"]""");

        StartSleeping().MountAt(path).Options.Should().Contain(["ro", .. flags.Split(',')]);
    }

    [Theory]
    [InlineData("/secret", "cat /secret", 0, "")]
    [InlineData("/secret", "rm -f /secret", 1, "busy")]
    [InlineData("/secret", "umount /secret", 1, "not permitted")]
    [InlineData("/hidden", "ls /hidden", 0, "")]
    [InlineData("/hidden", "touch /hidden/x", 1, "Read-only file system")]
    [InlineData("/hidden", "umount /hidden", 1, "not permitted")]
    public void A_mask_cannot_be_taken_away(string path, string command, int code, string message)
    {
        Machine.Sh($"mkdir '{Bundle.Rootfs}/hidden' && touch '{Bundle.Rootfs}/hidden/file'");
        Bundle.File("/secret", "secret\n").SetJson("/linux/maskedPaths", $"""["{path}"]""").Script(command + " 2>&1");
        CommandResult result = NewContainer().Run();

        result.ExitCode.Should().Be(code);
        if (message.Length == 0)
            result.Output.Should().BeEmpty();
        else
            result.Output.Should().Contain(message);
    }

    [Fact]
    public void Masks_lie_on_a_read_only_root_too()
    {
        foreach (string name in (string[])["one", "two", "three"])
            Bundle.File("/" + name + "/file", "");
        Bundle.Set("/root/readonly", true).SetJson("/linux/maskedPaths", """["/one", "/two", "/three"]""");

        RunScript("ls /one /two /three | grep file; stat -c %d /one /two /three | sort -u | wc -l").Output.Should().Be("1");
    }

    [Theory]
    [InlineData("""[{"containerID":100,"hostID":1000,"size":100}]""", """[{"containerID":200,"hostID":2000,"size":50}]""", "1000:2011 1001:2022 1002:2033")]
    [InlineData(
        """[{"containerID":100,"hostID":1000,"size":1},{"containerID":101,"hostID":2000,"size":1},{"containerID":102,"hostID":3000,"size":1}]""",
        """[{"containerID":210,"hostID":1100,"size":10},{"containerID":220,"hostID":2200,"size":10},{"containerID":230,"hostID":3300,"size":10}]""",
        "1000:1101 2000:2202 3000:3303")]
    [InlineData("""[{"containerID":101,"hostID":1000,"size":1}]""", """[{"containerID":222,"hostID":2000,"size":1}]""", "65534:65534 1000:2000 65534:65534")]
    public void Uids_and_gids_of_a_mount_are_mapped_each_by_their_ranges(string uids, string gids, string expected)
    {
        string source = Bundle.MakeDirectory("source");
        Machine.Sh($"cd '{source}' && touch a b c && chown 100:211 a && chown 101:222 b && chown 102:233 c");
        // The same source twice: the plain one keeps its ids.
        Bundle.Mount("/mapped", null, source, "bind").SetJson("/mounts/7/uidMappings", uids).SetJson("/mounts/7/gidMappings", gids).Mount("/plain", null, source, "bind");

        RunScript("cd /mapped; echo $(stat -c %u:%g a b c); cd /plain; echo $(stat -c %u:%g a b c)").Lines.Should().Equal(expected, "100:211 101:222 102:233");
    }

    [Fact]
    public void Who_is_not_mapped_cannot_write_to_a_mapped_mount()
    {
        string source = Bundle.MakeDirectory("source");
        Bundle.Mount("/mapped", null, source, "bind").SetJson("/mounts/7/uidMappings", """[{"containerID":0,"hostID":1000,"size":10}]""")
            .SetJson("/mounts/7/gidMappings", """[{"containerID":0,"hostID":1000,"size":10}]""").Script("touch /mapped/x 2>&1");

        NewContainer().Run().Output.Should().Contain("Value too large");
        Directory.GetFileSystemEntries(source).Should().BeEmpty();
    }
}
