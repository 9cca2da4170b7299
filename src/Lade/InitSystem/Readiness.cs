using System;
using System.Globalization;
using System.Text;
using Lade.Linux;
using Lade.State;

namespace Lade.InitSystem;

/// <summary>
/// The notification socket of a container's program (sd_notify(3)). Only the line <c>READY=</c> is forwarded to the service manager; the rest, such as MAINPID, is not for
/// a container to decide.
/// </summary>
internal sealed class Readiness : IDisposable
{
    /// <summary>How long the service manager may take to confirm the barrier (sd_notify_barrier(3)).</summary>
    private const int BarrierMilliseconds = 30_000;

    private readonly Fd _manager;
    private bool _isForwarded;

    private Readiness(Fd socket, Fd manager)
    {
        Socket = socket;
        _manager = manager;
    }

    /// <summary>Readable when the program has sent something.</summary>
    public Fd Socket { get; }

    /// <summary>
    /// Opens the socket, before the program runs. null when there is no service manager, when the container was created without a directory for the socket, or, with a
    /// warning, when the service manager cannot be reached: the program must not fail because of that.
    /// </summary>
    public static Readiness? TryOpen(ServiceEnvironment service, ContainerDirectory directory, Log log)
    {
        if (service.NotifySocket is not { } address || !directory.Holds(ContainerDirectory.NotifyDirectory))
            return null;
        Errno errno = Errno.EINVAL;
        Fd? manager = address[0] is '/' or '@' ? Sockets.TryConnect(address, Libc.SOCK_DGRAM, out errno) : null;
        if (manager is null)
        {
            log.Warning("NOTIFY_SOCKET: connect to " + address + ": " + errno.Describe() + "; the service manager is not notified when the container is ready");
            return null;
        }

        // A killed start may have left one.
        Files.Remove(ContainerDirectory.NotifySocket, directory.Descriptor);
        return new Readiness(Sockets.BindDatagram(directory.Descriptor, ContainerDirectory.NotifySocket), manager);
    }

    /// <summary>
    /// Blocks until the program is ready or has ended. If it is ready, returns when the service manager has read the notification: it identifies the sender by its pid,
    /// so we must not have exited before.
    /// </summary>
    /// <param name="process">pidfd of the program.</param>
    /// <param name="mainPid">The process for the service manager to watch.</param>
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

    /// <summary>As <see cref="Wait"/>, for a caller that keeps running: the service manager need not confirm.</summary>
    public void Follow(Fd process, int mainPid, Log log)
    {
        Span<Libc.PollFd> fds = [new() { Fd = Socket.Number, Events = Libc.POLLIN }, new() { Fd = process.Number, Events = Libc.POLLIN }];
        do
            _ = Streams.Wait(fds, -1);
        while (!TryForward(mainPid, log) && fds[1].Returned == 0);
    }

    /// <summary>Reads what the program has sent so far; true once READY was forwarded.</summary>
    public bool TryForward(int mainPid, Log log)
    {
        if (_isForwarded)
            return true;
        using Fd? barrier = Forward(mainPid, log);
        return barrier is not null;
    }

    public void Dispose()
    {
        Socket.Dispose();
        _manager.Dispose();
    }

    /// <summary>Reads all messages. Forwards READY and returns the pipe that the service manager closes when it has read it.</summary>
    private Fd? Forward(int mainPid, Log log)
    {
        Span<byte> message = stackalloc byte[4096];
        while (true)
        {
            // An empty message has length 0 too; only the errno tells the end.
            int length = Streams.Read(Socket, message, out Errno errno);
            if (errno.Value != 0)
                return null;
            if (ReadyLine(message[..length]) is { IsEmpty: false } ready)
                return Notify(ready, mainPid, log);
        }
    }

    /// <summary>The READY= line of a message; empty without one.</summary>
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

    private Fd Notify(ReadOnlySpan<byte> ready, int mainPid, Log log)
    {
        _isForwarded = true;
        (Fd read, Fd write) = Sockets.Pipe();
        using (write)
        {
            Errno errno = Sockets.Send(_manager, [.. ready, (byte)'\n']);
            if (errno.Value == 0)
                errno = Sockets.Send(_manager, Encoding.ASCII.GetBytes("MAINPID=" + mainPid.ToString(CultureInfo.InvariantCulture) + "\n"));
            if (errno.Value == 0)
                errno = Sockets.Send(_manager, "BARRIER=1"u8, write);
            if (errno.Value != 0)
                log.Warning("NOTIFY_SOCKET: notify the service manager: " + errno.Describe());
        }

        return read;
    }

    /// <summary>The service manager closes the other end of the pipe after it has read the messages before it.</summary>
    private static void AwaitBarrier(Fd barrier, Log log)
    {
        Span<Libc.PollFd> fds = [new() { Fd = barrier.Number, Events = Libc.POLLIN }];
        long deadline = Environment.TickCount64 + BarrierMilliseconds;
        while (!Streams.Wait(fds, (int)Math.Max(0, deadline - Environment.TickCount64)))
        {
            if (Environment.TickCount64 < deadline)
                continue;
            log.Warning("NOTIFY_SOCKET: the service manager has not confirmed within 30 s; it may have ignored the notification");
            return;
        }
    }
}
