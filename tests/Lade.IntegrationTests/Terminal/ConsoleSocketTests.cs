using System;
using System.Net.Sockets;
using System.Text;
using FluentAssertions;
using Lade.Linux;
using Xunit;
using UnixSockets = Lade.Linux.Sockets;

namespace Lade.IntegrationTests.Terminal;

/// <summary>Terminals of containers that nobody stays with: the master goes to a console socket.</summary>
public sealed class ConsoleSocketTests : TerminalTest
{
    private readonly Socket _listener;

    public ConsoleSocketTests()
    {
        _listener = Keep(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified));
        _listener.Bind(new UnixDomainSocketEndPoint(Bundle.Path + "/console.sock"));
        _listener.Listen();
    }

    [Theory]
    [InlineData("create", "$lade start $id")]
    [InlineData("run --detach", "true")]
    public void The_master_arrives_and_works(string command, string start)
    {
        Bundle.SetJson("/process/consoleSize", """{"height":11,"width":22}""").Script("tty; stty size; read line; echo got $line");
        Sh("$lade " + command + " --console-socket console.sock $id && " + start).Should().BeEmpty();
        PseudoTerminal terminal = Receive();
        terminal.WaitFor("/dev/pts/0\r\n11 22\r\n");
        terminal.Type("it\r");
        terminal.WaitForEnd().Should().EndWith("got it\r\n");
    }

    [Fact]
    public void The_master_is_there_before_create_returns()
    {
        Bundle.Script("read line; echo got $line");
        Sh("$lade create --console-socket console.sock --pid-file pid $id && cat pid").Should().MatchRegex("^[0-9]+$");
        PseudoTerminal terminal = Receive();
        // Typed ahead of the program.
        terminal.Type("early\r");
        Sh("$lade start $id").Should().BeEmpty();
        terminal.WaitForEnd().Should().EndWith("got early\r\n");
    }

    [Theory]
    [InlineData("create --console-socket console.sock $id")]
    [InlineData("run -d --console-socket console.sock $id")]
    public void A_socket_needs_a_terminal(string command)
    {
        Bundle.Set("/process/terminal", false);
        Fails(command, "cannot use console socket if lade will not detach or allocate tty");
    }

    [Fact]
    public void A_detached_terminal_needs_a_socket() => Fails("run -d $id", "cannot allocate tty if lade will detach without setting console socket");

    [Fact]
    public void A_socket_that_nobody_listens_to_is_named() =>
        Fails("create --console-socket none.sock $id", "connect to console socket " + Bundle.Path + "/none.sock: ENOENT");

    private void Fails(string command, string message)
    {
        Sh("$lade " + command + "; echo code=$?").Should().Contain(message).And.EndWith("code=1\n");
        Container.Leftovers().Should().BeEmpty();
    }

    /// <summary>One message: a name, and one descriptor; then the connection is closed.</summary>
    private PseudoTerminal Receive()
    {
        _listener.Poll(10_000_000, SelectMode.SelectRead).Should().BeTrue("lade connects");
        using Socket connection = _listener.Accept();
        using var fd = new Fd((int)connection.Handle);
        try
        {
            Span<byte> data = stackalloc byte[256];
            int got = UnixSockets.Receive(fd, data, out Fd? master);
            Encoding.ASCII.GetString(data[..got]).Should().Be("/dev/ptmx");
            UnixSockets.Receive(fd, data, out _).Should().Be(0);
            master.Should().NotBeNull();
            Terminals.IsTerminal(master!).Should().BeTrue();
            return Keep(new PseudoTerminal(master!));
        }
        finally
        {
            fd.SetHandleAsInvalid();
        }
    }
}
