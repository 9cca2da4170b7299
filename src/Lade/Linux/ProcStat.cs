using System;
using System.Buffers.Text;
using System.Globalization;

namespace Lade.Linux;

/// <summary>What lade needs of /proc/PID/stat (proc_pid_stat(5)).</summary>
/// <param name="State">R, S, D, Z, T, t, X or I.</param>
/// <param name="StartTime">Clock ticks from boot to the start of the process; with the pid it names a process for ever.</param>
/// <param name="Threads">How many there are, dead ones that were not waited for included.</param>
internal readonly record struct ProcStat(int Pid, char State, int ParentPid, int Threads, ulong StartTime)
{
    /// <summary>Dead processes keep an entry until they are waited for. One whose main thread has ended before the others looks the same, but runs on.</summary>
    public bool IsDead => State is 'Z' or 'X' or 'x' && Threads < 2;

    /// <summary>null when there is no such process.</summary>
    public static ProcStat? TryRead(int pid)
    {
        string path = "/proc/" + pid.ToString(CultureInfo.InvariantCulture) + "/stat";
        using Fd? fd = Files.TryOpen(path, Libc.O_RDONLY, out Errno errno);
        if (fd is null)
            return errno == Errno.ENOENT || errno == Errno.ESRCH ? null : throw new LadeException("open " + path, errno);

        // The line is some 300 bytes and the kernel writes it at once; what lade wants stands in the first 22 fields.
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

    /// <summary>null when the line does not look like /proc/PID/stat.</summary>
    public static ProcStat? Parse(ReadOnlySpan<byte> line)
    {
        // A process chooses its own name, spaces and parentheses included: only the last ')' is the kernel's.
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
