using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading;
using Lade.Linux;

namespace Lade.IntegrationTests.Seccomp;

/// <summary>How an agent answers a notified call: with an errno, or by letting the kernel execute it (0).</summary>
internal delegate int Answer(int call);

/// <summary>
/// A small seccomp agent as the specification describes one: takes a container process state with the listener of a filter, and answers what is notified.
/// </summary>
internal sealed unsafe partial class Agent : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly ConcurrentQueue<Notification> _notifications = new();
    private readonly ConcurrentQueue<string> _states = new();
    private readonly Answer _answer;
    private readonly Thread _thread;
    private volatile bool _ends;

    public Agent(string path, Answer answer)
    {
        _answer = answer;
        _socket.Bind(new UnixDomainSocketEndPoint(path));
        _socket.Listen(4);
        _thread = new Thread(Serve) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>One for each connection, exactly as it came.</summary>
    public IReadOnlyList<string> States => [.. _states];

    public JsonNode State => JsonNode.Parse(States.Single())!;

    /// <summary>What was asked so far: number of the call, and process as we see it.</summary>
    public IReadOnlyList<Notification> Notifications => [.. _notifications];

    /// <summary>How many descriptors came with the first bytes of a connection, and how many later.</summary>
    public (int First, int Later) Descriptors { get; private set; }

    /// <summary>The agent dies: what is asked from now on is ENOSYS.</summary>
    public void Dispose()
    {
        _ends = true;
        _socket.Dispose();
        _thread.Join();
    }

    private void Serve()
    {
        while (!_ends)
        {
            Socket connection;
            try
            {
                connection = _socket.Accept();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }

            using Fd? listener = Take(connection);
            if (listener is not null)
                Respond(listener);
        }
    }

    /// <summary>Reads to the end of file, by small pieces, so that it would show if the descriptor did not come first.</summary>
    private Fd? Take(Socket connection)
    {
        using (connection)
        {
            using var socket = new Fd((int)connection.SafeHandle.DangerousGetHandle());
            var text = new List<byte>();
            byte[] piece = new byte[100];
            Fd? listener = null;
            while (Sockets.Receive(socket, piece, out Fd? passed) is > 0 and int length)
            {
                if (passed is not null)
                    Descriptors = text.Count == 0 ? (Descriptors.First + 1, Descriptors.Later) : (Descriptors.First, Descriptors.Later + 1);
                listener ??= passed;
                text.AddRange(piece.AsSpan(0, length));
            }

            socket.SetHandleAsInvalid();
            if (text.Count > 0)
                _states.Enqueue(Encoding.UTF8.GetString([.. text]));
            return listener;
        }
    }

    private void Respond(Fd listener)
    {
        while (!_ends)
        {
            Libc.PollFd poll = new() { Fd = listener.Number, Events = Libc.POLLIN };
            if (Libc.poll(&poll, 1, 20) <= 0)
                continue;
            // Nobody is under the filter any more.
            if ((poll.Returned & Libc.POLLIN) == 0)
                return;
            Notification asked = default;
            if (Ioctl(listener.Number, SECCOMP_IOCTL_NOTIF_RECV, &asked) != 0)
                continue;
            _notifications.Enqueue(asked);
            int errno = _answer(asked.Call);
            Response response = new() { Id = asked.Id, Error = -errno, Flags = errno == 0 ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0 };
            _ = Ioctl(listener.Number, SECCOMP_IOCTL_NOTIF_SEND, &response);
        }
    }

    private const nuint SECCOMP_IOCTL_NOTIF_RECV = 0xc0502100;
    private const nuint SECCOMP_IOCTL_NOTIF_SEND = 0xc0182101;
    private const uint SECCOMP_USER_NOTIF_FLAG_CONTINUE = 1;

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int Ioctl(int fd, nuint request, void* argument);

    /// <summary>struct seccomp_notif with its struct seccomp_data.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct Notification
    {
        public ulong Id;
        public uint Pid;
        public uint Flags;
        public int Call;
        public uint Arch;
        public ulong InstructionPointer;
        public fixed ulong Args[6];
    }

    /// <summary>struct seccomp_notif_resp.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Response
    {
        public ulong Id;
        public long Value;
        public int Error;
        public uint Flags;
    }
}
