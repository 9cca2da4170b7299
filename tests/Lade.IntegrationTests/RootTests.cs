using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests;

/// <summary><c>root</c> and <c>linux.rootfsPropagation</c>.</summary>
public sealed class RootTests : ContainerTest
{
    [Fact]
    public void A_relative_path_is_the_bundles_and_not_the_callers()
    {
        Bundle.Lade.WorkingDirectory = "/usr";

        RunScript("ls -d /bin/sh").Output.Should().Be("/bin/sh");
    }

    [Fact]
    public void An_absolute_path_may_lie_anywhere()
    {
        Directory.Move(Bundle.Rootfs, Bundle.Directory + "/elsewhere");
        Bundle.Set("/root/path", Bundle.Directory + "/elsewhere");

        RunScript("echo in").Output.Should().Be("in");
    }

    [Fact]
    public void The_bundle_is_by_default_the_current_directory()
    {
        Bundle.Script("echo in").Save();
        Bundle.Lade.WorkingDirectory = Bundle.Path;

        Bundle.Lade.Run("run", "x").Stdout.Should().Be("in\n");
    }

    [Theory]
    [InlineData("absent", "no such directory")]
    [InlineData("config.json", "not a directory")]
    public void A_path_that_is_no_directory_is_an_error(string path, string reason)
    {
        Bundle.Set("/root/path", path);

        CreationError().Should().Contain(reason).And.Contain("/root/path");
    }

    [Fact]
    public void The_root_is_writable_unless_it_is_said_to_be_read_only()
    {
        RunScript("echo x > /made");

        File.ReadAllText(Bundle.Rootfs + "/made").Should().Be("x\n");
    }

    [Fact]
    public void A_read_only_root_refuses_writes_but_mounts_on_it_take_them()
    {
        Bundle.Set("/root/readonly", true).Tmpfs("/mnt").Tmpfs("/made/at/create");

        RunScript("touch /x 2>&1 | grep -o 'Read-only.*'; touch /mnt/x /made/at/create/x /dev/x && echo written").Lines.Should().Equal("Read-only file system", "written");
    }

    [Fact]
    public void Mounts_below_the_root_directory_come_along()
    {
        HostMount below = Keep(HostMount.Tmpfs(Bundle.Rootfs + "/volume"));
        File.WriteAllText(below.Path + "/file", "in");

        RunScript("cat /volume/file").Output.Should().Be("in");
    }

    [Theory]
    [InlineData(null, "")]
    [InlineData("private", "")]
    [InlineData("rprivate", "")]
    [InlineData("slave", "")]
    [InlineData("rslave", "")]
    [InlineData("shared", "shared:")]
    [InlineData("rshared", "shared:")]
    [InlineData("unbindable", "unbindable")]
    [InlineData("runbindable", "unbindable")]
    public void Propagation_of_the_root(string? value, string shown)
    {
        if (value is not null)
            Bundle.Set("/linux/rootfsPropagation", value);
        Bundle.Sleeps();

        string propagation = string.Join(' ', Create().MountAt("/").Propagation);

        if (shown.Length == 0)
            propagation.Should().BeEmpty();
        else
            propagation.Should().StartWith(shown);
    }

    [Theory]
    [InlineData("slave")]
    [InlineData("rslave")]
    public void A_slave_root_hears_of_mounts_of_the_host(string value)
    {
        Keep(HostMount.Shared(Bundle.Rootfs));
        Directory.CreateDirectory(Bundle.Rootfs + "/late");
        Bundle.Set("/linux/rootfsPropagation", value).Sleeps();
        Container container = Create();
        container.MountAt("/").Propagation.Should().ContainSingle().Which.Should().StartWith("master:");

        Machine.Sh($"mount -t tmpfs tmpfs '{Bundle.Rootfs}/late'");

        container.MountInfo().Select(m => m.Target).Should().Contain("/late");
    }

    [Fact]
    public void An_unknown_propagation_is_an_error()
    {
        Bundle.Set("/linux/rootfsPropagation", "nonsense");

        CreationError().Should().Contain("/linux/rootfsPropagation");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("shared")]
    [InlineData("rshared")]
    [InlineData("private")]
    [InlineData("rslave")]
    public void No_mount_of_a_container_leaks_to_a_shared_mount_of_the_host(string? propagation)
    {
        Keep(HostMount.Shared(Bundle.Path));
        if (propagation is not null)
            Bundle.Set("/linux/rootfsPropagation", propagation);
        Bundle.Tmpfs("/mnt").Sleeps();
        Container container = NewContainer();
        Bundle.Lade.Run("create", "--bundle", Bundle.Save().Path, container.Id).ExitCode.Should().Be(0);

        MountInfo.Read("self").Count(m => m.Target.StartsWith(Bundle.Path)).Should().Be(1);
        container.Delete(force: true);
        MountInfo.Read("self").Count(m => m.Target.StartsWith(Bundle.Path)).Should().Be(1, "unmounts do not reach the host either");
    }

    [Fact]
    public void Without_pivot_root_the_root_is_moved_to_the_top()
    {
        Bundle.Script("ls -d /bin/sh; grep -c . /proc/self/mountinfo; ls /../.. | grep -c '^bin$'");
        CommandResult result = NewContainer().Run("--no-pivot");

        result.ExitCode.Should().Be(0, result.Stderr);
        result.Lines[0].Should().Be("/bin/sh");
        result.Lines[2].Should().Be("1");
    }

    [Fact]
    public void Nothing_above_the_root_can_be_reached()
    {
        RunScript("cd /; cd ../../..; pwd; ls -d etc/passwd; stat -c %i / /..").Lines.Should().StartWith(["/", "etc/passwd"]);
    }
}
