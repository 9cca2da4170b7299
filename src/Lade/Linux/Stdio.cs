using System;
using System.Text;
using Tmds.Linux;

namespace Lade.Linux;

/// <summary>The standard descriptors, written with plain write(2): the Console class costs more start-up time than most commands take.</summary>
internal static class Stdio
{
    // Static, so that no finalizer ever closes them.
    public static readonly Fd Input = new(LibC.STDIN_FILENO);
    public static readonly Fd Output = new(LibC.STDOUT_FILENO);
    public static readonly Fd Error = new(LibC.STDERR_FILENO);

    /// <summary>
    /// Opens /dev/null on standard descriptors that the caller left closed. Otherwise the next files lade opens would get their numbers: output would end up in the log, or
    /// the container would inherit a file of lade's as its standard input.
    /// </summary>
    public static void FillGaps()
    {
        // One poll(2) instead of three calls: a closed descriptor reports POLLNVAL.
        if (!Streams.Wait([new() { Fd = LibC.STDIN_FILENO }, new() { Fd = LibC.STDOUT_FILENO }, new() { Fd = LibC.STDERR_FILENO }], 0))
            return;
        for (int fd = LibC.STDIN_FILENO; fd <= LibC.STDERR_FILENO; fd++)
            if (Libc.fcntl(fd, LibC.F_GETFD, 0) < 0 && Libc.openat(Libc.AT_FDCWD, "/dev/null", Libc.O_RDWR, 0) < 0)
                throw new LadeException("open /dev/null", Libc.LastError);
    }

    /// <exception cref="LadeException">The reader has closed the pipe, or the disk is full.</exception>
    public static void Write(ReadOnlySpan<byte> data) => Files.Write(Output, data, "standard output");

    /// <inheritdoc cref="Write(ReadOnlySpan{byte})"/>
    public static void Write(string text) => Write(Encoding.UTF8.GetBytes(text));

    /// <summary>Does not throw: an error that cannot be written to standard error cannot be reported anywhere.</summary>
    public static Errno TryWriteError(ReadOnlySpan<byte> data) => Files.TryWrite(Error, data);

    public static bool ErrorIsTerminal => Terminals.IsTerminal(Error);
}
