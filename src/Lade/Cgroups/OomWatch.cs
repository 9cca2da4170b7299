using System;
using System.Globalization;
using System.Text;
using Lade.Linux;

namespace Lade.Cgroups;

/// <summary>The kernel's word that a cgroup ran out of memory: a descriptor for poll(2), and how often it happened since the last look.</summary>
internal abstract class OomWatch : IDisposable
{
    public abstract Fd Descriptor { get; }

    /// <summary>What to poll for.</summary>
    public abstract short PollEvents { get; }

    /// <summary>The number of times since the last call; 0 when something else has woken the poll.</summary>
    public abstract long Take();

    /// <summary>True when the cgroup was found to be removed; a poll for it would return at once for ever.</summary>
    public bool IsGone { get; protected set; }

    public void Dispose() => Descriptor.Dispose();
}

/// <summary>v1: an eventfd that <c>cgroup.event_control</c> ties to <c>memory.oom_control</c> (memory.rst "OOM Control").</summary>
internal sealed class V1OomWatch : OomWatch
{
    private readonly string _directory;

    public V1OomWatch(string directory)
    {
        _directory = directory;
        int fd = Libc.eventfd(0, Libc.O_CLOEXEC | Libc.O_NONBLOCK);
        Descriptor = fd < 0 ? throw new LadeException("eventfd", Libc.LastError) : new Fd(fd);
        try
        {
            using Fd control = Files.Open(directory + "/memory.oom_control", Libc.O_RDONLY);
            Files.WriteValue(directory + "/cgroup.event_control", fd.ToString(CultureInfo.InvariantCulture) + " " + control.Number.ToString(CultureInfo.InvariantCulture));
        }
        catch
        {
            Descriptor.Dispose();
            throw;
        }
    }

    public override Fd Descriptor { get; }

    public override short PollEvents => Libc.POLLIN;

    public override long Take()
    {
        Span<byte> count = stackalloc byte[sizeof(long)];
        if (Streams.Read(Descriptor, count, out _) != sizeof(long))
            return 0;
        // The removal of the cgroup is told by the same way.
        long events = BitConverter.ToInt64(count);
        IsGone = !Files.Exists(_directory);
        return IsGone ? events - 1 : events;
    }
}

/// <summary>v2: <c>memory.events</c> wakes whoever polls it for POLLPRI after a read; every kill by the kernel is one event, as with runc.</summary>
internal sealed class V2OomWatch : OomWatch
{
    private long _known;

    public V2OomWatch(string directory)
    {
        Descriptor = Files.Open(directory + "/memory.events", Libc.O_RDONLY);
        _known = Count();
    }

    public override Fd Descriptor { get; }

    public override short PollEvents => Libc.POLLPRI;

    public override long Take()
    {
        long count = Count();
        long events = count - _known;
        _known = count;
        return events;
    }

    /// <summary>The same descriptor has to be read: to the kernel, a poll asks for changes since the last read of this one.</summary>
    private long Count()
    {
        Span<byte> content = stackalloc byte[1024];
        int length = Files.ReadAt(Descriptor, content, 0, out Errno errno);
        IsGone = errno == Errno.ENODEV;
        if (IsGone)
            return _known;
        return errno.Value == 0 ? KeyedFile.NumberIn(Encoding.ASCII.GetString(content[..length]), "oom_kill") ?? 0 : throw new LadeException("read memory.events", errno);
    }
}
