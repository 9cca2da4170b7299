using System.IO;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Mounts;

/// <summary>File systems of the kernel that depend on the container's namespaces, and the options that are lade's own.</summary>
public sealed class FileSystemTests : ContainerTest
{
    [Fact]
    public void Devpts_takes_its_options()
    {
        Bundle.WithoutMount("/dev/pts").Mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0600", "mode=0640", "gid=7", "max=3").Sleeps();
        Container container = Create();

        container.MountAt("/dev/pts").SuperOptions.Should().Contain(["ptmxmode=600", "mode=640", "gid=7", "max=3"]);
        Machine.Stat(container.PathOf("/dev/pts/ptmx")).Should().Be("character special file 5:2 600 0:0");
    }

    [Fact]
    public void Sysfs_in_a_user_namespace_needs_a_network_namespace_and_says_so()
    {
        Bundle.UserNamespace().WithoutNamespace("network").WithoutMount("/sys").WithoutMount("/sys/fs/cgroup").Mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev");

        CreationError().Should().Contain("to rootfs at \\\"/sys\\\": mount sysfs on /sys").And.Contain("EPERM").And.Contain("its own network namespace");
    }

    [Fact]
    public void The_hosts_sysfs_can_be_bound_instead()
    {
        Bundle.UserNamespace().WithoutNamespace("network").WithoutMount("/sys").WithoutMount("/sys/fs/cgroup").Mount("/sys", "none", "/sys", "rbind", "nosuid", "noexec", "nodev", "rro");

        RunScript("ls -d /sys/class/net/lo; (echo x > /sys/power/state) 2>&1 | grep -c 'Read-only\\|Permission'").Lines.Should().Equal("/sys/class/net/lo", "1");
    }

    [Fact]
    public void Procfs_in_a_user_namespace_where_the_hosts_is_partly_hidden_says_so()
    {
        Bundle.UserNamespace();
        Bundle.Lade.Wrapper = "unshare --mount sh -c 'mount --bind /dev/null /proc/uptime && exec \"$@\"' sh";

        CreationError().Should().Contain("mount proc on /proc").And.Contain("EPERM").And.Contain("nothing mounted over parts of the host's /proc");
    }

    [Fact]
    public void A_link_is_copied_instead_of_mounted()
    {
        string directory = Bundle.MakeDirectory("source");
        Machine.Sh($"ln -s ../usr/share/zone '{directory}/zone'; echo content > '{directory}/file'");
        Bundle.File("/etc/localtime", "images")
            .Mount("/etc/localtime", null, directory + "/zone", "bind", "copy-symlink").Mount("/etc/file", null, directory + "/file", "bind", "copy-symlink");

        RunScript("readlink /etc/localtime; cat /etc/file; grep -c localtime /proc/self/mountinfo; true").Lines.Should().Equal("../usr/share/zone", "content", "0");
    }

    [Fact]
    public void A_link_at_the_destination_is_itself_mounted_on()
    {
        string directory = Bundle.MakeDirectory("source");
        File.WriteAllText(directory + "/file", "content");
        Machine.Sh($"ln -s target '{Bundle.Rootfs}/etc/link'; echo images > '{Bundle.Rootfs}/etc/target'");
        Bundle.Mount("/etc/link", null, directory + "/file", "bind", "dest-nofollow");

        RunScript("cat /etc/link /etc/target").Output.Should().Be("contentimages");
    }

    [Fact]
    public void A_link_as_source_is_itself_mounted()
    {
        string directory = Bundle.MakeDirectory("source");
        Machine.Sh($"ln -s /etc/passwd '{directory}/link'");
        Bundle.Mount("/mnt/link", null, directory + "/link", "bind", "src-nofollow").Sleeps();

        Create().MountAt("/mnt/link").Root.Should().EndWith("/source/link");
    }

    [Fact]
    public void A_new_file_system_follows_no_link_where_that_is_asked_for()
    {
        Machine.Sh($"ln -s tmp '{Bundle.Rootfs}/link'");
        Bundle.Tmpfs("/link", "dest-nofollow");

        CreationError().Should().Contain("/mounts/7").And.Contain("ENOTDIR");
    }

    [Theory]
    [InlineData("rsync", "sync")]
    [InlineData("rdirsync", "dirsync")]
    public void Recursive_flags_of_a_file_system(string option, string shown)
    {
        Bundle.Tmpfs("/mnt", option).Mount("/bound", null, Bundle.MakeDirectory("source"), "rbind", option).Sleeps();

        Create().MountAt("/mnt").SuperOptions.Should().Contain(shown);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(11)]
    public void Files_made_for_mounts_do_not_keep_what_they_are_on_writable(int count)
    {
        // init closes what it has opened every few dozen operations only: how many there are in between matters.
        string file = Bundle.MakeDirectory("source") + "/file";
        File.WriteAllText(file, "content\n");
        Bundle.Set("/root/readonly", true).Tmpfs("/volume", "ro");
        for (int i = 0; i < count; i++)
            Bundle.Mount("/made/" + i, null, file, "bind").Mount("/volume/" + i, null, file, "bind");

        RunScript("cat /made/* /volume/* | wc -l; for d in / /made /volume; do ( : > $d/x ) 2>&1 | grep -c 'Read-only file system'; done")
            .Lines.Should().Equal((2 * count).ToString(), "1", "1", "1");
    }
}
