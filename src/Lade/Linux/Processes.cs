using Tmds.Linux;

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

/// <summary>Children, signals and credentials.</summary>
internal static unsafe class Processes
{
    public static uint EffectiveUid => Libc.geteuid();

    public static uint EffectiveGid => Libc.getegid();

    /// <summary>umask(2): sets this process's mask and returns the old one.</summary>
    public static uint SetUmask(uint mask) => Libc.umask(mask);

    /// <summary>Waits for one child.</summary>
    public static ExitStatus Wait(int pid)
    {
        Wait4(pid, 0, out ExitStatus status);
        return status;
    }

    /// <summary>Waits for one child and reaps every other: a subreaper inherits the orphans of a container that shares its pid namespace.</summary>
    public static ExitStatus WaitReapingOthers(int pid)
    {
        while (true)
        {
            if (Wait4(-1, 0, out ExitStatus status) == pid)
                return status;
        }
    }

    /// <summary>As <see cref="WaitReapingOthers"/> without blocking; null while the child runs.</summary>
    public static ExitStatus? TryWaitReapingOthers(int pid)
    {
        while (true)
        {
            int ended = Wait4(-1, Libc.WNOHANG, out ExitStatus status);
            if (ended == pid)
                return status;
            if (ended == 0)
                return null;
        }
    }

    /// <summary>
    /// Reaps a child that is ending, within two seconds: a tracer in the container can keep a dead process unreaped for as long as it likes, and then it is left to
    /// whoever reaps our orphans.
    /// </summary>
    /// <returns>null when it could not be reaped, or is not our child (any more).</returns>
    public static ExitStatus? TryWait(int pid)
    {
        var deadline = new Deadline(2000);
        using Fd? process = TryOpenPidFd(pid);
        if (process is not null)
            _ = Streams.WaitFor(process, Libc.POLLIN, deadline);
        // A pidfd tells when it is dead, but not when its tracer lets go of it.
        var backoff = new Backoff(deadline.Left);
        do
        {
            int status;
            int ended = Libc.wait4(pid, &status, Libc.WNOHANG, null);
            if (ended == pid)
                return new ExitStatus(status);
            if (ended < 0 && Libc.LastError != Errno.EINTR)
                return null;
        }
        while (backoff.Sleep());

        return null;
    }

    /// <summary>kill(2) of a process known to be alive or a zombie, such as our own child; the errno or 0. A negative pid is a process group.</summary>
    public static Errno Kill(int pid, int signal) => LibC.kill(pid, signal) < 0 ? Libc.LastError : default;

    /// <summary>pidfd_open(2): signals sent through a pidfd cannot reach a process that reused the pid. null when there is no such process.</summary>
    public static Fd? TryOpenPidFd(int pid)
    {
        int fd = Libc.pidfd_open(pid, 0);
        return fd < 0 ? null : new Fd(fd);
    }

    /// <inheritdoc cref="TryOpenPidFd"/>
    /// <exception cref="LadeException">There is no such process.</exception>
    public static Fd OpenPidFd(int pid) => Fd.FromResult(Libc.pidfd_open(pid, 0), "open process " + pid);

    /// <summary>pidfd_getfd(2): duplicates a descriptor of a process that we may trace.</summary>
    public static Fd CopyFd(Fd pidFd, int number) =>
        Fd.FromResult(Libc.pidfd_getfd(pidFd.Number, number, 0), "copy descriptor " + number + " of a process (needs CAP_SYS_PTRACE)");

    /// <summary>pidfd_send_signal(2); the errno or 0.</summary>
    public static Errno Signal(Fd pidFd, int signal) => Libc.pidfd_send_signal(pidFd.Number, signal, 0) < 0 ? Libc.LastError : default;

    /// <summary>prctl(2) PR_SET_CHILD_SUBREAPER: orphaned descendants are reparented to us.</summary>
    public static void BecomeSubreaper() => Libc.prctl(Libc.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);

    /// <summary>The kernel's highest capability number.</summary>
    public static int LastCapability()
    {
        const int PR_CAPBSET_READ = 23;
        const int Usual = 40;
        // EINVAL for a number the kernel does not know. Starting at CAP_CHECKPOINT_RESTORE takes two calls on most kernels.
        int last = Usual;
        while (last < 63 && Libc.prctl(PR_CAPBSET_READ, (nuint)(last + 1), 0, 0, 0) >= 0)
            last++;
        while (last > 0 && last <= Usual && Libc.prctl(PR_CAPBSET_READ, (nuint)last, 0, 0, 0) < 0)
            last--;
        return last;
    }

    /// <summary>Waits for the end of a process, a child or not.</summary>
    /// <returns>False when it is still running by then.</returns>
    public static bool WaitForEnd(Fd pidFd, int milliseconds) => Streams.WaitFor(pidFd, Libc.POLLIN, new Deadline(milliseconds));

    /// <summary>wait4(2), retried on EINTR.</summary>
    /// <returns>The pid; 0 with WNOHANG when nothing has ended.</returns>
    private static int Wait4(int pid, int options, out ExitStatus status)
    {
        while (true)
        {
            int raw;
            int ended = Libc.wait4(pid, &raw, options, null);
            status = new ExitStatus(raw);
            if (ended >= 0)
                return ended;
            if (Libc.LastError != Errno.EINTR)
                throw new LadeException(pid < 0 ? "wait for a child" : "wait for process " + pid, Libc.LastError);
        }
    }
}
