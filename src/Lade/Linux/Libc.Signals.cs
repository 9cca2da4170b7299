using System.Runtime.InteropServices;

namespace Lade.Linux;

internal static unsafe partial class Libc
{
    public const int SIGKILL = 9;

    [LibraryImport(Library, SetLastError = true)]
    public static partial int kill(int pid, int signal);
}
