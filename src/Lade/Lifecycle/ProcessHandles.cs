using System.IO;
using System.Text;
using Lade.Linux;

namespace Lade.Lifecycle;

/// <summary>Passes a new process to the caller: its terminal, a pidfd, a pid file.</summary>
internal static class ProcessHandles
{
    /// <summary>Sends the terminal's master over a console socket; as with runc, the data is a name for it.</summary>
    public static void SendConsole(string? socketPath, Fd? master)
    {
        if (socketPath is not null && master is not null)
            Send(socketPath, "/dev/ptmx", master, "console socket");
    }

    /// <summary>Sends a pidfd; as with runc, the data is the kind of process.</summary>
    /// <param name="kind">"standard" for the container's first process, "setns" for one of `exec`.</param>
    public static void SendPidFd(string? socketPath, int pid, string kind = "standard")
    {
        if (socketPath is null)
            return;
        using Fd pidFd = Processes.OpenPidFd(pid);
        Send(socketPath, kind, pidFd, "pidfd socket");
    }

    /// <summary>Just the digits. Written to a temporary file and renamed, so that readers never see a partial file.</summary>
    public static void WritePidFile(string? path, int pid)
    {
        if (path is null)
            return;
        string temporary = Path.Combine(Path.GetDirectoryName(path) ?? "/", "." + Path.GetFileName(path));
        Files.Remove(temporary);
        using Fd file = Files.Open(temporary, Libc.O_CREAT | Libc.O_EXCL | Libc.O_WRONLY, 0b110_110_110);
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
