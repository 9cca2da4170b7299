using System;
using System.Globalization;
using Lade.Linux;

namespace Lade.Cgroups.V1;

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
