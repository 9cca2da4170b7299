using System;
using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Mounts;

/// <summary>`mounts add` and `mounts remove`.</summary>
public sealed class MountsCommandTests : ContainerTest
{
    private CommandResult Try(string what, string json, string id = "container")
    {
        string file = Bundle.Directory + "/mounts.json";
        File.WriteAllText(file, json);
        return Bundle.Lade.Run("mounts", what, id, file);
    }

    private void Add(string json) => Succeed(Try("add", json));

    private void Remove(string json) => Succeed(Try("remove", json));

    private static void Succeed(CommandResult result) => result.ExitCode.Should().Be(0, result.Stderr);

    private string Source()
    {
        string source = Bundle.MakeDirectory("source");
        File.WriteAllText(source + "/file", "content");
        return source;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_running_container_gets_a_directory_and_loses_it_again(bool userNamespace)
    {
        if (userNamespace)
            Bundle.UserNamespace();
        string source = Source();
        Container container = StartSleeping();
        string json = $$"""[{"destination": "/made/here", "source": "{{source}}", "options": ["rbind", "ro", "nosuid"]}]""";

        Add(json);

        File.ReadAllText(container.PathOf("/made/here/file")).Should().Be("content");
        container.MountAt("/made/here").Options.Should().Contain(["ro", "nosuid"]);
        MountInfo.Read("self").Should().NotContain(m => m.Target.StartsWith(Bundle.Path));

        Remove(json);

        container.MountInfo().Should().NotContain(m => m.Target == "/made/here");
        File.Exists(container.PathOf("/made/here/file")).Should().BeFalse();
    }

    [Fact]
    public void A_container_that_waits_for_start_gets_mounts_too()
    {
        string source = Source();
        Bundle.Script("cat /mnt/file");
        Container container = Create();

        Add($$"""[{"destination": "/mnt", "source": "{{source}}", "options": ["bind"]}]""");

        container.Start().WaitForExit();
        container.Stdout.Should().Be("content");
    }

    [Fact]
    public void A_file_and_what_lies_on_top_of_each_other()
    {
        string source = Source();
        Bundle.File("/etc/name", "images");
        Container container = StartSleeping();
        string json = $$"""[{"destination": "/mnt", "type": "tmpfs"}, {"destination": "/mnt/deep/file", "source": "{{source}}/file", "options": ["bind"]}, {"destination": "/etc/name", "source": "{{source}}/file", "options": ["bind"]}]""";

        Add(json);

        File.ReadAllText(container.PathOf("/mnt/deep/file")).Should().Be("content");
        File.ReadAllText(container.PathOf("/etc/name")).Should().Be("content");

        Remove(json);

        Directory.Exists(container.PathOf("/mnt/deep")).Should().BeFalse();
        File.ReadAllText(container.PathOf("/etc/name")).Should().Be("images");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void New_file_systems_are_the_containers(bool userNamespace)
    {
        if (userNamespace)
            Bundle.UserNamespace();
        Container container = StartSleeping();

        Add("""[{"destination": "/mnt", "type": "tmpfs", "options": ["size=1m", "mode=750", "ro"]}, {"destination": "/proc2", "type": "proc"}, {"destination": "/queue", "type": "mqueue"}]""");

        Machine.Stat(container.PathOf("/mnt")).Should().EndWith(userNamespace ? " 750 100000:100000" : " 750 0:0");
        container.MountAt("/mnt").SuperOptions.Should().Contain("size=1024k");
        container.MountAt("/mnt").Options.Should().Contain("ro");
        Directory.GetDirectories(container.PathOf("/proc2")).Select(Path.GetFileName).Where(n => char.IsDigit(n![0])).Should().Equal("1");
        container.MountAt("/queue").Device.Should().Be(container.MountAt("/dev/mqueue").Device);
    }

    [Fact]
    public void An_id_mapped_mount()
    {
        string source = Source();
        Bundle.UserNamespace();
        Container container = StartSleeping();

        Add($$"""[{"destination": "/mnt", "source": "{{source}}", "options": ["bind", "idmap"]}]""");

        Machine.Stat(container.PathOf("/mnt/file")).Should().EndWith(" 100000:100000");
    }

    [Fact]
    public void Mounts_of_the_container_in_it_do_not_reach_the_host()
    {
        HostMount source = Keep(HostMount.Shared(Source()));
        Bundle.Capabilities(["CAP_SYS_ADMIN"]).Script("while ! [ -e /mnt/file ]; do sleep 0.01; done; mkdir /mnt/inner && mount -t tmpfs tmpfs /mnt/inner && echo done; sleep 1000");
        Container container = NewContainer().RunDetached();

        Add($$"""[{"destination": "/mnt", "source": "{{source.Path}}", "options": ["rbind"]}]""");

        container.WaitForOutput("done");
        MountInfo.Read("self").Should().NotContain(m => m.Target == source.Path + "/inner");
    }

    [Fact]
    public void From_standard_input()
    {
        Container container = StartSleeping();

        Succeed(Bundle.Lade.Run("""[{"destination": "/mnt", "type": "tmpfs"}]""", ["mounts", "add", "container", "-"]));

        container.MountAt("/mnt").Type.Should().Be("tmpfs");
    }

    [Theory]
    [InlineData("/alias")]
    [InlineData("/relative")]
    [InlineData("/outside")]
    public void A_destination_behind_a_link_is_refused(string destination)
    {
        string victim = Bundle.MakeDirectory("victim");
        Machine.Sh($"cd '{Bundle.Rootfs}' && mkdir var/target && ln -s /var/target alias && ln -s ../../../../../../var/target relative && ln -s '{victim}' outside");
        Container container = StartSleeping();

        Try("add", $$"""[{"destination": "{{destination}}", "type": "tmpfs", "options": ["size=4k"]}]""").Error().Should().Contain("a symbolic link is on the path");

        MountInfo.Read("self").Should().NotContain(m => m.Target == victim);
        container.MountInfo().Should().NotContain(m => m.SuperOptions.Contains("size=4k"));
    }

    [Theory]
    [InlineData("/proc/sys", "cannot be mounted because it is inside /proc")]
    [InlineData("/alias/sys", "a symbolic link is on the path")]
    [InlineData("/magic", "a symbolic link is on the path")]
    public void Nothing_is_mounted_inside_proc(string destination, string why)
    {
        Machine.Sh($"cd '{Bundle.Rootfs}' && ln -s /proc alias && ln -s /proc/1/cwd magic");
        string source = Source();
        StartSleeping();

        CommandResult result = Try("add", $$"""[{"destination": "{{destination}}", "source": "{{source}}", "options": ["bind"]}]""");

        result.ExitCode.Should().Be(1);
        result.Stderr.Should().Contain("/mounts/0: error mounting").And.Contain(why);
    }

    [Theory]
    [InlineData("""[{"destination": "/mnt", "source": "/no/such", "options": ["bind"]}]""", "/mounts/0: error mounting \\\"/no/such\\\" to rootfs at \\\"/mnt\\\": open /no/such: ENOENT")]
    [InlineData("""[{"destination": "/mnt", "type": "tmpfs", "options": ["bogus"]}]""", "bogus")]
    [InlineData("""[{"destination": "/mnt"}]""", "/mounts/0/type")]
    [InlineData("""[{"destination": "/mnt", "type": "cgroup"}]""", "/mounts/0/type")]
    [InlineData("nonsense", "mounts.json")]
    [InlineData("[]", "/mounts")]
    public void What_cannot_be_added_is_named(string json, string why)
    {
        StartSleeping();

        CommandResult result = Try("add", json);

        result.ExitCode.Should().Be(1);
        result.Stderr.Should().Contain(why);
    }

    [Theory]
    [InlineData("/tmp")]
    [InlineData("/etc/passwd")]
    [InlineData("/")]
    [InlineData("/root-link")]
    [InlineData("/no/such")]
    [InlineData("/proc")]
    [InlineData("/proc/sys")]
    [InlineData("/dev")]
    public void What_was_not_added_is_not_removed(string destination)
    {
        Machine.Sh($"ln -s / '{Bundle.Rootfs}/root-link'");
        Container container = StartSleeping();
        string[] before = [.. container.MountInfo().Select(m => m.Target)];

        CommandResult result = Try("remove", $$"""[{"destination": "{{destination}}"}]""");

        result.ExitCode.Should().Be(1);
        result.Error().Should().Contain("/mounts/0/destination: '" + destination + "' is not a mount that \"mounts add\" made");
        container.MountInfo().Select(m => m.Target).Should().Equal(before);
    }

    [Fact]
    public void A_mount_of_the_root_itself_can_be_removed()
    {
        Container container = StartSleeping();
        string json = $$"""[{"destination": "/mnt", "source": "{{Bundle.Rootfs}}", "options": ["bind"]}]""";
        Add(json);
        container.MountInfo().Should().Contain(m => m.Target == "/mnt");

        Remove(json);

        container.MountInfo().Should().NotContain(m => m.Target == "/mnt").And.Contain(m => m.Target == "/");
    }

    [Fact]
    public void A_container_without_a_mount_namespace_has_nothing_to_change()
    {
        Bundle.WithoutNamespace("mount").Set("/mounts", new System.Text.Json.Nodes.JsonArray()).Remove("/linux/maskedPaths").Remove("/linux/readonlyPaths");
        StartSleeping();

        Try("add", """[{"destination": "/mnt", "type": "tmpfs"}]""").Stderr.Should().Contain("no mount namespace of its own");
    }

    [Fact]
    public void The_container_has_to_run()
    {
        Bundle.Args("true");
        NewContainer().RunDetached().WaitForExit();

        Try("add", """[{"destination": "/mnt", "type": "tmpfs"}]""").Stderr.Should().Contain("container not running");
        Try("add", """[{"destination": "/mnt", "type": "tmpfs"}]""", "nobody").Stderr.Should().Contain("container does not exist");
        Bundle.Lade.Run("mounts", "change", "container", "/dev/null").Stderr.Should().Contain("unknown subcommand 'change'");
    }
}
