namespace Lade.Linux;

/// <summary>Exclusive locks of open files and directories (flock(2)): they belong to the open file and end with its last descriptor.</summary>
internal static class Locks
{
    /// <summary>Waits for the lock.</summary>
    public static void Exclusive(Fd fd, string name)
    {
        while (Libc.flock(fd.Number, Libc.LOCK_EX) < 0)
            if (Libc.LastError != Errno.EINTR)
                throw new LadeException("lock " + name, Libc.LastError);
    }

    /// <summary>Gives the lock back.</summary>
    public static void Release(Fd fd, string name)
    {
        if (Libc.flock(fd.Number, Libc.LOCK_UN) < 0)
            throw new LadeException("unlock " + name, Libc.LastError);
    }

    /// <summary>False when somebody else has it.</summary>
    public static bool TryExclusive(Fd fd, string name)
    {
        if (Libc.flock(fd.Number, Libc.LOCK_EX | Libc.LOCK_NB) == 0)
            return true;
        return Libc.LastError == Errno.EAGAIN ? false : throw new LadeException("lock " + name, Libc.LastError);
    }
}
