using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests;

/// <summary>Every option of config.md's table "Linux mount options", as the kernel shows its effect in mountinfo.</summary>
public sealed class MountOptionTests : ContainerTest
{
    /// <summary>A name in <see cref="MountInfo.Options"/>; strictatime is shown by neither relatime nor noatime.</summary>
    private static bool Has(MountInfo mount, string flag) =>
        flag == "strictatime" ? !mount.Options.Contains("relatime") && !mount.Options.Contains("noatime") : mount.Options.Contains(flag);

    private MountInfo Mounted(params string[] options)
    {
        bool bind = options.Contains("bind");
        Bundle.Mount("/mnt", bind ? "none" : "tmpfs", bind ? Bundle.MakeDirectory("source") : "tmpfs", options).Sleeps();
        return Create().MountAt("/mnt");
    }

    [Theory]
    [InlineData("ro", "ro")]
    [InlineData("nosuid", "nosuid")]
    [InlineData("nodev", "nodev")]
    [InlineData("noexec", "noexec")]
    [InlineData("noatime", "noatime")]
    [InlineData("nodiratime", "nodiratime")]
    [InlineData("nosymfollow", "nosymfollow")]
    [InlineData("relatime", "relatime")]
    [InlineData("strictatime", "strictatime")]
    [InlineData("defaults", "rw")]
    [InlineData("silent", "rw")]
    [InlineData("loud", "rw")]
    public void An_attribute_is_set(string option, string flag)
    {
        Bundle.Tmpfs("/new", option).Mount("/bound", null, Bundle.MakeDirectory("source"), "bind", option).Sleeps();
        Container container = Create();

        container.MountAt("/new").Should().Match<MountInfo>(m => Has(m, flag));
        container.MountAt("/bound").Should().Match<MountInfo>(m => Has(m, flag));
    }

    [Theory]
    [InlineData("ro", "rw", "ro")]
    [InlineData("nosuid", "suid", "nosuid")]
    [InlineData("nodev", "dev", "nodev")]
    [InlineData("noexec", "exec", "noexec")]
    [InlineData("noatime", "atime", "noatime")]
    [InlineData("nodiratime", "diratime", "nodiratime")]
    [InlineData("nosymfollow", "symfollow", "nosymfollow")]
    [InlineData("strictatime", "nostrictatime", "strictatime")]
    [InlineData("noatime", "relatime", "noatime")]
    [InlineData("strictatime", "noatime", "strictatime")]
    public void The_last_of_contradicting_options_wins(string first, string last, string flag)
    {
        Bundle.Tmpfs("/new", first, last).Mount("/bound", null, Bundle.MakeDirectory("source"), "bind", first, last).Sleeps();
        Container container = Create();

        container.MountAt("/new").Should().Match<MountInfo>(m => !Has(m, flag));
        container.MountAt("/bound").Should().Match<MountInfo>(m => !Has(m, flag));
    }

    [Theory]
    [InlineData("ro", "rw")]
    [InlineData("nosuid", "suid")]
    [InlineData("nodev", "dev")]
    [InlineData("noexec", "exec")]
    [InlineData("noatime", "atime")]
    [InlineData("nodiratime", "diratime")]
    [InlineData("nosymfollow", "symfollow")]
    [InlineData("strictatime", "nostrictatime")]
    public void A_bind_mount_has_its_sources_attribute_until_an_option_clears_it(string attribute, string clearing)
    {
        HostMount source = Keep(HostMount.Tmpfs(Bundle.MakeDirectory("source"), attribute));
        Bundle.Mount("/kept", null, source.Path, "bind").Mount("/cleared", null, source.Path, "bind", clearing).Sleeps();
        Container container = Create();

        container.MountAt("/kept").Should().Match<MountInfo>(m => Has(m, attribute));
        container.MountAt("/cleared").Should().Match<MountInfo>(m => !Has(m, attribute));
        MountInfo.Read("self").Single(m => m.Target == source.Path).Should().Match<MountInfo>(m => Has(m, attribute), "the host's mount stays as it is");
    }

    [Theory]
    [InlineData("rro", "ro")]
    [InlineData("rnosuid", "nosuid")]
    [InlineData("rnodev", "nodev")]
    [InlineData("rnoexec", "noexec")]
    [InlineData("rnoatime", "noatime")]
    [InlineData("rnodiratime", "nodiratime")]
    [InlineData("rnosymfollow", "nosymfollow")]
    [InlineData("rstrictatime", "strictatime")]
    public void A_recursive_option_sets_the_attribute_on_mounts_below_too(string option, string flag)
    {
        HostMount source = SourceWithSubmount("rw");
        Bundle.Mount("/tree", null, source.Path, "rbind", option).Mount("/top", null, source.Path, "rbind", option[1..]).Sleeps();
        Container container = Create();

        container.MountAt("/tree").Should().Match<MountInfo>(m => Has(m, flag));
        container.MountAt("/tree/below").Should().Match<MountInfo>(m => Has(m, flag));
        container.MountAt("/top").Should().Match<MountInfo>(m => Has(m, flag));
        container.MountAt("/top/below").Should().Match<MountInfo>(m => !Has(m, flag), "without the r the option is for the upper mount only");
    }

    [Theory]
    [InlineData("rrw", "ro")]
    [InlineData("rsuid", "nosuid")]
    [InlineData("rdev", "nodev")]
    [InlineData("rexec", "noexec")]
    [InlineData("ratime", "noatime")]
    [InlineData("rdiratime", "nodiratime")]
    [InlineData("rsymfollow", "nosymfollow")]
    [InlineData("rnostrictatime", "strictatime")]
    [InlineData("rrelatime", "noatime")]
    public void A_recursive_option_clears_the_attribute_on_mounts_below_too(string option, string flag)
    {
        HostMount source = SourceWithSubmount(flag);
        Bundle.Mount("/tree", null, source.Path, "rbind", option).Sleeps();
        Container container = Create();

        container.MountAt("/tree").Should().Match<MountInfo>(m => !Has(m, flag));
        container.MountAt("/tree/below").Should().Match<MountInfo>(m => !Has(m, flag));
    }

    [Fact]
    public void Norelatime_leaves_the_kernels_default()
    {
        HostMount source = SourceWithSubmount("rw");
        Bundle.Mount("/tree", null, source.Path, "rbind", "rnorelatime").Tmpfs("/new", "norelatime").Sleeps();
        Container container = Create();

        container.MountAt("/tree/below").Options.Should().Contain("relatime");
        container.MountAt("/new").Options.Should().Contain("relatime");
    }

    [Theory]
    [InlineData("sync")]
    [InlineData("dirsync")]
    [InlineData("lazytime")]
    [InlineData("mand")]
    public void An_option_of_the_superblock_is_set(string option)
    {
        // The kernel has taken mandatory locking out, but shows the flag.
        Mounted(option).SuperOptions.Should().Contain(option);
    }

    [Theory]
    [InlineData("sync", "async", "sync")]
    [InlineData("lazytime", "nolazytime", "lazytime")]
    [InlineData("mand", "nomand", "mand")]
    public void An_option_of_the_superblock_is_cleared(string set, string clear, string flag)
    {
        Mounted(set, clear).SuperOptions.Should().NotContain(flag);
    }

    [Theory]
    [InlineData("iversion")]
    [InlineData("noiversion")]
    [InlineData("async")]
    public void Options_without_visible_effect_are_taken(string option) => Mounted(option).Type.Should().Be("tmpfs");

    [Theory]
    [InlineData("sync")]
    [InlineData("dirsync")]
    [InlineData("lazytime")]
    [InlineData("iversion")]
    public void A_bind_mount_takes_superblock_options_without_effect(string option) => Mounted("bind", option).SuperOptions.Should().NotContain(option);

    [Theory]
    [InlineData("private", false, false, false)]
    [InlineData("rprivate", false, false, false)]
    [InlineData("shared", true, false, false)]
    [InlineData("rshared", true, true, false)]
    [InlineData("slave", false, false, true)]
    [InlineData("rslave", false, false, true)]
    public void Propagation_of_a_bind_mount(string option, bool shared, bool sharedBelow, bool slave)
    {
        HostMount source = SourceWithSubmount("rw");
        Machine.Sh($"mount --make-rshared '{source.Path}'");
        Bundle.Mount("/tree", null, source.Path, "rbind", option).Sleeps();
        Container container = Create();

        MountInfo top = container.MountAt("/tree");
        MountInfo below = container.MountAt("/tree/below");
        top.Propagation.Any(p => p.StartsWith("shared:")).Should().Be(shared);
        below.Propagation.Any(p => p.StartsWith("shared:")).Should().Be(sharedBelow);
        if (option is "private" or "rprivate")
            top.Propagation.Should().BeEmpty();
        if (option is "rprivate")
            below.Propagation.Should().BeEmpty();
        if (slave)
            top.Propagation.Should().ContainSingle().Which.Should().StartWith("master:");
    }

    [Theory]
    [InlineData("unbindable", false)]
    [InlineData("runbindable", true)]
    public void Unbindable(string option, bool below)
    {
        HostMount source = SourceWithSubmount("rw");
        Bundle.Mount("/tree", null, source.Path, "rbind", option).Sleeps();
        Container container = Create();

        container.MountAt("/tree").Propagation.Should().Equal("unbindable");
        container.MountAt("/tree/below").Propagation.Contains("unbindable").Should().Be(below);
    }

    [Theory]
    [InlineData("shared", "shared:")]
    [InlineData("unbindable", "unbindable")]
    public void Propagation_of_a_new_mount(string option, string shown) => Mounted(option).Propagation.Should().ContainSingle().Which.Should().StartWith(shown);

    [Fact]
    public void Mounts_of_the_host_reach_a_slave_and_not_back()
    {
        HostMount source = Keep(HostMount.Shared(Bundle.MakeDirectory("source")));
        Bundle.Mount("/slave", null, source.Path, "rbind", "rslave")
            .Mount("/private", null, source.Path, "rbind", "rprivate")
            .Capabilities(["CAP_SYS_ADMIN"]).Remove("/linux/seccomp")
            .Script("mkdir /slave/inner && mount -t tmpfs tmpfs /slave/inner && echo done && sleep 1000");
        Container container = NewContainer().RunDetached().WaitForOutput("done");
        Keep(HostMount.Tmpfs(source.Path + "/late"));

        container.MountInfo().Select(m => m.Target).Should().Contain("/slave/late").And.NotContain("/private/late");
        MountInfo.Read("self").Select(m => m.Target).Should().NotContain(source.Path + "/inner");
    }

    [Fact]
    public void Mounts_of_a_container_reach_the_host_by_a_shared_mount_alone()
    {
        HostMount source = Keep(HostMount.Shared(Bundle.MakeDirectory("source")));
        Bundle.Set("/linux/rootfsPropagation", "rshared")
            .Mount("/shared", null, source.Path, "rbind", "rshared")
            .Capabilities(["CAP_SYS_ADMIN"])
            .Script("mkdir /shared/inner && mount -t tmpfs tmpfs /shared/inner && echo done && sleep 1000");

        NewContainer().RunDetached().WaitForOutput("done");

        MountInfo.Read("self").Select(m => m.Target).Should().Contain(source.Path + "/inner");
    }

    [Fact]
    public void Options_that_are_no_flags_are_the_file_systems()
    {
        MountInfo mount = Mounted("size=1m", "mode=700", "nr_inodes=100", "nosuid", "uid=7");

        mount.SuperOptions.Should().Contain(["size=1024k", "mode=700", "nr_inodes=100", "uid=7"]);
        mount.Options.Should().Contain("nosuid");
    }

    [Fact]
    public void An_option_that_nobody_knows_is_an_error_that_names_it()
    {
        Bundle.Tmpfs("/mnt", "bogus=1");

        CreationError().Should().Contain("/mnt").And.Contain("bogus").And.Contain("EINVAL").And.Contain("/mounts/7");
    }

    [Fact]
    public void A_bad_value_is_an_error_with_the_kernels_words()
    {
        Bundle.Tmpfs("/mnt", "size=large");

        CreationError().Should().Contain("/mounts/7").And.Contain("size");
    }

    [Fact]
    public void A_bind_mount_has_no_options_of_a_file_system()
    {
        Bundle.Mount("/mnt", null, Bundle.MakeDirectory("source"), "bind", "size=1m");

        CreationError().Should().Contain("size=1m").And.Contain("/mounts/7");
    }

    [Fact]
    public void Remount_changes_the_flags_of_what_is_mounted()
    {
        Bundle.Tmpfs("/mnt").Mount("/mnt", null, null, "remount", "bind", "ro", "nosuid").Sleeps();
        Container container = Create();

        container.MountAt("/mnt").Options.Should().Contain(["ro", "nosuid"]);
        container.MountInfo().Count(m => m.Target == "/mnt").Should().Be(1);
    }

    [Fact]
    public void Remount_changes_the_options_of_the_file_system()
    {
        Bundle.Tmpfs("/mnt", "size=1m").Mount("/mnt", "tmpfs", "tmpfs", "remount", "size=2m", "noexec").Sleeps();
        MountInfo mount = Create().MountAt("/mnt");

        mount.SuperOptions.Should().Contain("size=2048k");
        mount.Options.Should().Contain("noexec");
    }

    [Fact]
    public void Remount_of_what_is_no_mount_is_an_error()
    {
        Bundle.Mount("/tmp", null, null, "remount", "bind", "ro");

        CreationError().Should().Contain("/mounts/7").And.Contain("/tmp");
    }

    [Fact]
    public void Tmpcopyup_fills_the_tmpfs_with_what_it_hides()
    {
        Bundle.File("/data/deep/file", "content").Tmpfs("/data", "tmpcopyup", "size=1m").Capabilities(["CAP_DAC_OVERRIDE"]);
        Machine.Sh($"cd '{Bundle.Rootfs}/data' && ln -s deep/file link && chmod 640 deep/file && chown 7:8 deep/file && chmod 1750 deep && touch -d @1000000 deep/file && mkfifo pipe");

        RunScript("cd /data; cat link; stat -c '%a %u:%g %Y' deep/file; stat -c %a deep; stat -c %F pipe; echo more > deep/file; readlink link").Lines
            .Should().Equal("content640 7:8 1000000", "1750", "fifo", "deep/file");
        System.IO.File.ReadAllText(Bundle.Rootfs + "/data/deep/file").Should().Be("content");
    }

    /// <summary>Nothing in a procfs or sysfs is the image's, and reading some of their files has effects; the host's root would read them.</summary>
    [Theory]
    [InlineData("/proc")]
    [InlineData("/sys/firmware")]
    [InlineData("/sys/module")]
    public void Tmpcopyup_copies_nothing_of_the_kernels(string target)
    {
        Machine.Sh($"ln -s {target} '{Bundle.Rootfs}/data'");
        Bundle.Tmpfs("/data", "tmpcopyup");

        CreationError().Should().Contain("/mounts/").And.Contain("copying the existing contents");
    }

    [Fact]
    public void Tmpcopyup_may_be_read_only()
    {
        Bundle.File("/data/file", "content").Tmpfs("/data", "tmpcopyup", "ro");

        RunScript("cat /data/file; echo x > /data/file || echo refused").Output.Should().Be("contentrefused");
    }

    /// <summary>A tmpfs with a tmpfs in its directory below, both with that option.</summary>
    private HostMount SourceWithSubmount(string option)
    {
        HostMount source = Keep(HostMount.Tmpfs(Bundle.MakeDirectory("source")));
        Machine.Sh($"mkdir '{source.Path}/below' && mount -t tmpfs -o {option} tmpfs '{source.Path}/below' && mount -o remount,bind,{option} '{source.Path}'");
        return source;
    }
}
