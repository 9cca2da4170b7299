namespace Lade.Linux;

/// <summary>How a child ended, decoded from wait(2)'s status.</summary>
internal readonly record struct ExitStatus(int Raw)
{
    public bool WasSignaled => (Raw & 0x7f) != 0;

    public int Signal => Raw & 0x7f;

    /// <summary>The shell's convention: the exit code, or 128 plus the signal.</summary>
    public int ShellCode => WasSignaled ? 128 + Signal : (Raw >> 8) & 0xff;

    public override string ToString() => WasSignaled ? "signal " + Signal : "exit status " + ShellCode;
}

/// <summary>Children, signals and rights of processes.</summary>
internal static unsafe class Processes
{
    /// <summary>Waits for one child.</summary>
    public static ExitStatus Wait(int pid)
    {
        int status;
        while (Libc.wait4(pid, &status, 0, null) < 0)
        {
            if (Libc.LastError != Errno.EINTR)
                throw new LadeException("wait for process " + pid, Libc.LastError);
        }

        return new ExitStatus(status);
    }

    /// <summary>
    /// Waits for one child while it reaps every other that ends: as a subreaper we inherit the orphans of a container that shares our pid namespace.
    /// </summary>
    public static ExitStatus WaitReapingOthers(int pid)
    {
        while (true)
        {
            int status;
            int ended = Libc.wait4(-1, &status, 0, null);
            if (ended == pid)
                return new ExitStatus(status);
            if (ended < 0 && Libc.LastError != Errno.EINTR)
                throw new LadeException("wait for process " + pid, Libc.LastError);
        }
    }

    /// <summary>As <see cref="WaitReapingOthers"/> without waiting; null while the child runs.</summary>
    public static ExitStatus? TryWaitReapingOthers(int pid)
    {
        while (true)
        {
            int status;
            int ended = Libc.wait4(-1, &status, Libc.WNOHANG, null);
            if (ended == pid)
                return new ExitStatus(status);
            if (ended == 0)
                return null;
            if (ended < 0 && Libc.LastError != Errno.EINTR)
                throw new LadeException("wait for process " + pid, Libc.LastError);
        }
    }

    /// <summary>kill(2) of a process that we know to be alive or a zombie, e.g. our own child; the errno or 0. A negative pid is a process group.</summary>
    public static Errno Kill(int pid, int signal) => Libc.kill(pid, signal) < 0 ? Libc.LastError : default;

    /// <summary>A descriptor of a process: a signal sent through it cannot reach another that got the same number. Null when it is gone.</summary>
    public static Fd? TryOpenPidFd(int pid)
    {
        int fd = Libc.pidfd_open(pid, 0);
        return fd < 0 ? null : new Fd(fd);
    }

    /// <summary>pidfd_getfd(2): a descriptor of another process, which we must be allowed to trace.</summary>
    public static Fd CopyFd(Fd pidFd, int number)
    {
        int fd = Libc.pidfd_getfd(pidFd.Number, number, 0);
        return fd < 0 ? throw new LadeException("copy descriptor " + number + " of a process (CAP_SYS_PTRACE is needed)", Libc.LastError) : new Fd(fd);
    }

    /// <summary>pidfd_send_signal(2); the errno or 0.</summary>
    public static Errno Signal(Fd pidFd, int signal) => Libc.pidfd_send_signal(pidFd.Number, signal, 0) < 0 ? Libc.LastError : default;

    /// <summary>Orphans of our children become our children (prctl(2) PR_SET_CHILD_SUBREAPER).</summary>
    public static void BecomeSubreaper() => Libc.prctl(Libc.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);

    /// <summary>The kernel's highest capability number.</summary>
    public static int LastCapability()
    {
        const int PR_CAPBSET_READ = 23;
        const int Usual = 40;
        // EINVAL for one that the kernel does not know; that of most kernels is asked for first.
        int last = Usual;
        while (last < 63 && Libc.prctl(PR_CAPBSET_READ, (nuint)(last + 1), 0, 0, 0) >= 0)
            last++;
        while (last > 0 && last <= Usual && Libc.prctl(PR_CAPBSET_READ, (nuint)last, 0, 0, 0) < 0)
            last--;
        return last;
    }

    /// <summary>Waits for the end of a process that need not be a child.</summary>
    /// <returns>False when it still runs after that time.</returns>
    public static bool WaitForEnd(Fd pidFd, int milliseconds)
    {
        Libc.PollFd poll = new() { Fd = pidFd.Number, Events = Libc.POLLIN };
        int ready;
        do
            ready = Libc.poll(&poll, 1, milliseconds);
        while (ready < 0 && Libc.LastError == Errno.EINTR);
        return ready > 0;
    }

    /// <summary>
    /// Reaps a child that is ending; one that is not a child of ours, or was reaped, is another's business. A tracer in a container may leave the dead unreaped for
    /// as long as it likes: after two seconds it is left to whoever reaps our orphans.
    /// </summary>
    public static void Reap(int pid) => TryWait(pid);

    /// <summary>As <see cref="Reap"/>, with how it ended; null when it could not be reaped.</summary>
    public static ExitStatus? TryWait(int pid)
    {
        const int Step = 5;
        const int Most = 2000;
        for (int left = Most; left > 0; left -= Step)
        {
            int status;
            int ended = Libc.wait4(pid, &status, Libc.WNOHANG, null);
            if (ended == pid)
                return new ExitStatus(status);
            if (ended < 0 && Libc.LastError != Errno.EINTR)
                return null;
            Pause(Step);
        }

        return null;
    }

    private static void Pause(int milliseconds)
    {
        Libc.PollFd nothing = new() { Fd = -1 };
        _ = Libc.poll(&nothing, 1, milliseconds);
    }
}
