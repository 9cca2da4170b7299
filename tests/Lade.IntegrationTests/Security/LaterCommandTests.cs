using System.Collections.Generic;
using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Security;

/// <summary>Commands on a container that runs act on what was recorded, not on where the container has led a path.</summary>
public sealed class LaterCommandTests : ContainerTest
{
    private const string Add = """[{ "destination": "/w/a", "type": "tmpfs", "source": "tmpfs" }]""";

    public static IEnumerable<object[]> Detours() =>
        from target in (string[])["/proc/sys", "/proc/keys", "/proc", "/sys", "/dev", "/sys/firmware"]
        from way in (string[])["move and link", "link the parent", "rename the parent"]
        select new object[] { target, way };

    [Theory]
    [MemberData(nameof(Detours))]
    public void A_path_that_was_led_elsewhere_is_refused(string target, string way)
    {
        Machine.Sh($"mkdir -p '{Bundle.Rootfs}/w'");
        Container container = StartSleeping();
        string file = Bundle.Directory + "/mounts.json";
        File.WriteAllText(file, Add);
        Bundle.Lade.Run("mounts", "add", "container", file).ExitCode.Should().Be(0);
        // What the container may do: the mount point itself cannot be moved away in its own mount namespace, the directories above can.
        string name = Path.GetFileName(target), directory = Path.GetDirectoryName(target)!;
        ExecScript(container, way switch
        {
            "move and link" => "mv /w /v && mkdir /w && ln -s " + target + " /w/a",
            "link the parent" => "mv /w /v && mkdir -p /x && ln -s " + target + " /x/a && ln -s /x /w",
            _ => "mv /w /v && mkdir /u && ln -s " + target + " /u/a && mv /u /w",
        });
        string[] before = Mounts(container);

        Bundle.Lade.Run("mounts", "remove", "container", file).Error().Should().Contain("no longer leads to the mount");
        foreach (string options in (string[])["\"bind\", \"remount\", \"rw\"", "\"remount\", \"rw\"", "\"rprivate\"", "\"unbindable\""])
        {
            File.WriteAllText(file, """[{ "destination": "/w/a", "options": [""" + options + "] }]");
            CommandResult result = Bundle.Lade.Run("mounts", "add", "container", file);
            result.ExitCode.Should().Be(1, options);
            result.Error().Should().Contain("no longer leads to the mount");
        }

        Mounts(container).Should().Equal(before);
        // Back in its place it can be taken away.
        ExecScript(container, "rm -rf /w 2>/dev/null; mv /v /w");
        File.WriteAllText(file, Add);
        Bundle.Lade.Run("mounts", "remove", "container", file).ExitCode.Should().Be(0);
        Mounts(container).Should().HaveCount(before.Length - 1);
    }

    [Theory]
    [InlineData("""{ "destination": "/proc/sys", "options": ["bind", "remount", "rw"] }""")]
    [InlineData("""{ "destination": "/proc/../proc/sys", "options": ["bind", "remount", "rw"] }""")]
    [InlineData("""{ "destination": "/", "options": ["bind", "remount", "rw"] }""")]
    [InlineData("""{ "destination": "/sys", "options": ["remount", "rw"] }""")]
    [InlineData("""{ "destination": "/dev", "options": ["rshared"] }""")]
    public void What_the_configuration_mounts_is_not_changed(string mount)
    {
        Container container = StartSleeping();
        string file = Bundle.Directory + "/mounts.json";
        File.WriteAllText(file, "[" + mount + "]");
        string[] before = Mounts(container);

        CommandResult result = Bundle.Lade.Run("mounts", "add", "container", file);

        result.ExitCode.Should().Be(1);
        result.Error().Should().Contain("is not a mount that \"mounts add\" made");
        Mounts(container).Should().Equal(before);
    }

    [Fact]
    public void What_was_added_can_be_changed_and_files_can_be_removed()
    {
        Container container = StartSleeping();
        string file = Bundle.Directory + "/mounts.json", data = Bundle.Directory + "/data";
        File.WriteAllText(data, "x");
        File.WriteAllText(file, $$"""[{ "destination": "/f", "source": "{{data}}", "options": ["bind"] }, { "destination": "/d", "type": "tmpfs", "source": "tmpfs" }]""");
        Bundle.Lade.Run("mounts", "add", "container", file).ExitCode.Should().Be(0);
        string remount = Bundle.Directory + "/remount.json";
        File.WriteAllText(remount, """[{ "destination": "/f", "options": ["bind", "remount", "ro"] }, { "destination": "/d", "options": ["bind", "remount", "ro", "noexec"] }]""");
        Bundle.Lade.Run("mounts", "add", "container", remount).ExitCode.Should().Be(0);
        container.MountAt("/f").Options.Should().Contain("ro");
        container.MountAt("/d").Options.Should().Contain(["ro", "noexec"]);

        Bundle.Lade.Run("mounts", "remove", "container", file).ExitCode.Should().Be(0);

        container.MountInfo().Should().NotContain(m => m.Target == "/f" || m.Target == "/d");
        Bundle.Lade.Run("mounts", "remove", "container", file).Error().Should().Contain("is not a mount that");
    }

    /// <summary>An unprivileged user of the container would choose where the host mounts.</summary>
    [Theory]
    [InlineData("/w/a", "ln -s /etc /w/a")]
    [InlineData("/w/a/b", "ln -s /etc /w/a")]
    [InlineData("/w/a/", "ln -s ../etc /w/a")]
    public void A_link_of_the_container_leads_no_mount_elsewhere(string destination, string link)
    {
        Machine.Sh($"mkdir -p '{Bundle.Rootfs}/w'; chmod 777 '{Bundle.Rootfs}/w'");
        Container container = StartSleeping();
        container.Exec("--user", "1000", "container", "sh", "-c", link).ExitCode.Should().Be(0);
        string[] before = Mounts(container);
        string file = Bundle.Directory + "/mounts.json", source = Bundle.MakeDirectory("source");

        foreach (string mount in (string[])["\"type\": \"tmpfs\", \"source\": \"tmpfs\"", $"\"source\": \"{source}\", \"options\": [\"bind\"]"])
        {
            File.WriteAllText(file, $$"""[{ "destination": "{{destination}}", {{mount}} }]""");
            CommandResult result = Bundle.Lade.Run("mounts", "add", "container", file);
            result.ExitCode.Should().Be(1);
            result.Error().Should().Contain("a symbolic link is on the path to \"" + destination + "\"");
        }

        Mounts(container).Should().Equal(before);
    }

    private static string[] Mounts(Container container) => [.. container.MountInfo().Select(m => m.Id + " " + string.Join(',', m.Options) + " " + string.Join(',', m.Propagation))];

    private static void ExecScript(Container container, string script)
    {
        CommandResult result = container.Exec("container", "sh", "-c", script);
        result.ExitCode.Should().Be(0, result.Stderr);
    }
}
