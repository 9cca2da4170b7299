using System;

namespace Lade.Planning;

/// <summary>RLIMIT_* numbers (asm-generic/resource.h; the same on every architecture that lade supports).</summary>
internal static class Rlimits
{
    private static readonly string[] s_names =
    [
        "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_DATA", "RLIMIT_STACK", "RLIMIT_CORE", "RLIMIT_RSS", "RLIMIT_NPROC", "RLIMIT_NOFILE",
        "RLIMIT_MEMLOCK", "RLIMIT_AS", "RLIMIT_LOCKS", "RLIMIT_SIGPENDING", "RLIMIT_MSGQUEUE", "RLIMIT_NICE", "RLIMIT_RTPRIO", "RLIMIT_RTTIME",
    ];

    /// <exception cref="LadeException">Unknown limit.</exception>
    public static uint NumberOf(string name)
    {
        int index = Array.IndexOf(s_names, name);
        return index >= 0 ? (uint)index : throw new LadeException("unknown resource limit " + name);
    }
}
