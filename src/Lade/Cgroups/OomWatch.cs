using System;
using System.Globalization;
using System.Text;
using Lade.Linux;

namespace Lade.Cgroups;

/// <summary>The kernel's notification that a cgroup ran out of memory: a descriptor for poll(2), and the number of events since the last look.</summary>
internal abstract class OomWatch(Fd descriptor, short pollEvents) : IDisposable
{
    public Fd Descriptor => descriptor;

    public short PollEvents => pollEvents;

    /// <summary>Set when the cgroup was found removed: the descriptor stays ready from then on.</summary>
    public bool IsGone { get; protected set; }

    /// <summary>v1: an eventfd that <c>cgroup.event_control</c> ties to <c>memory.oom_control</c> (memory.rst "OOM Control").</summary>
    public static OomWatch OpenV1(string directory)
    {
        Fd events = Fd.FromResult(Libc.eventfd(0, Libc.O_CLOEXEC | Libc.O_NONBLOCK), "eventfd");
        try
        {
            using Fd control = Files.Open(directory + "/memory.oom_control", Libc.O_RDONLY);
            Files.WriteValue(directory + "/cgroup.event_control", string.Create(CultureInfo.InvariantCulture, $"{events.Number} {control.Number}"));
        }
        catch
        {
            events.Dispose();
            throw;
        }

        return new V1(events, directory);
    }

    /// <summary>v2: a read of <c>memory.events</c> arms POLLPRI on its descriptor. Each OOM kill is one event, as with runc. null without a memory controller.</summary>
    public static OomWatch? OpenV2(string directory) => Files.TryOpen(directory + "/memory.events", Libc.O_RDONLY, out _) is { } file ? new V2(file) : null;

    /// <summary>The number of events since the last call; 0 when something else has woken the poll.</summary>
    public abstract long Take();

    public void Dispose() => descriptor.Dispose();

    private sealed class V1(Fd events, string directory) : OomWatch(events, Libc.POLLIN)
    {
        public override long Take()
        {
            Span<byte> count = stackalloc byte[sizeof(long)];
            if (Streams.Read(Descriptor, count, out _) != sizeof(long))
                return 0;
            // The removal of the cgroup counts as an event.
            IsGone = !Files.Exists(directory);
            return BitConverter.ToInt64(count) - (IsGone ? 1 : 0);
        }
    }

    private sealed class V2 : OomWatch
    {
        private long _known;

        public V2(Fd file)
            : base(file, Libc.POLLPRI) => _known = Count();

        public override long Take()
        {
            long before = _known;
            _known = Count();
            return _known - before;
        }

        /// <summary>Reads the polled descriptor itself: the kernel reports changes since its last read.</summary>
        private long Count()
        {
            if (CgroupFile.TryReadAll(Descriptor, out Errno errno) is { } content)
                return CgroupFile.ParsePairs(Encoding.ASCII.GetString(content)).TryGetValue("oom_kill", out ulong kills) ? (long)kills : 0;
            IsGone = errno == Errno.ENODEV;
            return IsGone ? _known : throw new LadeException("read memory.events", errno);
        }
    }
}
