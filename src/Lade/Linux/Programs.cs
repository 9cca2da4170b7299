using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;
using Tmds.Linux;

namespace Lade.Linux;

/// <summary>How a program on the host ended.</summary>
/// <param name="Status">Meaningless after a timeout.</param>
/// <param name="TimedOut">It was killed, with its process group, because it did not end in time.</param>
internal sealed record ProgramResult(ExitStatus Status, bool TimedOut, string Stdout, string Stderr);

/// <summary>Runs programs on the host: hooks, newuidmap. They are started by vfork(2) in C, because managed code cannot run in a forked child.</summary>
internal static unsafe class Programs
{
    /// <summary>How much of each output stream is kept by default, in bytes: enough for an error message.</summary>
    private const int KeptOutput = 2048;

    /// <summary>The number of 512-byte reads to drain the pipes after the program has ended.</summary>
    private const int MaxReadsAfterEnd = 128;

    /// <summary>Runs a program to completion with <paramref name="input"/> as its stdin, and keeps the tail of its output.</summary>
    /// <param name="path">Absolute; <c>$PATH</c> is not searched.</param>
    /// <param name="args">argv, including argv[0].</param>
    /// <param name="seconds">Time limit, 0 for none.</param>
    /// <param name="stdout">Receives the standard output; then none of it is kept.</param>
    /// <param name="stderr">Likewise for standard error.</param>
    /// <param name="kept">How many bytes of each output stream to keep, from its end.</param>
    /// <exception cref="LadeException">It cannot be executed, or lade was interrupted and has killed it with its process group.</exception>
    public static ProgramResult Run(
        string path, IReadOnlyList<string> args, IReadOnlyList<string> env, ReadOnlySpan<byte> input, int seconds, Fd? stdout = null, Fd? stderr = null, int kept = KeptOutput)
    {
        (Fd stdinRead, Fd stdinWrite) = Sockets.Pipe();
        (Fd outRead, Fd outWrite) = Sockets.Pipe();
        (Fd errRead, Fd errWrite) = Sockets.Pipe();
        using (stdinWrite)
        using (outRead)
        using (errRead)
        {
            int pid;
            using (stdinRead)
            using (outWrite)
            using (errWrite)
                pid = Start(path, args, env, stdinRead, stdout ?? outWrite, stderr ?? errWrite);
            return new Exchange(pid, kept, seconds == 0 ? null : new Deadline(seconds * 1000L)).Run(stdinWrite, outRead, errRead, input);
        }
    }

    /// <summary>The first executable of that name in <c>$PATH</c>; null when there is none.</summary>
    public static string? Find(string name)
    {
        foreach (string directory in (Environment.GetEnvironmentVariable("PATH") ?? "/usr/sbin:/usr/bin:/sbin:/bin").Split(':'))
        {
            string path = directory + "/" + name;
            if (directory.StartsWith('/') && Libc.faccessat(Libc.AT_FDCWD, path, LibC.X_OK, 0) == 0)
                return path;
        }

        return null;
    }

    private static int Start(string path, IReadOnlyList<string> args, IReadOnlyList<string> env, Fd stdin, Fd stdout, Fd stderr)
    {
        using var argv = new CStringVector(args);
        using var envp = new CStringVector(env);
        byte[] file = Encoding.UTF8.GetBytes(path + "\0");
        int* fds = stackalloc int[] { stdin.Number, stdout.Number, stderr.Number };
        fixed (byte* p = file)
        {
            int pid = Libc.lade_spawn_program(p, argv.Pointer, envp.Pointer, fds, 1);
            return pid > 0 ? pid : throw new LadeException("execute " + path, new Errno(-pid));
        }
    }

    /// <summary>Communicates with one program until it ends.</summary>
    private sealed class Exchange(int pid, int kept, Deadline? deadline)
    {
        private readonly List<byte> _stdout = [];
        private readonly List<byte> _stderr = [];

        public ProgramResult Run(Fd stdin, Fd stdout, Fd stderr, ReadOnlySpan<byte> input)
        {
            using Fd pidFd = Processes.OpenPidFd(pid);
            if (FollowToEnd(pidFd, stdin, stdout, stderr, input))
                return new ProgramResult(Processes.Wait(pid), false, Tail(_stdout), Tail(_stderr));
            // Timed out or interrupted. The process group is the program's own, so its children are killed with it.
            _ = Processes.Kill(-pid, Libc.SIGKILL);
            _ = Processes.Signal(pidFd, Libc.SIGKILL);
            ExitStatus status = Processes.Wait(pid);
            Interruption.Check();
            return new ProgramResult(status, true, Tail(_stdout), Tail(_stderr));
        }

        /// <summary>
        /// Feeds and reads until the program itself has ended: a child that it leaves behind can hold the pipes open, or write to them, forever.
        /// </summary>
        /// <returns>False when the deadline has passed, or lade was interrupted.</returns>
        private bool FollowToEnd(Fd pidFd, Fd stdin, Fd stdout, Fd stderr, ReadOnlySpan<byte> input)
        {
            // The program may never read, and annotations can make the input larger than a pipe.
            Streams.MakeNonBlocking(stdin);
            Span<Libc.PollFd> fds =
            [
                new() { Fd = stdout.Number, Events = Libc.POLLIN },
                new() { Fd = stderr.Number, Events = Libc.POLLIN },
                new() { Fd = pidFd.Number, Events = Libc.POLLIN },
                new() { Fd = stdin.Number, Events = Libc.POLLOUT },
                new() { Fd = Interruption.Descriptor, Events = Libc.POLLIN },
            ];
            Feed(ref fds[3], stdin, ref input);
            int readsLeft = MaxReadsAfterEnd;
            while (true)
            {
                int milliseconds = deadline?.Left ?? -1;
                bool isReady = Streams.Wait(fds, milliseconds);
                // A program that never stops printing is ready at every poll, also past its deadline.
                if (fds[4].Returned != 0 || (milliseconds == 0 && fds[2].Returned == 0))
                    return false;
                if (!isReady)
                    continue;
                if (fds[3].Fd >= 0 && fds[3].Returned != 0)
                    Feed(ref fds[3], stdin, ref input);
                bool read = Take(ref fds[0], stdout, _stdout) | Take(ref fds[1], stderr, _stderr);
                if (fds[2].Returned != 0 && (!read || readsLeft-- == 0))
                    return true;
            }
        }

        /// <summary>
        /// Writes as much as the pipe takes. It is closed after the last byte, or when nobody reads, which is not an error (EPIPE: the .NET runtime ignores SIGPIPE).
        /// </summary>
        private void Feed(ref Libc.PollFd poll, Fd stdin, ref ReadOnlySpan<byte> input)
        {
            Errno errno = Files.TryWriteSome(stdin, ref input);
            if (errno == Errno.EAGAIN)
                return;
            if (errno.Value != 0 && errno != Errno.EPIPE)
                throw new LadeException("write to the standard input of process " + pid, errno);
            poll.Fd = -1;
            stdin.Dispose();
        }

        private bool Take(ref Libc.PollFd poll, Fd fd, List<byte> text)
        {
            if (poll.Fd < 0 || poll.Returned == 0)
                return false;
            Span<byte> buffer = stackalloc byte[512];
            int got = Files.Read(fd, buffer, "a program's output");
            if (got == 0)
                poll.Fd = -1;
            text.AddRange(buffer[..got]);
            if (text.Count / 2 > kept)
                text.RemoveRange(0, text.Count - kept);
            return got > 0;
        }

        private static string Tail(List<byte> text) => Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(text)).TrimEnd('\n');
    }
}

/// <summary>A NULL-terminated <c>char *[]</c>, in one allocation.</summary>
file sealed unsafe class CStringVector : IDisposable
{
    public CStringVector(IReadOnlyList<string> strings)
    {
        int bytes = 0;
        for (int i = 0; i < strings.Count; i++)
            bytes += Encoding.UTF8.GetByteCount(strings[i]) + 1;
        Pointer = (byte**)NativeMemory.Alloc((nuint)(((strings.Count + 1) * sizeof(byte*)) + bytes));
        byte* text = (byte*)(Pointer + strings.Count + 1);
        for (int i = 0; i < strings.Count; i++)
        {
            Pointer[i] = text;
            int n = Encoding.UTF8.GetBytes(strings[i], new Span<byte>(text, bytes));
            text[n] = 0;
            text += n + 1;
            bytes -= n + 1;
        }

        Pointer[strings.Count] = null;
    }

    public byte** Pointer { get; private set; }

    public void Dispose()
    {
        NativeMemory.Free(Pointer);
        Pointer = null;
    }
}
