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

    /// <summary>The process that took the lock of this file, as /proc/locks says; null when nobody has it, or nobody that we can see.</summary>
    public static unsafe int? HolderOf(Fd fd, string name)
    {
        Libc.Statx stat;
        if (Libc.statx(fd.Number, "", Libc.AT_EMPTY_PATH, Libc.STATX_INO, &stat) < 0)
            throw new LadeException("stat " + name, Libc.LastError);
        string file = stat.DevMajor.ToString("x2") + ":" + stat.DevMinor.ToString("x2") + ":" + stat.Inode;
        // "1: FLOCK  ADVISORY  WRITE 1234 fd:00:1234 0 EOF", with an arrow behind the number for those that wait.
        foreach (string line in System.Text.Encoding.ASCII.GetString(Files.ReadAll("/proc/locks")).Split('\n'))
        {
            string[] words = line.Split(' ', System.StringSplitOptions.RemoveEmptyEntries);
            if (words.Length >= 6 && words[1] == "FLOCK" && words[5] == file && int.TryParse(words[4], out int pid) && pid > 0)
                return pid;
        }

        return null;
    }

    /// <summary>False when somebody else has it.</summary>
    public static bool TryExclusive(Fd fd, string name)
    {
        if (Libc.flock(fd.Number, Libc.LOCK_EX | Libc.LOCK_NB) == 0)
            return true;
        return Libc.LastError == Errno.EAGAIN ? false : throw new LadeException("lock " + name, Libc.LastError);
    }
}
