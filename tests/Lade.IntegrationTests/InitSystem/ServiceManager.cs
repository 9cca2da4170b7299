using System;
using System.Collections.Generic;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using Lade.Linux;
using Xunit.Sdk;

namespace Lade.IntegrationTests.InitSystem;

/// <summary>The socket of a service manager, and what is sent to it.</summary>
internal sealed class ServiceManager : IDisposable
{
    private readonly Socket _bound = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly Fd _socket;
    private readonly List<string> _messages = [];
    private readonly List<Fd> _barriers = [];
    private readonly Thread _reader;
    private volatile bool _ends;

    /// <param name="address">A path, or a name after <c>@</c>.</param>
    /// <param name="confirms">Closes what comes with BARRIER=1 at once.</param>
    public ServiceManager(string address, bool confirms = true)
    {
        Address = address;
        Confirms = confirms;
        _bound.Bind(new UnixDomainSocketEndPoint(address[0] == '@' ? "\0" + address[1..] : address));
        _socket = new Fd(Libc.fcntl((int)_bound.Handle, Libc.F_DUPFD_CLOEXEC, 0));
        _reader = new Thread(Read);
        _reader.Start();
    }

    public string Address { get; }

    private bool Confirms { get; }

    /// <summary>All up to now, as they came.</summary>
    public string[] Messages
    {
        get
        {
            lock (_messages)
                return [.. _messages];
        }
    }

    /// <summary>Waits for that many messages, or fails.</summary>
    public string[] WaitFor(int count)
    {
        for (int i = 0; i < 10000 && Messages.Length < count; i++)
            Thread.Sleep(1);
        return Messages.Length >= count ? Messages : throw new XunitException("the service manager got only: " + string.Join(" | ", Messages));
    }

    public void Confirm()
    {
        lock (_messages)
        {
            foreach (Fd barrier in _barriers)
                barrier.Dispose();
        }
    }

    public void Dispose()
    {
        if (_ends)
            return;
        _ends = true;
        _reader.Join();
        Confirm();
        _socket.Dispose();
        _bound.Dispose();
    }

    private void Read()
    {
        byte[] buffer = new byte[4096];
        Span<Libc.PollFd> poll = stackalloc Libc.PollFd[1];
        while (!_ends)
        {
            poll[0] = new Libc.PollFd { Fd = _socket.Number, Events = Libc.POLLIN };
            if (!Streams.Wait(poll, 20))
                continue;
            int length = Sockets.Receive(_socket, buffer, out Fd? passed);
            lock (_messages)
            {
                _messages.Add(Encoding.UTF8.GetString(buffer, 0, length) + (passed is null ? "" : " (with a descriptor)"));
                if (passed is not null)
                    _barriers.Add(passed);
            }

            if (Confirms)
                Confirm();
        }
    }
}
