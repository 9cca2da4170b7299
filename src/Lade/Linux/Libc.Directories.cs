using System.Runtime.InteropServices;

namespace Lade.Linux;

internal static unsafe partial class Libc
{
    public const uint STATX_INO = 0x100;

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint getdents64(int fd, byte* buffer, nint size);

    [LibraryImport(Library, SetLastError = true)]
    public static partial byte* getcwd(byte* buffer, nint size);
}
