using System;
using System.Net.Sockets;
using System.Text;
using FluentAssertions;
using Lade.Linux;
using Xunit;
using UnixSockets = Lade.Linux.Sockets;

namespace Lade.IntegrationTests.Terminal;

/// <summary>Terminals of containers that nobody stays with: the master goes to a console socket.</summary>
public sealed class ConsoleSocketTests : IDisposable
{
    private readonly TerminalBundle _bundle = new();
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public ConsoleSocketTests()
    {
        _listener.Bind(new UnixDomainSocketEndPoint(_bundle.Path + "/console.sock"));
        _listener.Listen();
        _listener.ReceiveTimeout = 10_000;
    }

    public void Dispose()
    {
        _listener.Dispose();
        _bundle.Dispose();
    }

    [SkippableTheory]
    [InlineData("create", "$lade start $id")]
    [InlineData("run --detach", "true")]
    public void TheMasterArrivesAndWorks(string command, string start)
    {
        _bundle.ConsoleSize(11, 22).Script("tty; stty size; read line; echo got $line");
        _bundle.Sh("$lade " + command + " --console-socket console.sock $id && " + start).Should().BeEmpty();
        using PseudoTerminal terminal = Receive();
        terminal.WaitFor("/dev/pts/0\r\n11 22\r\n");
        terminal.Type("it\r");
        terminal.WaitForEnd().Should().EndWith("got it\r\n");
    }

    [SkippableFact]
    public void TheMasterIsThereBeforeCreateReturns()
    {
        _bundle.Script("read line; echo got $line");
        _bundle.Sh("$lade create --console-socket console.sock --pid-file pid $id && cat pid").Should().MatchRegex("^[0-9]+$");
        using PseudoTerminal terminal = Receive();
        // Typed ahead of the program.
        terminal.Type("early\r");
        _bundle.Sh("$lade start $id").Should().BeEmpty();
        terminal.WaitForEnd().Should().EndWith("got early\r\n");
    }

    [SkippableTheory]
    [InlineData("create $id", "cannot allocate tty if lade will detach without setting console socket")]
    [InlineData("run -d $id", "cannot allocate tty if lade will detach without setting console socket")]
    [InlineData("run --console-socket console.sock $id", "cannot use console socket if lade will not detach or allocate tty")]
    public void ATerminalNeedsExactlyOneHolder(string command, string message) => Fails(command, message);

    [SkippableTheory]
    [InlineData("create --console-socket console.sock $id")]
    [InlineData("run -d --console-socket console.sock $id")]
    public void ASocketNeedsATerminal(string command)
    {
        _bundle.WithoutTerminal();
        Fails(command, "cannot use console socket if lade will not detach or allocate tty");
    }

    [SkippableFact]
    public void ASocketThatNobodyListensToIsNamed() =>
        Fails("create --console-socket none.sock $id", "connect to console socket " + _bundle.Path + "/none.sock: ENOENT");

    private void Fails(string command, string message)
    {
        _bundle.Sh("$lade " + command + "; echo code=$?").Should().Contain(message).And.EndWith("code=1\n");
        _bundle.Sh("$lade state $id; ls -A state; ls -d /sys/fs/cgroup/*/$id /sys/fs/cgroup/$id 2>/dev/null").Should().EndWith("does not exist\"\n");
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
            return new PseudoTerminal(master!);
        }
        finally
        {
            fd.SetHandleAsInvalid();
        }
    }
}
