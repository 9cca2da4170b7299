using System.Collections.Generic;
using System.Text;
using FluentAssertions;
using Lade.Configuration;
using Lade.InitSystem;
using Xunit;

namespace Lade.Tests.InitSystem;

public sealed class ServiceEnvironmentTests
{
    private const int Pid = 4711;

    private static readonly Spec s_spec = new()
    {
        OciVersion = "1.3.0",
        Process = new ProcessSpec { Cwd = "/", Args = ["sh"], Env = ["PATH=/bin", "LISTEN_FDS=9"] },
        Mounts = [new MountSpec { Destination = "/proc", Type = "proc" }],
    };

    [Theory]
    [InlineData("", null, 0, null)]
    [InlineData("NOTIFY_SOCKET=", null, 0, null)]
    [InlineData("NOTIFY_SOCKET=/run/s", "/run/s", 0, null)]
    [InlineData("NOTIFY_SOCKET=@s", "@s", 0, null)]
    [InlineData("LISTEN_FDS=2 LISTEN_PID=4711", null, 2, null)]
    [InlineData("LISTEN_FDS=2 LISTEN_PID=4711 LISTEN_FDNAMES=a:b", null, 2, "a:b")]
    [InlineData("LISTEN_FDS=2 LISTEN_PID=4711 NOTIFY_SOCKET=/s", "/s", 2, null)]
    // Sockets for another process.
    [InlineData("LISTEN_FDS=2", null, 0, null)]
    [InlineData("LISTEN_FDS=2 LISTEN_PID=1 LISTEN_FDNAMES=a:b", null, 0, null)]
    [InlineData("LISTEN_FDS=2 LISTEN_PID=x", null, 0, null)]
    // Not a number of sockets.
    [InlineData("LISTEN_FDS=0 LISTEN_PID=4711 LISTEN_FDNAMES=a", null, 0, null)]
    [InlineData("LISTEN_FDS=-1 LISTEN_PID=4711", null, 0, null)]
    [InlineData("LISTEN_FDS=two LISTEN_PID=4711", null, 0, null)]
    [InlineData("LISTEN_FDS=99999999999 LISTEN_PID=4711", null, 0, null)]
    public void Reads_the_variables(string variables, string? notify, int sockets, string? names)
    {
        var values = new Dictionary<string, string>();
        foreach (string variable in variables.Split(' ', System.StringSplitOptions.RemoveEmptyEntries))
            values.Add(variable.Split('=')[0], variable.Split('=')[1]);

        ServiceEnvironment.Read(name => values.GetValueOrDefault(name), Pid).Should()
            .Be(new ServiceEnvironment { NotifySocket = notify, ListenFds = sockets, ListenFdNames = names });
    }

    [Fact]
    public void Adds_the_notification_socket()
    {
        Spec extended = new ServiceEnvironment { NotifySocket = "/run/s" }.Extend(s_spec, "/run/lade/c1");

        extended.Process!.Env.Should().Equal("PATH=/bin", "LISTEN_FDS=9", "NOTIFY_SOCKET=/run/notify/notify.sock");
        extended.Mounts.Should().HaveCount(2);
        extended.Mounts[1].Should().BeEquivalentTo(new MountSpec
        {
            Destination = "/run/notify",
            Source = "/run/lade/c1/notify",
            Options = ["bind", "ro", "nosuid", "nodev", "noexec"],
        });
    }

    [Fact]
    public void Overrides_the_variables_of_the_configuration()
    {
        Spec extended = new ServiceEnvironment { ListenFds = 2, ListenFdNames = "http:https" }.Extend(s_spec, "/run/lade/c1");

        extended.Process!.Env.Should().Equal("PATH=/bin", "LISTEN_FDS=9", "LISTEN_FDS=2", "LISTEN_PID=1", "LISTEN_FDNAMES=http:https");
        extended.Mounts.Should().BeSameAs(s_spec.Mounts);
    }

    [Fact]
    public void Adds_nothing_without_sockets_or_program()
    {
        ServiceEnvironment.None.Extend(s_spec, "/c").Should().BeSameAs(s_spec);
        Spec empty = s_spec with { Process = null };
        new ServiceEnvironment { NotifySocket = "/s", ListenFds = 1 }.Extend(empty, "/c").Should().BeSameAs(empty);
    }

    [Theory]
    [InlineData("READY=1", "READY=1")]
    [InlineData("READY=1\n", "READY=1")]
    [InlineData("STATUS=a\nREADY=1\nMAINPID=1", "READY=1")]
    [InlineData("READY=", "READY=")]
    [InlineData("", "")]
    [InlineData("\n\n", "")]
    [InlineData("STATUS=READY=1", "")]
    [InlineData("ready=1", "")]
    [InlineData("READY", "")]
    public void Finds_the_ready_line(string message, string line) =>
        Encoding.UTF8.GetString(Readiness.ReadyLine(Encoding.UTF8.GetBytes(message))).Should().Be(line);
}
