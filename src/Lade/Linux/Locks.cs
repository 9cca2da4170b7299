namespace Lade.Linux;

/// <summary>Exclusive flock(2) locks. They belong to the open file description and are released with its last descriptor.</summary>
internal static class Locks
{
    /// <summary>Blocks until the lock is taken.</summary>
    public static void Exclusive(Fd fd, string name)
    {
        while (Libc.flock(fd.Number, Libc.LOCK_EX) < 0)
            if (Libc.LastError != Errno.EINTR)
                throw new LadeException("lock " + name, Libc.LastError);
    }

    public static void Release(Fd fd, string name)
    {
        if (Libc.flock(fd.Number, Libc.LOCK_UN) < 0)
            throw new LadeException("unlock " + name, Libc.LastError);
    }

    /// <summary>The process that holds the lock, from /proc/locks; null when it is free, or held by a process not visible to us.</summary>
    public static int? HolderOf(Fd fd, string name)
    {
        Libc.Statx stat = Files.Stat(fd, name);
        string file = stat.DevMajor.ToString("x2") + ":" + stat.DevMinor.ToString("x2") + ":" + stat.Inode;
        // "1: FLOCK  ADVISORY  WRITE 1234 fd:00:1234 0 EOF"; a waiter has an arrow after the number.
        foreach (string line in System.Text.Encoding.ASCII.GetString(Files.ReadAll("/proc/locks")).Split('\n'))
        {
            string[] words = line.Split(' ', System.StringSplitOptions.RemoveEmptyEntries);
            if (words.Length >= 6 && words[1] == "FLOCK" && words[5] == file && int.TryParse(words[4], out int pid) && pid > 0)
                return pid;
        }

        return null;
    }

    /// <summary>False when the lock is held elsewhere.</summary>
    public static bool TryExclusive(Fd fd, string name)
    {
        if (Libc.flock(fd.Number, Libc.LOCK_EX | Libc.LOCK_NB) == 0)
            return true;
        return Libc.LastError == Errno.EAGAIN ? false : throw new LadeException("lock " + name, Libc.LastError);
    }
}
