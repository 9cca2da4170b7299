using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Lade.Linux;

/// <summary>How a program on the host side ended.</summary>
/// <param name="Status">Its exit status; meaningless when it was timed out.</param>
/// <param name="TimedOut">It did not end in time and was killed with its process group.</param>
internal sealed record ProgramResult(ExitStatus Status, bool TimedOut, string Stdout, string Stderr);

/// <summary>Programs started on the host side: hooks, newuidmap. Started by vfork in C, because managed code cannot run in a forked child.</summary>
internal static unsafe class Programs
{
    /// <summary>What is kept of each output stream, in bytes, unless the caller wants more: enough for a message.</summary>
    private const int KeptOutput = 2048;

    /// <summary>Reads of 512 bytes that empty the pipes when the program has ended.</summary>
    private const int MaxReadsAfterEnd = 128;

    /// <summary>Runs a program to its end, feeding <paramref name="input"/> to its stdin and keeping the end of what it prints.</summary>
    /// <param name="path">Absolute path; there is no search.</param>
    /// <param name="args">All arguments, the program's name first.</param>
    /// <param name="seconds">Time limit, 0 for none.</param>
    /// <param name="stdout">Gets what it prints; then nothing is kept.</param>
    /// <param name="stderr">The same for its standard error.</param>
    /// <param name="kept">How many bytes of each output stream are kept, from its end.</param>
    /// <exception cref="LadeException">It cannot be executed, or lade was interrupted; then it was killed with its process group.</exception>
    public static ProgramResult Run(string path, IReadOnlyList<string> args, IReadOnlyList<string> env, ReadOnlySpan<byte> input, int seconds, Fd? stdout = null, Fd? stderr = null, int kept = KeptOutput)
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
            var exchange = new Exchange(pid, kept, seconds == 0 ? long.MaxValue : Stopwatch.GetTimestamp() + (seconds * Stopwatch.Frequency));
            return exchange.Run(stdinWrite, outRead, errRead, input);
        }
    }

    /// <summary>The first executable of that name in a directory of <c>$PATH</c>; null when there is none.</summary>
    public static string? Find(string name)
    {
        foreach (string directory in (Environment.GetEnvironmentVariable("PATH") ?? "/usr/sbin:/usr/bin:/sbin:/bin").Split(':'))
        {
            string path = directory + "/" + name;
            if (directory.StartsWith('/') && Libc.faccessat(Libc.AT_FDCWD, path, Libc.X_OK, 0) == 0)
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

    /// <summary>Feeds, reads and waits for one program.</summary>
    private sealed class Exchange(int pid, int kept, long deadline)
    {
        private readonly List<byte> _stdout = [];
        private readonly List<byte> _stderr = [];

        public ProgramResult Run(Fd stdin, Fd stdout, Fd stderr, ReadOnlySpan<byte> input)
        {
            using Fd pidFd = Processes.TryOpenPidFd(pid) ?? throw new LadeException("open process " + pid, Libc.LastError);
            if (FollowToEnd(pidFd, stdin, stdout, stderr, input))
                return new ProgramResult(Processes.Wait(pid), false, Tail(_stdout), Tail(_stderr));
            // Out of time, or interrupted. The group is the program's own: what it started goes with it.
            _ = Processes.Kill(-pid, Libc.SIGKILL);
            _ = Processes.Signal(pidFd, Libc.SIGKILL);
            ExitStatus status = Processes.Wait(pid);
            Interruption.Check();
            return new ProgramResult(status, true, Tail(_stdout), Tail(_stderr));
        }

        /// <summary>
        /// Feeds and reads until the program itself has ended: a child that it leaves behind may hold the pipes open, or write, for ever.
        /// </summary>
        /// <returns>False when the deadline passed, or a signal came by which lade is to end.</returns>
        private bool FollowToEnd(Fd pidFd, Fd stdin, Fd stdout, Fd stderr, ReadOnlySpan<byte> input)
        {
            // It may never read, and annotations can make the input larger than a pipe.
            if (Libc.fcntl(stdin.Number, Libc.F_SETFL, Libc.O_NONBLOCK) < 0)
                throw new LadeException("make a pipe non-blocking", Libc.LastError);
            Libc.PollFd* fds = stackalloc Libc.PollFd[5];
            fds[0] = new Libc.PollFd { Fd = stdout.Number, Events = Libc.POLLIN };
            fds[1] = new Libc.PollFd { Fd = stderr.Number, Events = Libc.POLLIN };
            fds[2] = new Libc.PollFd { Fd = pidFd.Number, Events = Libc.POLLIN };
            fds[3] = new Libc.PollFd { Fd = stdin.Number, Events = Libc.POLLOUT };
            fds[4] = new Libc.PollFd { Fd = Interruption.Descriptor, Events = Libc.POLLIN };
            Feed(ref fds[3], stdin, ref input);
            int readsLeft = MaxReadsAfterEnd;
            while (true)
            {
                int ready = Libc.poll(fds, 5, Milliseconds());
                if (ready < 0 && Libc.LastError == Errno.EINTR)
                    continue;
                if (ready == 0 || fds[4].Returned != 0)
                    return false;
                if (fds[3].Fd >= 0 && fds[3].Returned != 0)
                    Feed(ref fds[3], stdin, ref input);
                bool read = Take(ref fds[0], stdout, _stdout) | Take(ref fds[1], stderr, _stderr);
                if (fds[2].Returned != 0 && (!read || readsLeft-- == 0))
                    return true;
            }
        }

        /// <summary>Writes as much as the pipe takes; closes it after the last byte, or when nobody reads (EPIPE: the .NET runtime has SIGPIPE ignored), which is no error.</summary>
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

        private int Milliseconds() =>
            deadline == long.MaxValue ? -1 : (int)Math.Max(0, ((deadline - Stopwatch.GetTimestamp()) * 1000 / Stopwatch.Frequency) + 1);

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
