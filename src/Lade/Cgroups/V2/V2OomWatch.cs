using System;
using System.Text;
using Lade.Linux;

namespace Lade.Cgroups.V2;

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
