using System;
using System.Net.Sockets;
using System.Security.Cryptography;
using FluentAssertions;
using Lade.Linux;
using Xunit;
using UnixSockets = Lade.Linux.Sockets;

namespace Lade.IntegrationTests.Terminal;

/// <summary>100 MB each way, through pipes and through terminals, of `run` and of `exec`, in the foreground and by a console socket: every byte arrives.</summary>
public sealed class LargeTransferTests : TerminalTest
{
    private const int Size = 100_000_000;
    private const string MakeData = "seq 1 20000000 2>/dev/null | head -c 100000000 >rootfs/data\n";

    // A raw terminal takes every byte as it is; before it is raw, lines that are too long would be cut.
    private const string Takes = "stty raw -echo; echo up; head -c 100000000 | sha256sum";

    /// <summary>`run` of a shell with a script, or `exec` of it in a container that sleeps.</summary>
    private string Command(string command, string script, bool terminal = true)
    {
        if (command == "run")
        {
            Bundle.Set("/process/terminal", terminal).Script(script);
            return "$run";
        }

        Bundle.Set("/process/terminal", false).Sleeps();
        Container.RunDetached();
        return "$lade exec " + (terminal ? "--tty " : "") + "$id sh -c '" + script + "'";
    }

    [Theory]
    [InlineData("run")]
    [InlineData("exec")]
    public void Pipes_both_ways(string command) =>
        Sh(MakeData + "cat rootfs/data | " + Command(command, "cat", terminal: false) + " | cmp - rootfs/data && echo same").Should().Be("same\n");

    [Theory]
    [InlineData("run")]
    [InlineData("exec")]
    public void Out_of_a_terminal(string command) =>
        Sh(MakeData + Command(command, "stty -opost; cat data") + " </dev/null | cmp - rootfs/data && echo same").Should().Be("same\n");

    [Theory]
    [InlineData("run")]
    [InlineData("exec")]
    public void Into_a_terminal(string command) =>
        Sh(MakeData + "mkfifo in; " + Command(command, Takes) + """
             <in >out & exec 3>in
            until grep -q up out 2>/dev/null; do sleep 0.01; done
            cat rootfs/data >&3; wait $!
            [ "$(tail -n 1 out | tr -d '\r')" = "$(sha256sum <rootfs/data)" ] && echo same || cat out
            """).Should().Be("same\n");

    [Theory]
    [InlineData("run")]
    [InlineData("exec")]
    public void Out_of_a_terminal_that_a_socket_got(string command)
    {
        using Fd master = Detached(Command(command, "stty -opost; cat data; read end"));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[65536];
        for (long got = 0; got < Size;)
        {
            int count = Streams.Read(master, buffer, out Errno errno);
            errno.Value.Should().Be(0, "after " + got + " bytes");
            hash.AppendData(buffer, 0, count);
            got += count;
        }

        Files.Write(master, "\n"u8, "terminal");
        Convert.ToHexStringLower(hash.GetHashAndReset()).Should().Be(Sum());
    }

    [Theory]
    [InlineData("run")]
    [InlineData("exec")]
    public void Into_a_terminal_that_a_socket_got(string command)
    {
        using Fd master = Detached(Command(command, Takes + "; read end"));
        byte[] buffer = new byte[256];
        string Read() => System.Text.Encoding.ASCII.GetString(buffer, 0, Streams.Read(master, buffer, out _));
        for (string said = ""; !said.Contains("up\n", StringComparison.Ordinal); said += Read())
        {
        }

        Files.Write(master, System.IO.File.ReadAllBytes(Bundle.Rootfs + "/data"), "terminal");
        string answer = "";
        while (!answer.EndsWith('\n'))
            answer += Read();
        Files.Write(master, "\n"u8, "terminal");
        answer.Should().Be(Sum() + "  -\n");
    }

    private string Sum() => Sh("sha256sum <rootfs/data | cut -d' ' -f1").Trim();

    /// <summary>The same command with <c>--detach</c> and a console socket; the master that came over it.</summary>
    private Fd Detached(string command)
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(Bundle.Path + "/console.sock"));
        listener.Listen();
        string options = " --detach --console-socket console.sock ";
        command = command.Replace("$run", "$lade run" + options + "$id", StringComparison.Ordinal).Replace("exec ", "exec" + options, StringComparison.Ordinal);
        Sh(MakeData + command + " </dev/null").Should().BeEmpty();
        using Socket connection = listener.Accept();
        using var fd = new Fd((int)connection.Handle);
        try
        {
            UnixSockets.Receive(fd, new byte[64], out Fd? master).Should().BePositive();
            return master!;
        }
        finally
        {
            fd.SetHandleAsInvalid();
        }
    }
}
