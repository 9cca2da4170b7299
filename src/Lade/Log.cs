using System;
using System.Buffers;
using System.Globalization;
using System.IO;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Lade.Configuration;
using Lade.Linux;

namespace Lade;

/// <summary>In order of weight.</summary>
internal enum LogLevel
{
    Debug,
    Info,
    Warning,
    Error,
}

internal enum LogFormat
{
    Text,
    Json,
}

/// <summary>
/// Where lade says what happened: one record per line in the file of <c>--log</c>, or on standard error. Engines take the last record of
/// level error for the reason of a failure; people and conmon read standard error, so an error goes there too.
/// </summary>
internal sealed class Log : IDisposable
{
    private enum Target
    {
        File,
        Journal,
        Syslog,
    }

    private readonly Target target;

    /// <summary>The file or the connected socket; null for standard error.</summary>
    private readonly Fd? file;

    /// <summary>The file's name, or the identifier in the host's log.</summary>
    private readonly string path;
    private readonly LogFormat format;
    private readonly LogLevel level;

    private Log(Target target, Fd? file, string path, LogFormat format, LogLevel level)
    {
        this.target = target;
        this.file = file;
        this.path = path;
        this.format = format;
        this.level = level;
    }

    /// <summary>Standard error, text, from level info on.</summary>
    public static Log ToStandardError(LogFormat format = LogFormat.Text, LogLevel level = LogLevel.Info) => new(Target.File, null, "standard error", format, level);

    /// <summary>
    /// Appends to <paramref name="path"/>. It is opened at once, so that a log nobody could ever read is an error before anything is done.
    /// </summary>
    public static Log ToFile(string path, LogFormat format, LogLevel level) =>
        new(Target.File, Files.Open(path, Libc.O_CREAT | Libc.O_WRONLY | Libc.O_APPEND, 0b110_100_100), path, format, level);

    /// <summary>
    /// What <c>--log</c> names: a file, <c>file:PATH</c> for one of any name, <c>journald:ID</c> or <c>syslog:ID</c>; without an ID records are lade's.
    /// </summary>
    /// <exception cref="LadeException">The file cannot be opened, or nobody takes records for the host's log.</exception>
    public static Log Open(string where, LogFormat format, LogLevel level)
    {
        const string File = "file:", Journal = "journald:", Syslog = "syslog:";
        if (where.StartsWith(File, StringComparison.Ordinal))
            return ToFile(where[File.Length..], format, level);
        if (where.StartsWith(Journal, StringComparison.Ordinal))
            return ToSocket(Target.Journal, LogDatagram.JournalSocket, where[Journal.Length..], level);
        if (where.StartsWith(Syslog, StringComparison.Ordinal))
            return ToSocket(Target.Syslog, LogDatagram.SyslogSocket, where[Syslog.Length..], level);
        return ToFile(where, format, level);
    }

    /// <summary>True when debug records are written; for messages that cost something to make.</summary>
    public bool IsDebug => level == LogLevel.Debug;

    public void Debug(string message, [CallerMemberName] string member = "", [CallerFilePath] string source = "", [CallerLineNumber] int line = 0) =>
        Write(LogLevel.Debug, message, member, source, line);

    public void Info(string message, [CallerMemberName] string member = "", [CallerFilePath] string source = "", [CallerLineNumber] int line = 0) =>
        Write(LogLevel.Info, message, member, source, line);

    public void Warning(string message, [CallerMemberName] string member = "", [CallerFilePath] string source = "", [CallerLineNumber] int line = 0) =>
        Write(LogLevel.Warning, message, member, source, line);

    /// <summary>The end of a command: a record in the log and, when that is a file, a plain text on standard error.</summary>
    public void Failure(LadeException error, [CallerMemberName] string member = "", [CallerFilePath] string source = "", [CallerLineNumber] int line = 0)
    {
        // On a terminal nobody wants a time stamp, and ten problems in one line are hard to read.
        bool toTerminal = file is null && format == LogFormat.Text && Stdio.ErrorIsTerminal;
        if (!toTerminal)
            Write(LogLevel.Error, error.Description, member, source, line);
        if (toTerminal || file is not null)
            _ = Stdio.TryWriteError(Encoding.UTF8.GetBytes(PlainText(error)));
    }

    public void Dispose() => file?.Dispose();

    /// <summary>The error for a person: as its record, but every problem of a config on a line of its own.</summary>
    public static string PlainText(LadeException error)
    {
        string text = error.Description;
        if (error.Problems.Count > 1)
        {
            var joined = new StringBuilder();
            var lines = new StringBuilder();
            foreach (ConfigProblem problem in error.Problems)
            {
                joined.Append(joined.Length == 0 ? "" : "; ").Append(problem);
                lines.Append("\n  ").Append(problem);
            }

            string tail = joined.ToString();
            if (text.EndsWith(tail, StringComparison.Ordinal))
                text = text[..^tail.Length].TrimEnd() + lines;
        }

        return Printable(text) + "\n";
    }

    /// <summary>One record with its newline. JSON: keys sorted, seconds only. Text: logfmt. <paramref name="member"/> null leaves the place in the code out.</summary>
    public static byte[] Line(LogFormat format, LogLevel level, DateTime utc, string message, string? member = null, string source = "", int line = 0)
    {
        string time = utc.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        string? function = member is null ? null : member + "()";
        string place = Path.GetFileName(source) + ":" + line.ToString(CultureInfo.InvariantCulture);
        return format == LogFormat.Json ? JsonLine(level, time, message, function, place) : TextLine(level, time, message, function, place);
    }

    /// <summary>debug, info, warning (or warn), error.</summary>
    /// <exception cref="LadeException"><c>invalid log-level: X</c>.</exception>
    public static LogLevel ParseLevel(string text) => text switch
    {
        "debug" => LogLevel.Debug,
        "info" => LogLevel.Info,
        "warning" or "warn" => LogLevel.Warning,
        "error" => LogLevel.Error,
        _ => throw new LadeException("invalid log-level: " + text),
    };

    /// <exception cref="LadeException"><c>invalid log-format: X</c>.</exception>
    public static LogFormat ParseFormat(string text) => text switch
    {
        "text" => LogFormat.Text,
        "json" => LogFormat.Json,
        _ => throw new LadeException("invalid log-format: " + text),
    };

    private void Write(LogLevel of, string message, string member, string source, int line)
    {
        if (of < level)
            return;
        string? caller = IsDebug ? member : null;
        byte[] record = target switch
        {
            Target.Journal => LogDatagram.Journal(path, of, message, caller, source, line),
            Target.Syslog => LogDatagram.Syslog(path, Environment.ProcessId, of, message),
            _ => Line(format, of, DateTime.UtcNow, message, caller, source, line),
        };

        // One write: with O_APPEND the records of several lade on one file never mix.
        Errno errno = target != Target.File ? SendRecord(record) : file is null ? Stdio.TryWriteError(record) : Files.TryWrite(file, record);
        if (errno != default && file is not null)
            _ = Stdio.TryWriteError(Encoding.UTF8.GetBytes("lade: write " + path + ": " + errno.Describe() + ": " + message + "\n"));
    }

    private static Log ToSocket(Target target, string socket, string identifier, LogLevel level)
    {
        Fd fd = Sockets.TryConnect(socket, Libc.SOCK_DGRAM, out Errno errno) ?? throw new LadeException("connect to the log's socket " + socket, errno);
        return new Log(target, fd, identifier.Length == 0 ? "lade" : identifier, LogFormat.Text, level);
    }

    /// <summary>A record that is too large for a datagram reaches the journal as a sealed file.</summary>
    private Errno SendRecord(byte[] record)
    {
        Errno errno = Sockets.Send(file!, record);
        if (errno != Errno.EMSGSIZE || target != Target.Journal)
            return errno;
        using Fd sealedRecord = Memfd.Sealed("lade-log", record);
        return Sockets.Send(file!, [], sealedRecord);
    }

    private static byte[] JsonLine(LogLevel level, string time, string message, string? function, string place)
    {
        var output = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(output, JsonEscaping.Compact))
        {
            json.WriteStartObject();
            if (function is not null)
            {
                json.WriteString("file", place);
                json.WriteString("func", function);
            }

            json.WriteString("level", Word(level));
            json.WriteString("msg", message);
            json.WriteString("time", time);
            json.WriteEndObject();
        }

        output.Write("\n"u8);
        return output.WrittenSpan.ToArray();
    }

    private static byte[] TextLine(LogLevel level, string time, string message, string? function, string place)
    {
        StringBuilder text = new StringBuilder("time=\"").Append(time).Append("\" level=").Append(Word(level)).Append(" msg=");
        AppendQuoted(text, message);
        if (function is not null)
        {
            AppendQuoted(text.Append(" func="), function);
            AppendQuoted(text.Append(" file="), place);
        }

        return Encoding.UTF8.GetBytes(text.Append('\n').ToString());
    }

    /// <summary>In double quotes, on one line, without anything that a terminal would obey.</summary>
    private static void AppendQuoted(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (char c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\t' => text.Append("\\t"),
                '\r' => text.Append("\\r"),
                _ when char.IsControl(c) => text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture)),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }

    /// <summary>A config may hold escape sequences, and a message may quote them: they are shown, not obeyed.</summary>
    private static string Printable(string text)
    {
        StringBuilder? clean = null;
        for (int i = 0; i < text.Length; i++)
        {
            bool shown = text[i] == '\n' || !char.IsControl(text[i]);
            if (!shown)
                clean ??= new StringBuilder(text, 0, i, text.Length + 16);
            if (clean is not null)
                _ = shown ? clean.Append(text[i]) : clean.Append("\\u").Append(((int)text[i]).ToString("x4", CultureInfo.InvariantCulture));
        }

        return clean?.ToString() ?? text;
    }

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Debug => "debug",
        LogLevel.Info => "info",
        LogLevel.Warning => "warning",
        LogLevel.Error => "error",
        _ => throw new ArgumentOutOfRangeException(nameof(level)),
    };
}
