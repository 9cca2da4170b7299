using System.IO;
using System.Text;
using Lade.Linux;

namespace Lade.Lifecycle;

/// <summary>What a caller gets of a new container: its terminal, a pidfd, its pid in a file.</summary>
internal static class Handover
{
    /// <summary>Sends the terminal's master over a console socket; the data is a name for it, as runc's is.</summary>
    public static void SendConsole(string? socketPath, Fd? master)
    {
        if (socketPath is not null && master is not null)
            Send(socketPath, "/dev/ptmx", master, "console socket");
    }

    /// <summary>Sends a pidfd of a container's process; the data says which kind of process, in runc's words.</summary>
    /// <param name="kind">"standard" for the container's own, "setns" for one of `exec`.</param>
    public static void SendPidFd(string? socketPath, int pid, string kind = "standard")
    {
        if (socketPath is null)
            return;
        using Fd pidFd = Processes.TryOpenPidFd(pid) ?? throw new LadeException("open process " + pid, Libc.LastError);
        Send(socketPath, kind, pidFd, "pidfd socket");
    }

    /// <summary>Just the digits, complete from the first moment: written beside and renamed.</summary>
    public static void WritePidFile(string? path, int pid)
    {
        if (path is null)
            return;
        string temporary = Path.Combine(Path.GetDirectoryName(path) ?? "/", "." + Path.GetFileName(path));
        Files.Remove(temporary);
        using Fd file = Files.Open(temporary, Libc.O_CREAT | Libc.O_EXCL | Libc.O_WRONLY, 0x1b6);
        try
        {
            Files.Write(file, Encoding.ASCII.GetBytes(pid.ToString()), temporary);
            Files.Rename(temporary, path);
        }
        catch
        {
            Files.Remove(temporary);
            throw;
        }
    }

    private static void Send(string path, string data, Fd fd, string what)
    {
        using Fd socket = Sockets.TryConnect(path, Libc.SOCK_STREAM, out Errno errno) ?? throw new LadeException("connect to " + what + " " + path, errno);
        errno = Sockets.Send(socket, Encoding.ASCII.GetBytes(data), fd);
        if (errno.Value != 0)
            throw new LadeException("send to " + what + " " + path, errno);
    }
}
