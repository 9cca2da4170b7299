using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Text;

namespace Lade.Linux;

/// <summary>How a program on the host side ended.</summary>
/// <param name="Status">Its exit status; meaningless when it was timed out.</param>
/// <param name="TimedOut">It did not end in time and was killed with its process group.</param>
internal sealed record ProgramResult(ExitStatus Status, bool TimedOut, string Stdout, string Stderr);

/// <summary>Programs started on the host side: hooks, newuidmap. Started by vfork in C, because managed code cannot run in a forked child.</summary>
internal static unsafe class Programs
{
    /// <summary>What is kept of each output stream, in bytes: enough for a message.</summary>
    private const int KeptOutput = 2048;

    /// <summary>Runs a program to its end, feeding <paramref name="input"/> to its stdin and keeping the end of what it prints.</summary>
    /// <param name="path">Absolute path; there is no search.</param>
    /// <param name="seconds">Time limit, 0 for none.</param>
    /// <exception cref="LadeException">It cannot be executed.</exception>
    public static ProgramResult Run(string path, IReadOnlyList<string> args, IReadOnlyList<string> env, ReadOnlySpan<byte> input, int seconds)
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
                pid = Start(path, args, env, stdinRead, outWrite, errWrite);
            var exchange = new Exchange(pid, seconds == 0 ? long.MaxValue : Stopwatch.GetTimestamp() + (seconds * Stopwatch.Frequency));
            return exchange.Run(stdinWrite, outRead, errRead, input);
        }
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
    private sealed class Exchange(int pid, long deadline)
    {
        private readonly StringBuilder _stdout = new();
        private readonly StringBuilder _stderr = new();

        public ProgramResult Run(Fd stdin, Fd stdout, Fd stderr, ReadOnlySpan<byte> input)
        {
            // A pipe takes 64 KiB at once and a state is far smaller. A program that ends without reading its input is no error: EPIPE
            // (the .NET runtime has SIGPIPE ignored).
            if (Files.TryWrite(stdin, input) is { Value: not 0 } errno && errno != Errno.EPIPE)
                throw new LadeException("write to the standard input of process " + pid, errno);
            stdin.Dispose();
            using Fd pidFd = Processes.TryOpenPidFd(pid) ?? throw new LadeException("open process " + pid, Libc.LastError);
            if (FollowToEnd(pidFd, stdout, stderr))
                return new ProgramResult(Processes.Wait(pid), false, Tail(_stdout), Tail(_stderr));
            // The group is the program's own: what it started goes with it.
            _ = Processes.Kill(-pid, Libc.SIGKILL);
            return new ProgramResult(Processes.Wait(pid), true, Tail(_stdout), Tail(_stderr));
        }

        /// <summary>
        /// Reads until the program itself has ended: a child that it leaves behind may hold the pipes open for ever.
        /// </summary>
        /// <returns>False when the deadline passed.</returns>
        private bool FollowToEnd(Fd pidFd, Fd stdout, Fd stderr)
        {
            Libc.PollFd* fds = stackalloc Libc.PollFd[3];
            fds[0] = new Libc.PollFd { Fd = stdout.Number, Events = Libc.POLLIN };
            fds[1] = new Libc.PollFd { Fd = stderr.Number, Events = Libc.POLLIN };
            fds[2] = new Libc.PollFd { Fd = pidFd.Number, Events = Libc.POLLIN };
            while (true)
            {
                int ready = Libc.poll(fds, 3, Milliseconds());
                if (ready < 0 && Libc.LastError == Errno.EINTR)
                    continue;
                if (ready == 0)
                    return false;
                bool read = Take(ref fds[0], stdout, _stdout) | Take(ref fds[1], stderr, _stderr);
                if (!read && fds[2].Returned != 0)
                    return true;
            }
        }

        private int Milliseconds() =>
            deadline == long.MaxValue ? -1 : (int)Math.Max(0, ((deadline - Stopwatch.GetTimestamp()) * 1000 / Stopwatch.Frequency) + 1);

        private static bool Take(ref Libc.PollFd poll, Fd fd, StringBuilder text)
        {
            if (poll.Fd < 0 || poll.Returned == 0)
                return false;
            Span<byte> buffer = stackalloc byte[512];
            int got = Files.Read(fd, buffer, "a program's output");
            if (got == 0)
                poll.Fd = -1;
            text.Append(Encoding.UTF8.GetString(buffer[..got]));
            if (text.Length > 2 * KeptOutput)
                text.Remove(0, text.Length - KeptOutput);
            return got > 0;
        }

        private static string Tail(StringBuilder text) => text.ToString().TrimEnd('\n');
    }
}
