using System;
using Tmds.Linux;

namespace Lade.Linux;

/// <summary>
/// Sealed memfds (memfd_create(2)). A container process that reaches one through /proc cannot modify it for the next container, as in CVE-2019-5736.
/// </summary>
internal static class Memfd
{
    private static int Seals => LibC.F_SEAL_SEAL | LibC.F_SEAL_SHRINK | LibC.F_SEAL_GROW | LibC.F_SEAL_WRITE;

    /// <summary>A sealed copy of <paramref name="content"/>.</summary>
    public static Fd Sealed(string name, ReadOnlySpan<byte> content, bool executable = false)
    {
        // MFD_EXEC overrides vm.memfd_noexec; unknown (EINVAL) before Linux 6.3.
        int number = Libc.memfd_create(name, Libc.MFD_CLOEXEC | Libc.MFD_ALLOW_SEALING | (executable ? Libc.MFD_EXEC : 0));
        if (number < 0 && Libc.LastError == Errno.EINVAL)
            number = Libc.memfd_create(name, Libc.MFD_CLOEXEC | Libc.MFD_ALLOW_SEALING);
        Fd fd = Fd.FromResult(number, "memfd_create " + name);
        Files.Write(fd, content, name);
        // F_SEAL_EXEC fixes the executable bits; unknown (EINVAL) before Linux 6.3.
        if (Libc.fcntl(fd.Number, LibC.F_ADD_SEALS, Seals | Libc.F_SEAL_EXEC) < 0
            && (Libc.LastError != Errno.EINVAL || Libc.fcntl(fd.Number, LibC.F_ADD_SEALS, Seals) < 0))
            throw new LadeException("seal " + name, Libc.LastError);
        return fd;
    }
}
