using System;
using System.Globalization;
using System.Text;
using Lade.Linux;
using Lade.State;

namespace Lade.InitSystem;

/// <summary>
/// The socket to which a container's program says that it is ready (sd_notify(3)), and the way on to the service manager. Of what the program says only
/// the line <c>READY=</c> is handed on: the rest, such as MAINPID, is not for a container to decide.
/// </summary>
internal sealed class Readiness : IDisposable
{
    /// <summary>How long the service manager may take to confirm that it has read what was sent (milliseconds), as with sd_notify_barrier(3).</summary>
    private const int BarrierTimeout = 30_000;

    private readonly Fd _manager;
    private bool _told;

    private Readiness(Fd socket, Fd manager)
    {
        Socket = socket;
        _manager = manager;
    }

    /// <summary>Readable when the program has said something.</summary>
    public Fd Socket { get; }

    /// <summary>
    /// Opens the socket, which has to be there before the program runs. Null when nobody wants to know, when the container was created without a place for it,
    /// or, with a warning, when the service manager cannot be reached: a program must not fail because nobody listens.
    /// </summary>
    public static Readiness? TryOpen(ServiceEnvironment service, ContainerDirectory directory, Log log)
    {
        if (service.NotifySocket is not { } address || !directory.Holds(ContainerDirectory.NotifyDirectory))
            return null;
        Errno errno = Errno.EINVAL;
        Fd? manager = address[0] is '/' or '@' ? Sockets.TryConnect(address, Libc.SOCK_DGRAM, out errno) : null;
        if (manager is null)
        {
            log.Warning("NOTIFY_SOCKET: connect to " + address + ": " + errno.Describe() + "; nobody is told when the container is ready");
            return null;
        }

        // A start that was killed may have left one.
        Files.Remove(ContainerDirectory.NotifySocket, directory.Descriptor);
        return new Readiness(Sockets.BindDatagram(directory.Descriptor, ContainerDirectory.NotifySocket), manager);
    }

    /// <summary>
    /// Waits until the program has said that it is ready, or has ended without a word. Then, if it is said, returns when the service manager knows: it
    /// identifies a sender by its pid, and would not find one that has ended.
    /// </summary>
    /// <param name="process">pidfd of the program.</param>
    /// <param name="mainPid">The process that the service manager is to watch from now on.</param>
    public void Wait(Fd process, int mainPid, Log log)
    {
        Span<Libc.PollFd> fds = [new() { Fd = Socket.Number, Events = Libc.POLLIN }, new() { Fd = process.Number, Events = Libc.POLLIN }];
        do
        {
            _ = Streams.Wait(fds, -1);
            using Fd? barrier = Forward(mainPid, log);
            if (barrier is null)
                continue;
            AwaitBarrier(barrier, log);
            return;
        }
        while (fds[1].Returned == 0);
    }

    /// <summary>As <see cref="Wait"/> of somebody who stays: the service manager need not confirm anything.</summary>
    public void Follow(Fd process, int mainPid, Log log)
    {
        Span<Libc.PollFd> fds = [new() { Fd = Socket.Number, Events = Libc.POLLIN }, new() { Fd = process.Number, Events = Libc.POLLIN }];
        do
            _ = Streams.Wait(fds, -1);
        while (!TryForward(mainPid, log) && fds[1].Returned == 0);
    }

    /// <summary>Hands on what has been said up to now; true once it was READY, which is told once.</summary>
    public bool TryForward(int mainPid, Log log)
    {
        if (_told)
            return true;
        using Fd? barrier = Forward(mainPid, log);
        return barrier is not null;
    }

    public void Dispose()
    {
        Socket.Dispose();
        _manager.Dispose();
    }

    /// <summary>Takes all messages that have come; at READY tells the service manager and gives the pipe that it closes when it has read that.</summary>
    private Fd? Forward(int mainPid, Log log)
    {
        Span<byte> message = stackalloc byte[4096];
        while (true)
        {
            // An empty message is one too: only the errno says that there are no more.
            int length = Streams.Read(Socket, message, out Errno errno);
            if (errno.Value != 0)
                return null;
            if (ReadyLine(message[..length]) is { IsEmpty: false } ready)
                return Tell(ready, mainPid, log);
        }
    }

    /// <summary>The line READY= of a message; empty when it has none.</summary>
    public static ReadOnlySpan<byte> ReadyLine(ReadOnlySpan<byte> message)
    {
        while (!message.IsEmpty)
        {
            int end = message.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? message : message[..end];
            if (line.StartsWith("READY="u8))
                return line;
            message = end < 0 ? default : message[(end + 1)..];
        }

        return default;
    }

    private Fd Tell(ReadOnlySpan<byte> ready, int mainPid, Log log)
    {
        _told = true;
        (Fd read, Fd write) = Sockets.Pipe();
        using (write)
        {
            Errno errno = Sockets.Send(_manager, [.. ready, (byte)'\n']);
            if (errno.Value == 0)
                errno = Sockets.Send(_manager, Encoding.ASCII.GetBytes("MAINPID=" + mainPid.ToString(CultureInfo.InvariantCulture) + "\n"));
            if (errno.Value == 0)
                errno = Sockets.Send(_manager, "BARRIER=1"u8, write);
            if (errno.Value != 0)
                log.Warning("NOTIFY_SOCKET: tell the service manager: " + errno.Describe());
        }

        return read;
    }

    /// <summary>The pipe's other end is closed by the service manager, after it has read the messages before.</summary>
    private static void AwaitBarrier(Fd barrier, Log log)
    {
        Span<Libc.PollFd> fds = [new() { Fd = barrier.Number, Events = Libc.POLLIN }];
        long deadline = Environment.TickCount64 + BarrierTimeout;
        while (!Streams.Wait(fds, (int)Math.Max(0, deadline - Environment.TickCount64)))
        {
            if (Environment.TickCount64 < deadline)
                continue;
            log.Warning("NOTIFY_SOCKET: the service manager has not confirmed within 30 s; it may have ignored the message");
            return;
        }
    }
}
