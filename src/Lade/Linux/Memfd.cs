using System;

namespace Lade.Linux;

/// <summary>
/// Sealed memory files (memfd_create(2)). Sealed against writing, growing, shrinking and sealing, a file that a container's process reaches through
/// /proc cannot be changed for the next container.
/// </summary>
internal static class Memfd
{
    private static int Seals => Libc.F_SEAL_SEAL | Libc.F_SEAL_SHRINK | Libc.F_SEAL_GROW | Libc.F_SEAL_WRITE;

    /// <summary>A sealed copy of <paramref name="content"/>.</summary>
    public static Fd Sealed(string name, ReadOnlySpan<byte> content, bool executable = false)
    {
        // MFD_EXEC says what was the default before vm.memfd_noexec; kernels before 6.3 do not know it.
        int number = Libc.memfd_create(name, Libc.MFD_CLOEXEC | Libc.MFD_ALLOW_SEALING | (executable ? Libc.MFD_EXEC : 0));
        if (number < 0 && Libc.LastError == Errno.EINVAL)
            number = Libc.memfd_create(name, Libc.MFD_CLOEXEC | Libc.MFD_ALLOW_SEALING);
        Fd fd = Fd.Of(number, "memfd_create " + name);
        Files.Write(fd, content, name);
        // Nor may what is executable cease to be, or the reverse; kernels before 6.3 do not know that seal.
        if (Libc.fcntl(fd.Number, Libc.F_ADD_SEALS, Seals | Libc.F_SEAL_EXEC) < 0
            && (Libc.LastError != Errno.EINVAL || Libc.fcntl(fd.Number, Libc.F_ADD_SEALS, Seals) < 0))
            throw new LadeException("seal " + name, Libc.LastError);
        return fd;
    }
}
