using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Lade.IntegrationTests.InitSystem;
using Xunit;

namespace Lade.IntegrationTests.Logs;

/// <summary>`--log` to the host's own logs, whose sockets are a test's in a mount namespace of the command's own.</summary>
public sealed class HostLogTests : ContainerTest
{
    /// <summary>Puts a directory with the log's socket over the place where the host has it.</summary>
    private ServiceManager Listen(string directory, string name)
    {
        string place = Bundle.MakeDirectory("place");
        Machine.Sh($"mknod -m 666 '{place}/null' c 1 3; mkdir -p '{place}/systemd/journal'");
        var socket = Keep(new ServiceManager(place + "/" + name));
        Bundle.Lade.Wrapper = "unshare --mount sh -c 'mount --bind " + place + " " + directory + " && exec \"$0\" \"$@\"'";
        return socket;
    }

    [Fact]
    public void The_journal_gets_fields()
    {
        ServiceManager journal = Listen("/run", "systemd/journal/socket");
        Bundle.Lade.GlobalOptions = ["--log", "journald:web"];

        CommandResult result = Bundle.Lade.Run("state", "nonesuch");

        result.Should().Be(new CommandResult(1, "", "container does not exist\n"));
        journal.WaitFor(1).Should().Equal("MESSAGE=container does not exist\nPRIORITY=3\nSYSLOG_FACILITY=3\nSYSLOG_IDENTIFIER=web\n");
    }

    [Fact]
    public void A_record_that_fits_no_datagram_is_handed_over_as_a_file()
    {
        ServiceManager journal = Listen("/run", "systemd/journal/socket");
        Bundle.Lade.GlobalOptions = ["--log=journald:"];
        // All that is wrong with a configuration is one record.
        Bundle.Env([.. Enumerable.Range(0, 10_000).Select(i => "nonsense" + i)]).Save();

        Bundle.Lade.Run("create", "--bundle", Bundle.Path, "c").ExitCode.Should().Be(1);

        journal.WaitFor(1).Should().Equal(" (with a descriptor)");
    }

    [Fact]
    public void Syslog_gets_lines()
    {
        ServiceManager syslog = Listen("/dev", "log");
        Bundle.Lade.GlobalOptions = ["--log", "syslog:web"];

        RunningCommand command = Bundle.Lade.Start("", "state", "nonesuch");

        command.Wait(Bundle.Lade.Timeout).Should().Be(new CommandResult(1, "", "container does not exist\n"));
        syslog.WaitFor(1).Should().Equal("<27>web[" + command.Pid + "]: container does not exist");
    }

    [Fact]
    public void Only_what_is_important_enough_is_sent()
    {
        ServiceManager syslog = Listen("/dev", "log");
        Bundle.Lade.GlobalOptions = ["--log", "syslog:", "--log-level", "error"];
        Bundle.Capabilities(["CAP_NONSENSE"]).Script("exit 0");
        CommandResult quiet = NewContainer().Run();
        (quiet.ExitCode, quiet.Stderr).Should().Be((0, ""));
        syslog.Messages.Should().BeEmpty();

        Bundle.Lade.GlobalOptions = ["--log", "syslog:", "--log-level", "warning"];
        NewContainer("other").Run().ExitCode.Should().Be(0);

        syslog.WaitFor(1)[0].Should().MatchRegex(@"^<28>lade\[\d+\]: .*CAP_NONSENSE");
    }

    [Fact]
    public void A_file_may_have_any_name()
    {
        Bundle.Lade.WorkingDirectory = Bundle.Directory;
        Bundle.Lade.GlobalOptions = ["--log", "file:syslog:x"];

        Bundle.Lade.Run("state", "nonesuch").Stderr.Should().Be("container does not exist\n");

        File.ReadAllText(Bundle.Directory + "/syslog:x").Should().Contain("level=error msg=\"container does not exist\"");
    }

    [Fact]
    public void A_log_that_nobody_keeps_is_an_error_before_anything_is_done()
    {
        Bundle.Lade.Wrapper = "unshare --mount sh -c 'mount -t tmpfs none /run && exec \"$0\" \"$@\"'";
        Bundle.Lade.GlobalOptions = ["--log", "journald:web"];

        CommandResult result = Bundle.Lade.Run("create", "c");

        result.ExitCode.Should().Be(1);
        result.Error().Should().StartWith("connect to the log socket /run/systemd/journal/socket: ENOENT");
    }
}
