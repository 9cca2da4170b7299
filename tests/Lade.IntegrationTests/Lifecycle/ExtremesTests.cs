using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Lifecycle;

/// <summary>Much of everything, and strange names.</summary>
public sealed class ExtremesTests : ContainerTest
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Three_hundred_mounts(bool userNamespace)
    {
        if (userNamespace)
            Bundle.UserNamespace();
        for (int i = 0; i < 300; i++)
            Bundle.Mount("/m/" + i, null, i % 2 == 0 ? "/usr/share" : "/etc/hostname", "bind", "ro");

        RunScript("ls /m | grep -c .; grep -c ' /m/' /proc/self/mountinfo").Lines.Should().Equal("300", "300");
    }

    [Fact]
    public void More_mounts_than_descriptors_are_an_error()
    {
        for (int i = 0; i < 5000; i++)
            Bundle.Mount("/m/" + i, null, "/usr/share", "bind");

        CreationError().Should().Contain("too many mounts and namespaces: ").And.Contain(", at most 4096");
    }

    [Fact]
    public void A_megabyte_of_environment()
    {
        Bundle.Env([.. Enumerable.Range(0, 100).Select(i => "V" + i + "=" + new string('x', 10_000)), "PATH=/bin"]);

        RunScript("env | wc -c").Output.Should().MatchRegex("^100\\d{4}$");
    }

    [Fact]
    public void More_environment_than_the_kernel_takes_is_an_error()
    {
        Bundle.Env("PATH=/bin", "LONG=" + new string('x', 200_000));
        Container container = NewContainer();

        CommandResult result = container.Run();

        result.Error().Should().EndWith("exec: \"sh\": argument list too long");
        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void A_state_root_deeper_than_a_socket_address_is_long()
    {
        string root = Bundle.Directory + "/" + string.Join('/', Enumerable.Repeat("a-directory-of-some-length", 12));
        Bundle.Sleeps();
        Bundle.Lade.GlobalOptions = ["--root", root];
        Container container = NewContainer().Create();

        File.Exists(root + "/container/state.json").Should().BeTrue();
        container.Start().StatusWord.Should().Be("running");
        container.Delete(force: true).ExitCode.Should().Be(0);
        Directory.GetFileSystemEntries(root).Should().BeEmpty();
    }

    [Fact]
    public void A_bundle_with_a_strange_name()
    {
        string strange = Bundle.Directory + "/a b\n\"c\"\\d ü %s";
        Bundle.Tmpfs("/new dir\n\t/ü").Script("echo $0; grep -c 'new.*dir' /proc/self/mountinfo").Save();
        Directory.Move(Bundle.Path, strange);
        try
        {
            Bundle.Lade.Run("create", "--bundle", strange, "c").Should().Be(new CommandResult(0, "", ""));

            ((string)JsonNode.Parse(Bundle.Lade.Run("state", "c").Stdout)!["bundle"]!).Should().Be(strange);
            Bundle.Lade.Run("list").ExitCode.Should().Be(0);
            Bundle.Lade.Run("delete", "c").Should().Be(new CommandResult(0, "", ""));
            Bundle.Lade.Run("run", "--bundle", strange, "c").Should().Be(new CommandResult(0, "sh\n1\n", ""));
        }
        finally
        {
            Directory.Move(strange, Bundle.Path);
        }
    }

    [Fact]
    public void An_id_as_long_as_a_file_name_can_be_and_one_longer()
    {
        string longest = new('i', 255);
        Bundle.Sleeps();
        Container container = NewContainer(longest).Create();
        container.StatusWord.Should().Be("created");

        CommandResult result = Bundle.Lade.Run("create", "--bundle", Bundle.Path, longest + "i");

        result.ExitCode.Should().Be(1);
        result.Error().Should().Contain("ENAMETOOLONG");
    }

    [Fact]
    public void State_is_whole_at_every_moment()
    {
        Bundle.Args("true").Save();
        RunningCommand[] runs = [.. Enumerable.Range(0, 3).Select(_ => Bundle.Lade.Start("", "run", "--bundle", Bundle.Path, "c"))];
        for (int i = 0; i < 60; i++)
        {
            CommandResult result = Bundle.Lade.Run("state", "c");
            if (result.ExitCode == 0)
                ((string)JsonNode.Parse(result.Stdout)!["status"]!).Should().BeOneOf("creating", "created", "running", "stopped");
            else
                result.Error().Should().Be("container does not exist");
            if (i % 10 == 0)
                Bundle.Lade.Run("list", "--format", "json").ExitCode.Should().Be(0);
        }

        runs.Select(r => r.Wait(TimeSpan.FromSeconds(20)).ExitCode).Should().Contain(0);
    }

    [Fact]
    public void Closed_standard_streams_of_the_caller_harm_nobody()
    {
        Bundle.Script("exec 9>/out; ls -l /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 >&9 2>&9; exit 4").Save();
        string command = $"{LadeProgram.Path} --root {Bundle.Lade.StateRoot} run --bundle {Bundle.Path} c <&- >&- 2>&-; echo $?";

        Machine.Sh(command).Should().Be("4");

        File.ReadAllText(Bundle.Rootfs + "/out").Should().NotContain("No such file");
        Machine.Sh($"{LadeProgram.Path} --root {Bundle.Lade.StateRoot} state nobody <&- >&- 2>&-; echo $?").Should().Be("1");
    }

    [Fact]
    public void A_log_that_cannot_be_written_does_not_change_the_result()
    {
        Bundle.Lade.GlobalOptions = ["--log", "/dev/full"];

        CommandResult result = Bundle.Lade.Run("state", "nobody");

        result.ExitCode.Should().Be(1);
        result.Stderr.Should().Contain("write /dev/full: ENOSPC").And.EndWith("container does not exist\n");
    }
}
