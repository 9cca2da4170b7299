using System;
using System.Net.Sockets;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Lade.IntegrationTests.Terminal;
using Lade.Linux;
using Xunit;
using UnixSockets = Lade.Linux.Sockets;

namespace Lade.IntegrationTests.Exec;

/// <summary>`exec --tty` and the sockets that get its terminal or its pidfd.</summary>
public sealed class ExecTerminalTests : TerminalTest
{
    private string Socket => Bundle.Path + "/some.sock";

    [Fact]
    public void The_terminal_is_the_containers_and_has_the_callers_size()
    {
        Sleeping();
        PseudoTerminal terminal = OnTerminal("$lade exec -t $id sh -c 'tty; stty size; echo to it > /dev/tty; exit 3'; echo code=$?", 33, 77);
        terminal.WaitForEnd().Should().Be("/dev/pts/0\r\n33 77\r\nto it\r\ncode=3\r\n");
    }

    [Fact]
    public void Size_follows_the_callers()
    {
        Sleeping();
        PseudoTerminal terminal = OnTerminal("$lade exec -t $id sh -c \"trap 'echo size \\$(stty size)' WINCH; echo ready; while :; do sleep 0.05; done\"", 33, 77);
        terminal.WaitFor("ready");
        terminal.Resize(40, 120);
        terminal.WaitFor("size 40 120");
    }

    [Fact]
    public void It_echoes_and_interrupts_like_a_terminal()
    {
        Sleeping();
        PseudoTerminal terminal = OnTerminal("$lade exec --tty $id sh -c 'echo ready; read line; echo got $line; sleep 1000'; echo code=$?");
        terminal.WaitFor("ready");
        terminal.Type("it\r");
        terminal.WaitFor("it\r\ngot it\r\n");
        terminal.Type("\u0003");
        terminal.WaitForEnd().Should().EndWith("^Ccode=130\r\n");
    }

    [Fact]
    public void Input_that_ends_ends_it()
    {
        Sleeping();
        Sh("echo 'echo from a pipe' | $lade exec -t $id sh").Should().Contain("from a pipe");
    }

    [Fact]
    public void The_console_of_the_container_stays_its_own()
    {
        Sleeping();
        Sh("$lade exec -t $id sh -c 'ls /dev/console 2>/dev/null; grep -c /dev/console /proc/self/mountinfo'").Should().Be("0\r\n");
    }

    [Fact]
    public void Detached_the_master_goes_to_the_socket()
    {
        Sleeping();
        using Socket listener = Listen();
        Sh("$lade exec -d -t --console-socket some.sock --pid-file pid $id sh -c 'tty; read line; echo got $line' && cat pid").Should().MatchRegex("^[0-9]+$");
        PseudoTerminal terminal = Keep(new PseudoTerminal(Receive(listener)));
        Terminals.IsTerminal(terminal.Master).Should().BeTrue();
        terminal.Type("it\r");
        terminal.WaitForEnd().Should().Contain("/dev/pts/0\r\n").And.EndWith("got it\r\n");
    }

    [Fact]
    public void A_pidfd_goes_to_its_socket()
    {
        Sleeping();
        using Socket listener = Listen();
        Sh("$lade exec -d --pidfd-socket some.sock --pid-file pid $id sleep 1000 </dev/null >/dev/null 2>&1");
        using Fd pidFd = Receive(listener);
        Processes.WaitForEnd(pidFd, 0).Should().BeFalse();
        Processes.Signal(pidFd, Libc.SIGKILL).Should().Be(default(Errno));
        Processes.WaitForEnd(pidFd, 5000).Should().BeTrue();
        Machine.Eventually(() => !Machine.IsAlive(int.Parse(System.IO.File.ReadAllText(Bundle.Path + "/pid"))), "the process of the pid file has ended");
    }

    [Theory]
    [InlineData("-d -t", "cannot allocate tty if lade will detach without setting console socket")]
    [InlineData("-t --console-socket some.sock", "cannot use console socket if lade will not detach or allocate tty")]
    [InlineData("-d --console-socket some.sock", "cannot use console socket if lade will not detach or allocate tty")]
    [InlineData("-d -t --console-socket none.sock", "connect to console socket")]
    [InlineData("-d --pidfd-socket none.sock", "connect to pidfd socket")]
    public void Combinations_that_make_no_sense(string options, string message)
    {
        Sleeping();
        Sh("$lade exec " + options + " $id true; echo code=$?").Should().Contain(message).And.EndWith("code=255\n");
        Container.Processes().Should().HaveCount(1);
    }

    private void Sleeping()
    {
        Bundle.Set("/process/terminal", false).Sleeps();
        Container.RunDetached();
    }

    private Socket Listen()
    {
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(Socket));
        listener.Listen();
        return listener;
    }

    /// <summary>The descriptor of the one message of the one connection.</summary>
    private static Fd Receive(Socket listener)
    {
        listener.Poll(10_000_000, SelectMode.SelectRead).Should().BeTrue("lade connects");
        using Socket connection = listener.Accept();
        using var fd = new Fd((int)connection.Handle);
        try
        {
            Span<byte> data = stackalloc byte[256];
            UnixSockets.Receive(fd, data, out Fd? passed).Should().BePositive();
            return passed ?? throw new Xunit.Sdk.XunitException("no descriptor came");
        }
        finally
        {
            fd.SetHandleAsInvalid();
        }
    }
}
