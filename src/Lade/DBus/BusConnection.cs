using System;
using System.Collections.Generic;
using System.Text;
using Lade.Linux;

namespace Lade.DBus;

/// <summary>
/// A connection to a D-Bus bus, or directly to a peer: calls, and the signals that arrive in between. Every wait ends at
/// <see cref="Deadline"/>; there is no thread, no lock and no callback.
/// </summary>
internal sealed class BusConnection : IDisposable
{
    private const string Daemon = "org.freedesktop.DBus";

    private readonly UnixStream _stream;
    private readonly BusAddress _address;
    private readonly List<BusMessage> _signals = [];
    private byte[] _buffer = new byte[4096];
    private int _filled;
    private uint _serial;

    private BusConnection(UnixStream stream, BusAddress address)
    {
        _stream = stream;
        _address = address;
    }

    /// <summary>When the next waits time out.</summary>
    public Deadline Deadline { get; set; }

    /// <summary>Connects to the first address of the list that accepts, and authenticates.</summary>
    /// <exception cref="LadeException">With the reason for each address.</exception>
    public static BusConnection Connect(string addresses, Deadline deadline)
    {
        var problems = new StringBuilder();
        foreach (BusAddress address in BusAddress.Parse(addresses))
        {
            UnixStream? stream = UnixStream.TryConnect(address.Socket, deadline, out Errno errno);
            if (stream is not null)
                return Authenticate(new BusConnection(stream, address) { Deadline = deadline });
            problems.Append(problems.Length == 0 ? "" : "; ").Append(address.ToString()).Append(": ").Append(errno.Describe());
        }

        if (problems.Length == 0)
            throw new LadeException("cannot connect to systemd: no unix:path= or unix:abstract= address in '" + addresses + "'");
        throw new LadeException("cannot connect to systemd: " + problems);
    }

    /// <summary>Sends a call and waits for its reply: a return or an error.</summary>
    public BusMessage Call(BusMessage call)
    {
        uint serial = Send(call);
        while (true)
        {
            BusMessage message = Receive();
            if (message.Kind is BusMessageKind.Return or BusMessageKind.Error && message.ReplySerial == serial)
                return message;
            if (message.Kind == BusMessageKind.Signal)
                _signals.Add(message);
        }
    }

    /// <returns>The serial number of the message.</returns>
    public uint Send(BusMessage message)
    {
        // A peer does not route messages.
        byte[] bytes = (message with { Serial = ++_serial, Destination = _address.IsPrivate ? null : message.Destination }).Encode();
        Check(_stream.TryWrite(bytes, Deadline), "write to");
        return _serial;
    }

    /// <summary>Has the bus deliver the signals that match <paramref name="rule"/>; a peer sends them anyway.</summary>
    public void AddMatch(string rule)
    {
        if (!_address.IsPrivate)
            Send(BusMessage.Call(Daemon, "/org/freedesktop/DBus", Daemon, "AddMatch", "s", rule) with { NoReply = true });
    }

    /// <summary>Returns the first matching signal that has arrived, or waits for it.</summary>
    public BusMessage WaitForSignal(Predicate<BusMessage> isWanted)
    {
        int known = _signals.FindIndex(isWanted);
        if (known >= 0)
            return _signals[known];
        while (true)
        {
            BusMessage message = Receive();
            if (message.Kind == BusMessageKind.Signal && isWanted(message))
                return message;
        }
    }

    public void Dispose() => _stream.Dispose();

    /// <summary>
    /// SASL EXTERNAL with an empty identity: the server takes the uid from the socket's credentials, which is right in a user namespace too, where our own uid means
    /// nothing to it. The commands are sent without waiting for the replies in between.
    /// </summary>
    private static BusConnection Authenticate(BusConnection bus)
    {
        bool isOpen = false;
        try
        {
            bus.Check(bus._stream.TryWrite("\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n"u8, bus.Deadline), "write to");
            string line = bus.ReadLine();
            // The server asks for the identity, which was sent already.
            if (line.StartsWith("DATA", StringComparison.Ordinal))
                line = bus.ReadLine();
            if (!line.StartsWith("OK ", StringComparison.Ordinal))
                throw new LadeException("connect to " + bus._address + ": authentication failed: " + line, Errno.EACCES);
            if (!bus._address.IsPrivate)
                bus.Send(BusMessage.Call(Daemon, "/org/freedesktop/DBus", Daemon, "Hello"));
            isOpen = true;
            return bus;
        }
        finally
        {
            if (!isOpen)
                bus.Dispose();
        }
    }

    private string ReadLine()
    {
        const int MaxLine = 1024;
        while (true)
        {
            int end = _buffer.AsSpan(0, _filled).IndexOf("\r\n"u8);
            if (end >= 0)
            {
                string line = Encoding.UTF8.GetString(_buffer, 0, end);
                Consume(end + 2);
                return line;
            }

            if (_filled >= MaxLine)
                throw new LadeException("connect to " + _address + ": the server does not speak D-Bus");
            Fill();
        }
    }

    private BusMessage Receive()
    {
        while (_filled < BusMessage.HeaderSize)
            Fill();
        int size = BusMessage.SizeOf(_buffer.AsSpan(0, BusMessage.HeaderSize));
        while (_filled < size)
        {
            if (_buffer.Length < size)
                Array.Resize(ref _buffer, size);
            Fill();
        }

        BusMessage message = BusMessage.Parse(_buffer.AsSpan(0, size));
        Consume(size);
        return message;
    }

    private void Fill()
    {
        int n = _stream.TryRead(_buffer.AsSpan(_filled), Deadline, out Errno errno);
        Check(errno, "wait for a reply from");
        if (n == 0)
            throw new LadeException("wait for a reply from " + _address + ": the connection was closed");
        _filled += n;
    }

    private void Consume(int bytes)
    {
        _buffer.AsSpan(bytes, _filled - bytes).CopyTo(_buffer);
        _filled -= bytes;
    }

    private void Check(Errno errno, string action)
    {
        if (errno.Value != 0)
            throw new LadeException(action + " " + _address, errno);
    }
}
