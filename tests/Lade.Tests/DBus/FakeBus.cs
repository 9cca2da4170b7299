using System;
using System.Collections.Generic;
using System.IO;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using Lade.DBus;

namespace Lade.Tests.DBus;

/// <summary>A server on a unix socket that accepts one client after the other, with replies defined by the test.</summary>
internal sealed class FakeBus : IDisposable
{
    public const string Systemd = ":1.0";

    private readonly string _directory = Directory.CreateTempSubdirectory("lade-bus-").FullName;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Func<BusMessage, IEnumerable<BusMessage>> _answer;
    private readonly string _welcome;
    private readonly Thread _thread;
    private Socket? _client;
    private uint _serial;

    /// <param name="answer">The replies and signals to send after each message but Hello.</param>
    /// <param name="welcome">Reply to the authentication.</param>
    public FakeBus(Func<BusMessage, IEnumerable<BusMessage>> answer, string welcome = "DATA\r\nOK 0123\r\n", string file = "/bus")
    {
        _answer = answer;
        _welcome = welcome;
        Path = _directory + file;
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        _listener.Bind(new UnixDomainSocketEndPoint(Path));
        _listener.Listen();
        _thread = new Thread(Serve) { IsBackground = true };
        _thread.Start();
    }

    public string Path { get; }

    public string Address => "unix:path=" + Path;

    /// <summary>Members that were called, in order.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>The calls themselves.</summary>
    public List<BusMessage> Messages { get; } = [];

    /// <summary>What the client sent before its first message.</summary>
    public string Greeting { get; private set; } = "";

    public static BusMessage Return(string signature = "", params object[] arguments) =>
        new() { Kind = BusMessageKind.Return, Sender = Systemd, Signature = signature, Arguments = arguments };

    public static BusMessage Error(string name, string text) =>
        new() { Kind = BusMessageKind.Error, Sender = Systemd, ErrorName = name, Signature = "s", Arguments = [text] };

    public static BusMessage JobRemoved(string job, string result = "done", string sender = Systemd) => new()
    {
        Kind = BusMessageKind.Signal,
        Sender = sender,
        Path = "/org/freedesktop/systemd1",
        Interface = "org.freedesktop.systemd1.Manager",
        Member = "JobRemoved",
        Signature = "uoss",
        Arguments = [1u, job, "x.scope", result],
    };

    public void Dispose()
    {
        _listener.Dispose();
        // The manager under test may still be connected; the server must not wait for its next call.
        _client?.Dispose();
        _thread.Join();
        Directory.Delete(_directory, recursive: true);
    }

    private void Serve()
    {
        try
        {
            while (true)
            {
                using Socket client = _client = _listener.Accept();
                using var stream = new NetworkStream(client);
                Talk(stream);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed by Dispose.
        }
    }

    private void Talk(NetworkStream stream)
    {
        try
        {
            var greeting = new StringBuilder();
            while (!greeting.ToString().EndsWith("BEGIN\r\n", StringComparison.Ordinal))
                greeting.Append((char)Required(stream, 1)[0]);
            Greeting = greeting.ToString();
            stream.Write(Encoding.ASCII.GetBytes(_welcome));
            while (true)
                Answer(stream, Read(stream));
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or SocketException or LadeException)
        {
            // The client is gone, or has sent something that is not a message.
        }
    }

    private void Answer(NetworkStream stream, BusMessage call)
    {
        Calls.Add(call.Member!);
        Messages.Add(call);
        foreach (BusMessage message in call.Member == "Hello" ? [Return("s", ":1.7")] : _answer(call))
        {
            uint answered = message.Kind == BusMessageKind.Signal ? 0 : message.ReplySerial != 0 ? message.ReplySerial : call.Serial;
            stream.Write((message with { Serial = ++_serial, ReplySerial = answered }).Encode());
        }
    }

    private static BusMessage Read(NetworkStream stream)
    {
        byte[] head = Required(stream, BusMessage.HeaderSize);
        return BusMessage.Parse([.. head, .. Required(stream, BusMessage.SizeOf(head) - head.Length)]);
    }

    private static byte[] Required(NetworkStream stream, int count)
    {
        byte[] bytes = new byte[count];
        try
        {
            stream.ReadExactly(bytes);
        }
        catch (EndOfStreamException e)
        {
            throw new IOException(e.Message, e);
        }

        return bytes;
    }
}
