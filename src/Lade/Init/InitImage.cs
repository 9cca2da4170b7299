using System;
using Lade.Linux;

namespace Lade.Init;

/// <summary>
/// Sealed memory files: the executable of `init` and its plan. Sealed against writing, growing, shrinking and sealing, a file that a container's process
/// reaches through /proc/PID/exe cannot be changed for the next container, nor is it the host's own executable (CVE-2019-5736).
/// </summary>
internal static unsafe class InitImage
{
    private const int Seals = Libc.F_SEAL_SEAL | Libc.F_SEAL_SHRINK | Libc.F_SEAL_GROW | Libc.F_SEAL_WRITE;

    /// <summary>The embedded program, ready for execveat(2). Its name is what /proc/PID/exe shows while a container waits for `start`.</summary>
    public static Fd Open()
    {
        ulong size;
        void* image = Libc.lade_init_image(&size);
        return Seal("lade-init", new ReadOnlySpan<byte>(image, (int)size), executable: true);
    }

    /// <summary>A sealed copy of <paramref name="content"/>.</summary>
    public static Fd Seal(string name, ReadOnlySpan<byte> content, bool executable = false)
    {
        // MFD_EXEC says what was the default before vm.memfd_noexec; kernels before 6.3 do not know it.
        int number = Libc.memfd_create(name, Libc.MFD_CLOEXEC | Libc.MFD_ALLOW_SEALING | (executable ? Libc.MFD_EXEC : 0));
        if (number < 0 && Libc.LastError == Errno.EINVAL)
            number = Libc.memfd_create(name, Libc.MFD_CLOEXEC | Libc.MFD_ALLOW_SEALING);
        Fd fd = Fd.Of(number, "memfd_create " + name);
        Files.Write(fd, content, name);
        if (Libc.fcntl(fd.Number, Libc.F_ADD_SEALS, Seals) < 0)
            throw new LadeException("seal " + name, Libc.LastError);
        return fd;
    }
}
