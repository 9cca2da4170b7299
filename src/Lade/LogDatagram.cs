using System;
using System.Buffers.Binary;
using System.Globalization;
using System.IO;
using System.Text;

namespace Lade;

/// <summary>Formats log records for journald and syslog, one datagram each. <see cref="Log"/> sends them.</summary>
internal static class LogDatagram
{
    public const string JournalSocket = "/run/systemd/journal/socket";
    public const string SyslogSocket = "/dev/log";

    /// <summary>LOG_DAEMON (syslog(3)).</summary>
    private const int Facility = 3;

    /// <summary>The journal's native protocol: <c>NAME=value</c> lines; multi-line values are preceded by their length.</summary>
    /// <param name="member">The calling method; null leaves the source location out.</param>
    public static byte[] Journal(string identifier, LogLevel level, string message, string? member = null, string source = "", int line = 0)
    {
        using var fields = new MemoryStream();
        Add(fields, "MESSAGE", message);
        Add(fields, "PRIORITY", Severity(level).ToString(CultureInfo.InvariantCulture));
        Add(fields, "SYSLOG_FACILITY", Facility.ToString(CultureInfo.InvariantCulture));
        Add(fields, "SYSLOG_IDENTIFIER", identifier);
        if (member is not null)
        {
            Add(fields, "CODE_FILE", Path.GetFileName(source));
            Add(fields, "CODE_LINE", line.ToString(CultureInfo.InvariantCulture));
            Add(fields, "CODE_FUNC", member);
        }

        return fields.ToArray();
    }

    /// <summary>
    /// As sent by syslog(3), on one line. Without the time, which would be local time: syslog daemons add their own when it is missing.
    /// </summary>
    public static byte[] Syslog(string identifier, int pid, LogLevel level, string message)
    {
        int priority = (Facility << 3) | Severity(level);
        string head = "<" + priority.ToString(CultureInfo.InvariantCulture) + ">" + identifier + "[" + pid.ToString(CultureInfo.InvariantCulture) + "]: ";
        return Encoding.UTF8.GetBytes(head + message.Replace("\n", "\\n", StringComparison.Ordinal));
    }

    private static void Add(MemoryStream fields, string name, string value)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        fields.Write(Encoding.ASCII.GetBytes(name));
        if (bytes.AsSpan().Contains((byte)'\n'))
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)bytes.Length);
            fields.WriteByte((byte)'\n');
            fields.Write(length);
        }
        else
        {
            fields.WriteByte((byte)'=');
        }

        fields.Write(bytes);
        fields.WriteByte((byte)'\n');
    }

    /// <summary>LOG_ERR ... LOG_DEBUG (syslog(3)).</summary>
    private static int Severity(LogLevel level) => level switch
    {
        LogLevel.Error => 3,
        LogLevel.Warning => 4,
        LogLevel.Info => 6,
        LogLevel.Debug => 7,
        _ => throw new ArgumentOutOfRangeException(nameof(level)),
    };
}
