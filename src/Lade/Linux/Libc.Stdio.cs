using System.Runtime.InteropServices;

namespace Lade.Linux;

internal static unsafe partial class Libc
{
    public const int STDIN_FILENO = 0;
    public const int STDOUT_FILENO = 1;
    public const int STDERR_FILENO = 2;

    [LibraryImport(Library, SetLastError = true)]
    public static partial int isatty(int fd);
}
