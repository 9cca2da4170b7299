using System;
using System.Buffers.Text;
using System.Globalization;

namespace Lade.Linux;

/// <summary>Fields of /proc/PID/stat (proc_pid_stat(5)).</summary>
/// <param name="State">R, S, D, Z, T, t, X or I.</param>
/// <param name="StartTime">In clock ticks since boot; together with the pid it identifies a process uniquely.</param>
/// <param name="Threads">Includes dead threads that have not been reaped.</param>
internal readonly record struct ProcStat(int Pid, char State, int ParentPid, int Threads, ulong StartTime)
{
    /// <summary>A process whose main thread has exited before the others also shows as a zombie, but is still running.</summary>
    public bool IsDead => State is 'Z' or 'X' or 'x' && Threads < 2;

    /// <summary>null when there is no such process.</summary>
    public static ProcStat? TryRead(int pid)
    {
        string path = "/proc/" + pid.ToString(CultureInfo.InvariantCulture) + "/stat";
        using Fd? fd = Files.TryOpen(path, Libc.O_RDONLY, out Errno errno);
        if (fd is null)
            return errno == Errno.ENOENT || errno == Errno.ESRCH ? null : throw new LadeException("open " + path, errno);

        // About 300 bytes, returned by one read; lade needs the first 22 fields.
        Span<byte> line = stackalloc byte[1024];
        int length;
        try
        {
            length = Files.Read(fd, line, path);
        }
        catch (LadeException e) when (e.Errno == Errno.ESRCH)
        {
            return null;
        }

        return Parse(line[..length]) ?? throw new LadeException("unexpected content of " + path);
    }

    /// <summary>null when the line is malformed.</summary>
    public static ProcStat? Parse(ReadOnlySpan<byte> line)
    {
        // A process chooses its own name, which may contain spaces and parentheses: only the last ')' is the kernel's.
        int open = line.IndexOf((byte)'(');
        int close = line.LastIndexOf((byte)')');
        if (open < 2 || close < open || line.Length < close + 4)
            return null;
        if (!Utf8Parser.TryParse(line[..open], out int pid, out _))
            return null;

        char state = (char)line[close + 2];
        ReadOnlySpan<byte> fields = line[(close + 4)..];
        int parent = 0;
        int threads = 0;
        ulong startTime = 0;
        for (int number = 4; number <= 22; number++)
        {
            int end = fields.IndexOf((byte)' ');
            ReadOnlySpan<byte> field = end < 0 ? fields : fields[..end];
            if (number == 4 && !Utf8Parser.TryParse(field, out parent, out _))
                return null;
            if (number == 20 && !Utf8Parser.TryParse(field, out threads, out _))
                return null;
            if (number == 22 && !Utf8Parser.TryParse(field, out startTime, out _))
                return null;
            fields = end < 0 ? default : fields[(end + 1)..];
        }

        return new ProcStat(pid, state, parent, threads, startTime);
    }
}

/// <summary>Masks of /proc/PID/status (proc_pid_status(5)) that a child inherits.</summary>
/// <param name="IgnoredSignals">SigIgn: bit N-1 is signal N.</param>
/// <param name="Permitted">CapPrm, by capability number.</param>
/// <param name="Bounding">CapBnd.</param>
internal readonly record struct ProcStatus(ulong IgnoredSignals, ulong Permitted, ulong Bounding)
{
    public static ProcStatus ReadSelf() => Parse(Files.ReadSmall("/proc/self/status"));

    /// <exception cref="LadeException">A mask is missing.</exception>
    public static ProcStatus Parse(ReadOnlySpan<byte> text) => new(Mask(text, "\nSigIgn:\t"u8), Mask(text, "\nCapPrm:\t"u8), Mask(text, "\nCapBnd:\t"u8));

    private static ulong Mask(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name)
    {
        int at = text.IndexOf(name);
        if (at < 0 || !Utf8Parser.TryParse(text[(at + name.Length)..], out ulong mask, out _, 'x'))
            throw new LadeException("/proc/self/status lacks a signal or capability mask");
        return mask;
    }
}
