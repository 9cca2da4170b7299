using Tmds.Linux;

namespace Lade.Linux;

/// <summary>
/// Polling for what the kernel finishes on its own without notifying anybody, such as a dying process leaving its cgroup: sleeps of 100 microseconds, doubling up to
/// 50 milliseconds, bounded in total.
/// </summary>
internal struct Backoff(int limitMilliseconds)
{
    private const long First = 100;
    private const long Longest = 50_000;

    private long _left = limitMilliseconds * 1000L;
    private long _next = First;

    /// <summary>Sleeps once; false, without sleeping, when the limit is used up.</summary>
    public unsafe bool Sleep()
    {
        if (_left <= 0)
            return false;
        timespec time = new() { tv_nsec = (long_t)(_next * 1000) };
        // A signal may cut the sleep short; the caller checks again anyway.
        _ = Libc.nanosleep(&time, null);
        _left -= _next;
        _next = _next * 2 > Longest ? Longest : _next * 2;
        return true;
    }
}
