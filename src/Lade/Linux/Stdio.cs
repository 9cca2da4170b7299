using System;
using System.Text;

namespace Lade.Linux;

/// <summary>The three standard descriptors, written with plain write(2): the Console class costs more start-up time than most commands.</summary>
internal static class Stdio
{
    // Held for the life of the process, so that no finalizer ever closes the descriptors.
    public static readonly Fd Input = new(Libc.STDIN_FILENO);
    public static readonly Fd Output = new(Libc.STDOUT_FILENO);
    public static readonly Fd Error = new(Libc.STDERR_FILENO);

    /// <summary>
    /// Opens /dev/null in place of standard descriptors that the caller closed. Otherwise the next files that lade opens get their numbers,
    /// and output would end in the log, or the container would inherit a file of lade's as its input.
    /// </summary>
    public static void FillGaps()
    {
        // POLLNVAL is the answer for one that is closed; nothing is asked for, so mostly there is no answer at all.
        if (!Streams.Wait([new() { Fd = Libc.STDIN_FILENO }, new() { Fd = Libc.STDOUT_FILENO }, new() { Fd = Libc.STDERR_FILENO }], 0))
            return;
        for (int fd = Libc.STDIN_FILENO; fd <= Libc.STDERR_FILENO; fd++)
            if (Libc.fcntl(fd, Libc.F_GETFD, 0) < 0 && Libc.openat(Libc.AT_FDCWD, "/dev/null", Libc.O_RDWR, 0) < 0)
                throw new LadeException("open /dev/null", Libc.LastError);
    }

    /// <exception cref="LadeException">The reader went away or the disk is full.</exception>
    public static void Write(ReadOnlySpan<byte> data) => Files.Write(Output, data, "standard output");

    /// <inheritdoc cref="Write(ReadOnlySpan{byte})"/>
    public static void Write(string text) => Write(Encoding.UTF8.GetBytes(text));

    /// <summary>The errno of a failed write: whoever complains on standard error has nobody left to tell that it is closed.</summary>
    public static Errno TryWriteError(ReadOnlySpan<byte> data) => Files.TryWrite(Error, data);

    public static bool ErrorIsTerminal => Libc.isatty(Libc.STDERR_FILENO) == 1;
}
